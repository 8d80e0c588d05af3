"""One real face for all tests: the portrait of Rear Admiral Hopper that matplotlib ships (public domain)."""

import matplotlib.cbook
import numpy as np
import pytest
import torch
from PIL import Image

from speech2face.data.faces.detection import Detection, FaceDetector
from speech2face.data.faces.dlib_encoder import DlibFaceEncoder
from speech2face.data.faces.dlib_weights import read_dlib_weights
from speech2face.data.faces.landmarks import LandmarkFinder
from tests.unit.data.faces.made_weights import Pretrained, facenet_weights, vgg_weights


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """RGB picture of 512 x 600 pixels with one face of about 200 pixels."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="session")
def detector() -> FaceDetector:
    return FaceDetector(min_face=40.0, max_side=640)


@pytest.fixture(scope="session")
def finder() -> LandmarkFinder:
    return LandmarkFinder()


@pytest.fixture(scope="session")
def detection(portrait: np.ndarray, detector: FaceDetector) -> Detection:
    return detector.detect(portrait[None])[0][0]


@pytest.fixture(scope="session")
def landmarks(portrait: np.ndarray, finder: LandmarkFinder, detection: Detection) -> np.ndarray:
    return finder.landmarks(portrait, detection.points)


@pytest.fixture(scope="session")
def encoder() -> DlibFaceEncoder:
    return DlibFaceEncoder(read_dlib_weights())


@pytest.fixture(scope="session")
def facenet() -> Pretrained:
    """FaceNet with random weights."""
    return Pretrained("facenet", facenet_weights())


@pytest.fixture(scope="session")
def vggface() -> Pretrained:
    """VGG-Face with random weights."""
    return Pretrained("vggface", vgg_weights())
