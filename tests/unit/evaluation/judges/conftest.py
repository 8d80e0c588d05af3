"""A photograph with its landmarks: the portrait of Rear Admiral Hopper that matplotlib ships (public domain)."""

import matplotlib.cbook
import numpy as np
import pytest
import torch
from PIL import Image

from speech2face.data.faces.detection import FaceDetector
from speech2face.data.faces.landmarks import LandmarkFinder


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def photograph() -> tuple[np.ndarray, np.ndarray]:
    """An RGB picture and the landmarks in its pixels."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        picture = np.asarray(image.convert("RGB"))
    [detection] = FaceDetector(min_face=40.0, max_side=640).detect(picture[None])[0]
    return picture, LandmarkFinder().landmarks(picture, detection.points)


@pytest.fixture(scope="session")
def variants(photograph: tuple[np.ndarray, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The photograph, a smaller copy of it in a corner of another picture, and one with the colours of a negative."""
    picture, landmarks = photograph
    small = np.zeros((500, 500, 3), np.uint8)
    small[200:500, 244:500] = Image.fromarray(picture).resize((256, 300), Image.Resampling.BOX)
    within = (landmarks + 0.5) / 2 - 0.5 + [244, 200]
    return {"itself": photograph, "small": (small, within), "negative": (255 - picture, landmarks)}
