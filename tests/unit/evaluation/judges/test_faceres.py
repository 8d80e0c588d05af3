"""FaceRes: the arrays of its file, its padding, and the published weights."""

import json

import numpy as np
import pytest
import torch

from speech2face.evaluation.judges.faceres import FaceRes, build, read_arrays
from speech2face.evaluation.judges.fetch import JUDGES

WIDTHS = (2, 3, 4)


def made_arrays(rng):
    """Weights of a network of two blocks by TensorFlow's names and in its order of axes."""
    arrays = {
        "conv1/convolution/merged_input": rng.normal(size=(3, 3, 3, 2)),
        "conv1_bn/batchnorm_1/sub": rng.normal(size=2),
    }
    for number, (inner, outer) in enumerate([(2, 3), (3, 4)], start=1):
        arrays[f"conv_dw_{number}/depthwise_kernel"] = rng.normal(size=(3, 3, inner, 1))
        arrays[f"conv_dw_{number}_bn/batchnorm_1/mul"] = rng.normal(size=inner)
        arrays[f"conv_dw_{number}_bn/batchnorm_1/sub"] = rng.normal(size=inner)
        arrays[f"conv_pw_{number}/convolution/merged_input"] = rng.normal(size=(1, 1, inner, outer))
        arrays[f"conv_pw_{number}_bn/batchnorm_1/sub"] = rng.normal(size=outer)
    return {name: value.astype(np.float32) for name, value in arrays.items()}


def convolve(x, kernel, stride):
    """A convolution of [side, side, channels] as TensorFlow defines it with padding "SAME", written as loops."""
    side = -(-x.shape[0] // stride)
    before = max((side - 1) * stride + 3 - x.shape[0], 0) // 2
    padded = np.pad(x, ((before, 3), (before, 3), (0, 0)))
    found = np.zeros((side, side, kernel.shape[3]))
    for row, column in np.ndindex(side, side):
        window = padded[row * stride : row * stride + 3, column * stride : column * stride + 3]
        found[row, column] = np.tensordot(window, kernel, 3)
    return found


def test_the_network_is_tensorflows_graph():
    rng = np.random.default_rng(1)
    arrays, picture = made_arrays(rng), rng.uniform(0, 3, (8, 8, 3)).astype(np.float32)
    x = np.clip(
        convolve(picture, arrays["conv1/convolution/merged_input"], 2) + arrays["conv1_bn/batchnorm_1/sub"], 0, 6
    )
    for number, stride in ((1, 1), (2, 2)):
        kernel = arrays[f"conv_dw_{number}/depthwise_kernel"]
        apart = [convolve(x[..., [c]], kernel[:, :, [c]], stride) for c in range(x.shape[2])]
        scaled = np.concatenate(apart, axis=2) * arrays[f"conv_dw_{number}_bn/batchnorm_1/mul"]
        x = np.clip(scaled + arrays[f"conv_dw_{number}_bn/batchnorm_1/sub"], 0, 6)
        kernel = arrays[f"conv_pw_{number}/convolution/merged_input"][0, 0]
        x = np.clip(x @ kernel + arrays[f"conv_pw_{number}_bn/batchnorm_1/sub"], 0, 6)
    described = build(arrays, WIDTHS)(torch.from_numpy(picture).permute(2, 0, 1)[None])
    np.testing.assert_allclose(described.numpy()[0], x.mean(axis=(0, 1)), rtol=1e-4, atol=1e-5)


def test_arrays_follow_one_another():
    entries = [
        {"name": "a", "shape": [2, 3], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "axes", "shape": [2], "dtype": "int32"},
        {"name": "b", "shape": [], "dtype": "float32", "quantization": {"dtype": "float16"}},
    ]
    graph = json.dumps({"weightsManifest": [{"weights": entries}]}).encode()
    data = np.arange(6, dtype="<f2").tobytes() + bytes(8) + np.array(7, "<f2").tobytes()
    arrays = read_arrays(graph, data)
    assert arrays["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays["b"] == 7
    with pytest.raises(ValueError, match="describes 22 bytes of weights, and there are 24"):
        read_arrays(graph, data + bytes(2))


def test_the_published_weights_know_a_face_again(variants):
    judge = FaceRes(*(file.read() for file in JUDGES["second"].files))
    chips = np.stack([judge.cut(*variant) for variant in variants.values()])
    itself, small, negative = judge.embed(chips)
    assert chips.shape[1:] == (224, 224, 3)
    assert cosine(itself, small) > 0.97
    assert cosine(itself, negative) < 0.8


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
