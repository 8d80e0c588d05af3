"""A talker's skin texture: shade, blush, lips, brows, beard, wrinkles, the scalp below the hair."""

from dataclasses import dataclass

import numpy as np
import warp as wp
from jaxtyping import Float
from scipy.ndimage import gaussian_filter

from speech2face.data.talkers.appearance import Appearance
from speech2face.data.talkers.facemap import SIZE, FaceMap
from speech2face.data.talkers.features import (
    FULL,
    GOATEE,
    MOUSTACHE,
    NO_BEARD,
    STUBBLE,
    Paint,
    as_byte,
    beard_func,
    blend,
    brow_func,
    lines_func,
    ramp,
)
from speech2face.data.talkers.hairline import hairline_func

wp.set_module_options({"enable_backward": False, "max_unroll": 1})

_BEARDS = {"none": NO_BEARD, "stubble": STUBBLE, "moustache": MOUSTACHE, "goatee": GOATEE, "full": FULL}


def to_linear(rgb: tuple[float, float, float]) -> wp.vec3:
    """sRGB to linear light."""
    return wp.vec3(*(float(((c + 0.055) / 1.055) ** 2.4 if c > 0.04 else c / 12.92) for c in rgb))


def paint_of(appearance: Appearance) -> Paint:
    """An appearance as a kernel structure."""
    paint = Paint()
    paint.skin, paint.lips = to_linear(appearance.skin_rgb), to_linear(appearance.lips_rgb)
    paint.hair, paint.brow = to_linear(appearance.hair_rgb), to_linear(appearance.brow_rgb)
    paint.beard = to_linear(appearance.beard_rgb)
    paint.redness, paint.mottling = appearance.redness, appearance.mottling
    paint.freckles, paint.age_lines = appearance.freckles, appearance.age_lines
    paint.recession = appearance.recession
    paint.brow_thickness, paint.brow_arch = appearance.brow_thickness, appearance.brow_arch
    paint.beard_kind = _BEARDS[appearance.beard]
    paint.scalp = {"bald": 0.12, "buzz": 0.8}.get(appearance.hair_style, 1.0)
    paint.seed = appearance.seed % (SIZE * SIZE)
    return paint


