"""Brows, beards and wrinkles as Warp functions of a position on the canonical head."""

# mypy: ignore-errors
# Warp compiles the syntax of these functions; their types are Warp's, not Python's.

import warp as wp

wp.set_module_options({"enable_backward": False, "max_unroll": 1})

NO_BEARD, STUBBLE, MOUSTACHE, GOATEE, FULL = range(5)


@wp.struct
class Paint:
    """Colours linear; strengths as in `Appearance`."""

    skin: wp.vec3
    lips: wp.vec3
    hair: wp.vec3
    brow: wp.vec3
    beard: wp.vec3
    redness: float
    mottling: float
    freckles: float
    age_lines: float
    recession: float
    brow_thickness: float
    brow_arch: float
    beard_kind: int
    scalp: float
    seed: int


@wp.func
def bump(x: float, width: float):
    """1 at 0, smoothly 0 at +-width."""
    t = wp.max(1.0 - wp.abs(x) / width, 0.0)
    return t * t * (3.0 - 2.0 * t)


@wp.func
def ramp(low: float, high: float, x: float):
    t = wp.clamp((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@wp.func
def blend(a: wp.vec3, b: wp.vec3, share: float):
    return a + (b - a) * share


@wp.func
def as_byte(linear: float):
    return wp.uint8(255.0 * wp.sqrt(wp.clamp(linear, 0.0, 1.0)) + 0.5)


@wp.func
def segment(p: wp.vec2, a: wp.vec2, b: wp.vec2):
    """Distance of p to the segment a b."""
    d = b - a
    t = wp.clamp(wp.dot(p - a, d) / wp.dot(d, d), 0.0, 1.0)
    return wp.length(p - a - d * t)


@wp.func
def brow_func(p: wp.vec3, paint: Paint, noise: float, hairs: float):
    """Fraction of brow hair at p."""
    ax = wp.abs(p[0])
    t = (ax - 0.11) / 0.42
    if t < -0.1 or t > 1.1 or p[1] < 0.02 or p[1] > 0.5:
        return 0.0
    peak = 0.66
    rise = wp.where(t < peak, t / peak, 1.0 - 1.3 * (t - peak) / (1.0 - peak))
    middle = 0.215 + (0.01 + 0.055 * paint.brow_arch) * rise
    half = (
        (0.022 + 0.034 * paint.brow_thickness) * (1.0 - 0.72 * ramp(0.5, 1.05, t)) * (0.75 + 0.25 * ramp(0.0, 0.25, t))
    )
    y = (p[1] - middle) / half
    inside = bump(y, 1.45) * ramp(-0.08, 0.14, t) * (1.0 - ramp(0.92, 1.06, t))
    return wp.clamp(inside * (1.05 + 1.0 * hairs + 0.3 * noise) * (0.85 + 0.3 * paint.brow_thickness), 0.0, 0.96)


@wp.func
def beard_func(p: wp.vec3, paint: Paint, noise: float):
    """Density of the chosen beard at p."""
    if paint.beard_kind == NO_BEARD:
        return 0.0
    ax = wp.abs(p[0])
    # The cheek line falls from the sideburns to the mouth's corners.
    cheek = -0.30 - 0.30 * ramp(0.68, 0.30, ax)
    jaw = ramp(cheek + 0.03, cheek - 0.10, p[1] + 0.05 * noise) * ramp(-1.42, -1.22, p[1])
    below = ramp(0.0, -0.35, p[2]) * ramp(-1.05, -1.3, p[1])
    jaw = jaw * (1.0 - 0.85 * below)
    top = -0.485 - 0.35 * wp.max(ax - 0.06, 0.0) + 0.06 * noise
    moustache = ramp(top, top - 0.06, p[1]) * ramp(-0.72, -0.64, p[1]) * ramp(0.36, 0.24, ax)
    moustache = moustache * (0.55 + 0.45 * ramp(0.015, 0.06, ax))
    around = ramp(0.33, 0.24, ax) * ramp(-0.52, -0.58, p[1]) * ramp(-1.35, -1.2, p[1])
    bare = ramp(0.2, 0.12, ax) * ramp(-0.78, -0.82, p[1]) * ramp(-0.90, -0.86, p[1])
    full = wp.max(jaw * ramp(0.1, 0.22, ax + 0.45 * wp.max(-0.78 - p[1], 0.0)), moustache) * (1.0 - 0.6 * bare)
    if paint.beard_kind == STUBBLE:
        return 0.40 * full
    if paint.beard_kind == MOUSTACHE:
        return wp.max(0.95 * moustache, 0.10 * full)
    if paint.beard_kind == GOATEE:
        goatee = wp.max(around * ramp(0.17, 0.27, ax + wp.max(-0.74 - p[1], 0.0) * 1.6), moustache) * (1.0 - 0.6 * bare)
        return wp.max(0.92 * goatee, 0.14 * full)
    return 0.95 * full


@wp.func
def lines_func(p: wp.vec3, coarse: float, broken: float):
    """Wrinkles: folds beside the mouth, lines of forehead and eye corners, bags; 1 in the deepest."""
    ax = wp.abs(p[0])
    wobble = 0.012 * coarse
    q = wp.vec2(ax + wobble, p[1] + wobble)
    depth = float(0.0)
    if p[1] > 0.1:
        for k in range(3):
            height = 0.36 + 0.085 * float(k) - 0.12 * ax * ax + 1.4 * wobble
            depth += 0.42 * bump(p[1] - height, 0.02) * ramp(0.50, 0.25, ax) * wp.clamp(0.65 + broken, 0.0, 1.0)
        frown = segment(q, wp.vec2(0.055, 0.13), wp.vec2(0.065, 0.28))
        depth += 0.55 * bump(frown, 0.018)
    elif p[1] < -0.35:
        fold = segment(q, wp.vec2(0.17, -0.40), wp.vec2(0.285, -0.60))
        fold = wp.min(fold, segment(q, wp.vec2(0.285, -0.60), wp.vec2(0.30, -0.72)))
        depth += 0.9 * bump(fold, 0.035)
        corner = segment(q, wp.vec2(0.265, -0.76), wp.vec2(0.30, -0.93))
        depth += 0.5 * bump(corner, 0.025)
    else:
        for k in range(3):
            rise = float(k - 1) * 0.07
            crow = segment(q, wp.vec2(0.50, 0.02 + 0.3 * rise), wp.vec2(0.60, 0.02 + rise * 1.6))
            depth += 0.5 * bump(crow, 0.016)
        bag = segment(q, wp.vec2(0.19, -0.115), wp.vec2(0.33, -0.17))
        bag = wp.min(bag, segment(q, wp.vec2(0.33, -0.17), wp.vec2(0.44, -0.12)))
        depth += 0.65 * bump(bag, 0.026)
    return wp.min(depth, 1.0)
