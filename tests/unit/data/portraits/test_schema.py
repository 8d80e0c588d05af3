"""A stored mask is that of the head, and fades at the neck alone."""

import io

import numpy as np
from PIL import Image

from speech2face.data.portraits.schema import encode_alpha


def test_the_mask_fades_towards_the_lower_edge_alone():
    with Image.open(io.BytesIO(encode_alpha(np.full((224, 224), 255, np.uint8)))) as image:
        assert image.mode == "L"
        alpha = np.asarray(image).astype(int)
    assert alpha[:190].min() == 255
    assert alpha[-1].max() < 10
    assert (np.diff(alpha[:, 0]) <= 0).all()
