"""Landmarks and pictures of made-up faces."""

import torch

SIZE = 64


def face(seed: int = 0) -> torch.Tensor:
    """68 landmarks of a made-up face in parts of the picture, [68, 2]: of its own size and place."""
    angle = torch.linspace(0, torch.pi, 17)
    parts = [torch.stack([0.5 - 0.26 * angle.cos(), 0.45 + 0.38 * angle.sin()], 1)]
    for x in (0.37, 0.63):
        parts.append(torch.stack([x + torch.linspace(-0.07, 0.07, 5), torch.full((5,), 0.32)], 1))
    parts.append(torch.stack([torch.full((4,), 0.5), torch.linspace(0.4, 0.54, 4)], 1))
    parts.append(torch.stack([torch.linspace(0.45, 0.55, 5), torch.full((5,), 0.58)], 1))
    for x in (0.37, 0.63):
        parts.append(ring(x, 0.385, 0.045, 0.018, 6))
    parts.append(ring(0.5, 0.69, 0.09, 0.04, 12))
    parts.append(ring(0.5, 0.69, 0.07, 0.015, 8))
    points, generator = torch.cat(parts), torch.Generator().manual_seed(seed)
    stretch, shift = (scale * torch.randn(2, generator=generator) for scale in (0.06, 0.01))
    return points + stretch * (points - 0.5) + shift + 0.001 * torch.randn(68, 2, generator=generator)


def ring(x: float, y: float, width: float, height: float, count: int) -> torch.Tensor:
    """Points of an ellipse from its left end over the top, the numbering of eyes and lips."""
    angle = torch.arange(count) * 2 * torch.pi / count
    return torch.stack([x - width * angle.cos(), y - height * angle.sin()], 1)


def drawing(landmarks: torch.Tensor, size: int = SIZE) -> torch.Tensor:
    """A smooth picture with a blob at both eyes, at the tip of the nose and the mouth, [3, size, size]."""
    along = (torch.arange(size) + 0.5) / size
    places = torch.stack([landmarks[[36, 39]].mean(0), landmarks[30], landmarks[[48, 54]].mean(0)])
    squared = (along[None, None] - places[:, 0, None, None]) ** 2 + (along[:, None] - places[:, 1, None, None]) ** 2
    return torch.exp(-squared / (2 * 0.05**2))
