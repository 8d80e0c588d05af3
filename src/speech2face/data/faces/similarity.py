"""Least-squares similarity transforms between point sets, and pictures sampled through them.

A transform is a 2 x 3 matrix on (x, y, 1). Pixel coordinates have the centre of the first pixel at (0, 0).
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

# From coordinates that count from the centre of the first pixel to those that count from its outer edge.
_EDGE = np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 0.5]])


def fit_similarity(
    source: Float[np.ndarray, "points 2"], target: Float[np.ndarray, "points 2"]
) -> Float[np.ndarray, "2 3"]:
    """Fit the rotation, scale and shift that bring `source` nearest to `target` (Umeyama, 1991, in 2-D).

    Raises:
        ValueError: all source points coincide, or all target points do.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - source_mean, target - target_mean
    spread = float((a**2).sum())
    # In 2-D the best rotation without reflection needs no SVD: it is the phase of a complex correlation.
    along = float((a * b).sum())
    across = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())
    if spread == 0.0 or (along == 0.0 and across == 0.0):
        raise ValueError(f"No similarity fits {len(source)} points that coincide: check the landmarks of this face.")
    linear = np.array([[along, -across], [across, along]]) / spread
    return np.column_stack([linear, target_mean - linear @ source_mean])


def apply_transform(
    transform: Float[np.ndarray, "2 3"], points: Float[np.ndarray, "points 2"]
) -> Float[np.ndarray, "points 2"]:
    """Move points by a transform."""
    return points @ transform[:, :2].T + transform[:, 2]


def sample_picture(
    image: UInt8[np.ndarray, "height width 3"], to_image: Float[np.ndarray, "2 3"], size: int
) -> UInt8[np.ndarray, "size size 3"]:
    """Cut a square window from a picture; beyond the borders the outermost pixels repeat.

    Args:
        to_image: from pixels of the window to pixels of the picture.
        size: side of the window in pixels.
    """
    reach = _reduction(to_image) + 1
    corners = np.array([(0, 0), (size - 1, 0), (0, size - 1), (size - 1, size - 1)], dtype=np.float64)
    limits = np.array([image.shape[1], image.shape[0]])
    places = apply_transform(to_image, corners)
    low = np.clip(np.floor(places.min(axis=0)) - reach, 0, limits - 1).astype(int)
    high = np.clip(np.ceil(places.max(axis=0)) + reach + 1, low + 1, limits).astype(int)
    # Only the part that is seen is converted to float: a face is a small part of a video frame.
    seen = torch.tensor(image[low[1] : high[1], low[0] : high[0]])
    picture = seen.permute(2, 0, 1)[None].contiguous().float()
    shifted = to_image - np.array([[0.0, 0.0, low[0]], [0.0, 0.0, low[1]]])
    with torch.inference_mode():
        window = sample_batch(picture, shifted, size)[0].round().clamp(0, 255).byte()
    return window.permute(1, 2, 0).contiguous().numpy()


def sample_batch(
    images: Float[Tensor, "batch 3 height width"], to_image: Float[np.ndarray, "2 3"], size: int
) -> Float[Tensor, "batch 3 size size"]:
    """Cut the same square window from each picture of a batch; differentiable in the pictures.

    Sampling is bilinear. Where the window is smaller than what it shows, pictures are first averaged over
    blocks of a whole number of pixels, so that fine patterns do not alias.
    """
    blocks = _reduction(to_image)
    if blocks > 1:
        # Blocks that reach over the border average the pixels that exist.
        images = F.avg_pool2d(images, blocks, ceil_mode=True, count_include_pad=False)
    height, width = images.shape[2:]
    pixel = torch.arange(size, dtype=images.dtype, device=images.device)
    (xx, xy, x0), (yx, yy, y0) = ((to_image + _EDGE) / blocks).tolist()
    x = xx * pixel[None, :] + xy * pixel[:, None] + x0
    y = yx * pixel[None, :] + yy * pixel[:, None] + y0
    # grid_sample counts from -1 to 1 between the outer edges of the picture.
    grid = torch.stack([2 * x / width - 1, 2 * y / height - 1], dim=-1)
    grid = grid[None].expand(len(images), -1, -1, -1)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _reduction(to_image: Float[np.ndarray, "2 3"]) -> int:
    """Side in pixels of the blocks that are averaged before sampling: none below half size, as in dlib."""
    scale = float(np.sqrt(abs(np.linalg.det(to_image[:, :2]))))
    return max(1, int(scale))