@wp.func
def noise_at(noise: wp.array2d(dtype=wp.vec4), row: float, column: float, paint: Paint):
    """The noise at a texel, shifted by the talker's seed; it is periodic, so the shift leaves no seam."""
    r = (int(row + 4096.0) + paint.seed) & (SIZE - 1)
    c = (int(column + 4096.0) + paint.seed // SIZE) & (SIZE - 1)
    return noise[r, c]


@wp.func
def complexion(p: wp.vec3, blotch: wp.vec4, other: wp.vec4, paint: Paint):
    """Colour and shininess of bare skin. blotch, other: noise of four sizes, at p and at another position."""
    ax = wp.abs(p[0])
    coarse = blotch[0]
    medium = blotch[1]
    face = ramp(-1.5, -1.1, p[1]) * ramp(-0.6, -0.2, p[2])
    color = paint.skin * (1.0 + (0.05 + 0.10 * paint.mottling) * coarse + 0.09 * paint.mottling * medium)
    pale = wp.clamp(paint.skin[0] * 1.6, 0.0, 1.0)
    if face == 0.0:
        ear = 0.6 * ramp(0.78, 0.86, ax) * ramp(-0.6, -0.7, p[2])
        return skin_texel(color, ear, pale, paint.redness, 0.35)

    # Blood near the surface: cheeks, nose, chin; it shows less where skin is dark.
    cheek = wp.exp(-((ax - 0.42) * (ax - 0.42) / 0.035 + (p[1] + 0.36) * (p[1] + 0.36) / 0.03))
    nose = wp.exp(-(ax * ax / 0.02 + (p[1] + 0.40) * (p[1] + 0.40) / 0.02)) * ramp(0.15, 0.35, p[2])
    chin = wp.exp(-(ax * ax / 0.03 + (p[1] + 0.95) * (p[1] + 0.95) / 0.012))
    blood = (0.75 * cheek + 0.9 * nose + 0.4 * chin) * (1.0 + 0.6 * medium)
    color = color * (1.0 + 0.07 * blotch[3] * face)
    hollow = wp.exp(-((ax - 0.27) * (ax - 0.27) / 0.016 + (p[1] + 0.10) * (p[1] + 0.10) / 0.005))
    hollow = hollow * (0.5 + 0.5 * paint.age_lines)
    color = wp.cw_mul(color, wp.vec3(1.0 - 0.16 * hollow, 1.0 - 0.22 * hollow, 1.0 - 0.18 * hollow))

    freckle = ramp(0.30, 0.48, blotch[2]) * paint.freckles * wp.clamp(cheek + nose + 0.35 + coarse, 0.0, 1.0)
    spot = wp.max(freckle, ramp(0.42, 0.55, other[1]) * paint.age_lines * 0.3) * face
    color = wp.cw_mul(color, wp.vec3(1.0 - 0.28 * spot, 1.0 - 0.42 * spot, 1.0 - 0.5 * spot))
    line = lines_func(p, coarse, other[0]) * face * wp.max(0.8 * paint.age_lines, 0.1)
    color = wp.cw_mul(color, wp.vec3(1.0 - 0.36 * line, 1.0 - 0.46 * line, 1.0 - 0.46 * line))
    brow_shine = 0.3 * ramp(0.25, 0.45, p[1]) * ramp(0.5, 0.2, ax)
    shine = 0.35 + 0.45 * nose + brow_shine + 0.15 * cheek + 0.35 * blotch[3] * face
    return skin_texel(color, blood, pale, paint.redness, shine)


@wp.func
def skin_texel(color: wp.vec3, blood: float, pale: float, redness: float, shine: float):
    """Redden a colour; less where skin is dark (pale near 0)."""
    b = blood * (0.45 + 0.55 * redness)
    return wp.vec4(
        color[0] * (1.0 + 0.04 * b), color[1] * (1.0 - 0.16 * b * pale), color[2] * (1.0 - 0.14 * b * pale), shine
    )


@wp.kernel
def paint_kernel(
    position: wp.array2d(dtype=wp.vec3),
    lips: wp.array2d(dtype=float),
    covered: wp.array2d(dtype=float),
    blotches: wp.array2d(dtype=wp.vec4),
    hairs: wp.array2d(dtype=wp.vec4),
    paint: Paint,
    texture: wp.array2d(dtype=wp.vec4ub),
):
    """Albedo and shininess of each texel, as square roots of linear values times 255.

    blotches: noise of four sizes; hairs: of four lengths; see `Painter.of`.
    """
    row, column = wp.tid()
    if covered[row, column] == 0.0:
        return
    p = position[row, column]
    y = float(row)
    x = float(column)
    blotch = noise_at(blotches, y, x, paint)
    hair_noise = noise_at(hairs, y, x, paint)
    strand = hair_noise[0]
    bristle = hair_noise[1]
    skin = complexion(p, blotch, noise_at(blotches, x, y, paint), paint)
    color = wp.vec3(skin[0], skin[1], skin[2])

    mouth = ramp(0.25, 0.75, lips[row, column])
    # The upper lip is the darker one.
    lip = paint.lips * ((1.0 + 0.2 * strand + 0.06 * blotch[1]) * (0.86 + 0.14 * ramp(-0.66, -0.73, p[1])))
    color = blend(color, lip, mouth * 0.92)
    shine = skin[3] + mouth * 0.5

    # Brow hairs lean outwards and up.
    lean = wp.where(p[0] > 0.0, 160.0, -160.0) * (0.22 - p[1])
    brow = brow_func(p, paint, blotch[1], noise_at(hairs, y, x + lean, paint)[1])
    color = blend(color, paint.brow * (0.9 + 0.5 * blotch[3]), brow)

    beard = beard_func(p, paint, blotch[1])
    if paint.beard_kind == STUBBLE:
        beard = beard * wp.clamp(0.8 + 1.5 * hair_noise[2] + 1.0 * hair_noise[3], 0.0, 1.3)
    else:
        beard = beard * wp.clamp(0.97 + 0.5 * bristle, 0.0, 1.05)
    beard = wp.clamp(beard * (1.0 - 0.95 * mouth), 0.0, 0.95)
    color = blend(color, paint.beard * (1.0 + 0.8 * bristle), beard)

    line = hairline_func(p, paint.recession)
    scalp = ramp(-0.03, 0.14, line + 0.06 * strand + 0.03 * blotch[1]) * paint.scalp
    color = blend(color, paint.hair * (0.8 + 0.5 * strand), scalp * 0.94)
    shine = wp.max(shine, 0.0) * (1.0 - 0.85 * wp.max(wp.max(brow, beard), scalp))
    texture[row, column] = wp.vec4ub(as_byte(color[0]), as_byte(color[1]), as_byte(color[2]), as_byte(shine))


def _noise(rng: np.random.Generator, sigma: tuple[float, float]) -> Float[np.ndarray, "size size"]:
    noise = gaussian_filter(rng.normal(size=(SIZE, SIZE)), sigma, mode="wrap")
    return (0.25 * noise / noise.std()).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Painter:
    """The face map on a device, ready to be painted for one talker after another."""

    position: wp.array
    lips: wp.array
    covered: wp.array
    blotches: wp.array
    hairs: wp.array
    device: str

    @classmethod
    def of(cls, face_map: FaceMap, device: str) -> "Painter":
        """Copy a map to the device, with noise of its own: periodic, standard deviation a quarter."""
        rng = np.random.default_rng(0)
        blotches = [_noise(rng, (size, size)) for size in (16.0, 5.0, 1.8, 0.7)]
        hairs = [_noise(rng, (length, 0.75)) for length in (9.0, 3.5, 1.5, 0.75)]
        return cls(
            position=wp.array(face_map.position, dtype=wp.vec3, device=device),
            lips=wp.array(face_map.lips, dtype=float, device=device),
            covered=wp.array(face_map.covered, dtype=float, device=device),
            blotches=wp.array(np.stack(blotches, axis=-1), dtype=wp.vec4, device=device),
            hairs=wp.array(np.stack(hairs, axis=-1), dtype=wp.vec4, device=device),
            device=device,
        )

    def paint(self, appearance: Appearance) -> wp.array:
        """The texture of a talker: vec4ub [SIZE, SIZE], see `paint_kernel`."""
        texture = wp.zeros((SIZE, SIZE), dtype=wp.vec4ub, device=self.device)
        inputs = [
            self.position,
            self.lips,
            self.covered,
            self.blotches,
            self.hairs,
            paint_of(appearance),
            texture,
        ]
        wp.launch(paint_kernel, dim=(SIZE, SIZE), inputs=inputs, device=self.device)
        return texture
