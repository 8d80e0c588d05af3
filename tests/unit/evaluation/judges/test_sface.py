"""SFace: five points lie where its chips have them, and the published weights know a face again."""

import numpy as np
import onnx

from speech2face.data.faces.similarity import apply_transform
from speech2face.evaluation.judges.fetch import JUDGES
from speech2face.evaluation.judges.sface import SFace

EYES_AND_MOUTH = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]


def made_network() -> bytes:
    """A network like the published one: one face at a time, its weights among its inputs, the mean of each channel."""
    weights = onnx.numpy_helper.from_array(np.full((1, 3, 1, 1), 2, np.float32), "weights")
    nodes = [
        onnx.helper.make_node("Mul", ["data", "weights"], ["scaled"]),
        onnx.helper.make_node("GlobalAveragePool", ["scaled"], ["pooled"]),
        onnx.helper.make_node("Flatten", ["pooled"], ["fc1"]),
    ]
    shapes = {"data": [1, 3, 112, 112], "weights": [1, 3, 1, 1]}
    inputs = [onnx.helper.make_tensor_value_info(name, 1, shape) for name, shape in shapes.items()]
    output = onnx.helper.make_tensor_value_info("fc1", 1, [1, 3])
    graph = onnx.helper.make_graph(nodes, "made", inputs, [output], [weights])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10)
    return model.SerializeToString()


def test_several_chips_at_once_without_their_weights_as_inputs():
    chips = np.zeros((4, 112, 112, 3), np.uint8)
    chips[2, :, :] = (10, 20, 30)
    embeddings = SFace(made_network(), threads=1).embed(chips)
    assert embeddings.tolist() == [[0, 0, 0], [0, 0, 0], [20, 40, 60], [0, 0, 0]]


def test_the_five_points_lie_where_they_should():
    """In a picture with a white spot at each point, shrunk, turned and moved."""
    turn = np.array([[1.6, -0.4, 90.0], [0.4, 1.6, 30.0]])
    points = apply_transform(turn, np.array(EYES_AND_MOUTH))
    landmarks = np.zeros((68, 2))
    landmarks[36:42], landmarks[42:48], landmarks[30], landmarks[48], landmarks[54] = points
    picture = np.zeros((300, 300, 3), np.uint8)
    for x, y in points.round().astype(int):
        picture[y - 3 : y + 4, x - 3 : x + 4] = 255
    chip = SFace(made_network(), threads=1).cut(picture, landmarks)
    assert chip.shape == (112, 112, 3)
    for x, y in np.round(EYES_AND_MOUTH).astype(int):
        assert chip[y, x].min() > 200
    assert 5 * 9 < (chip[..., 0] > 128).sum() < 5 * 40


def test_the_published_weights_know_a_face_again(variants):
    judge = SFace(JUDGES["third"].files[0].read(), threads=1)
    itself, small, negative = judge.embed(np.stack([judge.cut(*variant) for variant in variants.values()]))
    assert cosine(itself, small) > 0.9
    assert cosine(itself, negative) < 0.7


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
