"""One real face for all tests: the portrait of Rear Admiral Hopper that matplotlib ships (public domain)."""

from dataclasses import dataclass

import matplotlib.cbook
import numpy as np
import pytest
import torch
from PIL import Image

from speech2face.config import load_config
from speech2face.data.faces.alignment import crop_landmarks, face_crop
from speech2face.data.faces.find import FaceFinder
from tests.conftest import ROOT

CONFIG = load_config([ROOT / "config" / "config.yaml"])


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@dataclass(frozen=True)
class Sitter:
    """A face as the faces phase finds it: the crop, landmarks in the picture, and landmarks as shares of the crop."""

    crop: np.ndarray
    landmarks: np.ndarray
    placed: np.ndarray
    embedding: np.ndarray


@pytest.fixture(scope="session")
def sitter() -> Sitter:
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        picture = np.asarray(image.convert("RGB"))
    finder = FaceFinder(CONFIG.faces)
    face = finder.best([picture], finder.detect([picture]))
    return Sitter(
        crop=face_crop(picture, face.landmarks),
        landmarks=face.landmarks,
        placed=crop_landmarks(face.landmarks),
        embedding=finder.embed([face])[0],
    )
