"""Reflection models: structures of a clip's constants and one Warp function per material."""

# mypy: ignore-errors
# Warp compiles the syntax of these functions; their types are Warp's, not Python's.

import warp as wp

wp.set_module_options({"enable_backward": False, "max_unroll": 1})


@wp.struct
class Lights:
    """Directions to the lights; linear colours."""

    key: wp.vec3
    key_rgb: wp.vec3
    fill: wp.vec3
    fill_rgb: wp.vec3
    rim: wp.vec3
    rim_rgb: wp.vec3
    sky_rgb: wp.vec3
    ground_rgb: wp.vec3
    key_half: wp.vec3
    """Half vector of key light and camera, with the camera infinitely far away."""
    fill_half: wp.vec3


@wp.struct
class MaterialParameters:
    """Linear colours and other constants of one clip's materials."""

    hair: wp.vec3
    grey: float
    brow: wp.vec3
    iris: wp.vec3
    iris_seed: int
    cloth: wp.vec3
    under: wp.vec3
    stripes: float
    neckline: int
    glasses: wp.vec3
    strand_kind: int
    eye_radius: float


@wp.struct
class Gaze:
    """Positions and directions of the eyes in one frame, and opening of the mouth (0..1)."""

    left: wp.vec3
    right: wp.vec3
    left_forward: wp.vec3
    right_forward: wp.vec3
    up: wp.vec3
    mouth: float


@wp.func
def wrap(n_dot_l: float, width: float):
    t = wp.max((n_dot_l + width) / (1.0 + width), 0.0)
    return t * wp.min(0.35 + 0.65 * t, 1.0)


@wp.func
def step(low: float, high: float, x: float):
    t = wp.clamp((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@wp.func
def power32(x: float):
    a = x * x
    a = a * a
    a = a * a
    a = a * a
    return a * a


@wp.func
def ambient(n: wp.vec3, lights: Lights):
    share = 0.5 + 0.5 * n[1]
    return lights.ground_rgb * (1.0 - share) + lights.sky_rgb * share


@wp.struct
class Light:
    """Light on a surface point: diffuse is multiplied by its colour, specular by its shininess."""

    diffuse: wp.vec3
    specular: wp.vec3


@wp.func
def light_skin(n: wp.vec3, ao: float, lit: float, lights: Lights):
    """Wrapped light, wider in red, as light that has passed through skin; two highlights."""
    d = wp.dot(n, lights.key)
    red = lit + 0.30 * lit * (1.0 - lit)
    key = wp.vec3(wrap(d, 0.36) * red, wrap(d, 0.17) * lit, wrap(d, 0.12) * lit)
    f = wrap(wp.dot(n, lights.fill), 0.5) * (0.35 + 0.65 * ao)
    edge = 1.0 - wp.max(n[2], 0.0)
    rim = wp.max(wp.dot(n, lights.rim), 0.0) * (0.3 + edge) * ao
    open_rgb = wp.vec3(wp.sqrt(ao) * 0.35 + ao * 0.65, ao, ao * (0.92 + 0.08 * ao))
    light = Light()
    light.diffuse = wp.cw_mul(key, lights.key_rgb) + f * lights.fill_rgb + rim * lights.rim_rgb
    light.diffuse += wp.cw_mul(ambient(n, lights), open_rgb)
    h = wp.max(wp.dot(n, lights.key_half), 0.0)
    h4 = h * h * h * h
    fresnel = 0.6 + 2.2 * edge * edge * edge
    specular = (0.035 * h4 * h4 * h4 + 0.10 * power32(h) * h4 * h4) * lit * wp.max(d, 0.0) * fresnel
    hf = wp.max(wp.dot(n, lights.fill_half), 0.0)
    hf = hf * hf
    hf = hf * hf
    light.specular = specular * lights.key_rgb + (0.03 * hf * hf * ao * fresnel) * lights.fill_rgb
    light.specular += ambient(n, lights) * (0.06 * edge * edge * ao)
    return light


@wp.func
def light_hair(normal: wp.vec3, tangent: wp.vec3, height: float, ao: float, lit: float, lights: Lights):
    """Strands lit along their length (Kajiya and Kay 1989), with two highlights; dark where seen from inside."""
    facing = normal[2]
    n = normal
    deep = 0.35 + 0.65 * height
    if facing < 0.0:
        n = -normal
        deep = 0.35 * deep
    nl = wp.dot(n, lights.key)
    tl = wp.dot(tangent, lights.key)
    d = 0.45 * wp.sqrt(wp.max(1.0 - tl * tl, 0.0)) + 0.55 * wrap(nl, 0.3)
    d = d * step(-0.45, 0.35, nl)
    edge = 1.0 - wp.abs(facing)
    light = Light()
    light.diffuse = lights.key_rgb * (d * lit) + lights.fill_rgb * (wrap(wp.dot(n, lights.fill), 0.5) * 0.8)
    light.diffuse += ambient(n, lights) * (0.45 + 0.55 * ao)
    light.diffuse += lights.rim_rgb * (wp.max(wp.dot(n, lights.rim), 0.0) * (0.4 + 0.8 * edge))
    light.diffuse = light.diffuse * deep
    th = wp.dot(tangent, lights.key_half)
    sine = wp.sqrt(wp.max(1.0 - th * th, 0.0))
    s4 = sine * sine * sine * sine
    s16 = s4 * s4 * s4 * s4
    gloss = step(-0.1, 0.5, nl) * lit * deep
    light.specular = lights.key_rgb * (gloss * s16 * (0.30 + 0.8 * power32(sine)))
    return light


@wp.func
def light_cloth(n: wp.vec3, q: wp.vec3, ao: float, lit: float, lights: Lights):
    """Matt cloth at the canonical position q, its normal bent by soft folds."""
    fold = 0.25 * wp.sin(3.1 * q[0] + 2.0 * q[1]) * wp.sin(5.3 * q[0] - 3.7 * q[1] + 2.0 * q[2])
    bent = wp.normalize(n + wp.vec3(0.5 * fold, 0.2 * fold, 0.0))
    light = Light()
    light.diffuse = lights.key_rgb * (wrap(wp.dot(bent, lights.key), 0.15) * lit)
    light.diffuse += lights.fill_rgb * wrap(wp.dot(bent, lights.fill), 0.3) + ambient(bent, lights) * (0.3 + 0.7 * ao)
    light.diffuse += lights.rim_rgb * (wp.max(wp.dot(n, lights.rim), 0.0) * (1.0 - wp.abs(n[2])))
    light.specular = lights.key_rgb * (0.5 * power32(wp.max(wp.dot(n, lights.key_half), 0.0)) * lit)
    return light


@wp.func
def shade_eye(p: wp.vec3, ao: float, lit: float, lights: Lights, parameters: MaterialParameters, gaze: Gaze):
    """Sclera, iris, pupil and a catchlight on an ideal ball about the eye's centre."""
    centre = gaze.left
    forward = gaze.left_forward
    if wp.length_sq(p - gaze.right) < wp.length_sq(p - gaze.left):
        centre = gaze.right
        forward = gaze.right_forward
    n = wp.normalize(p - centre)
    side = wp.normalize(wp.cross(gaze.up, forward))
    up = wp.cross(forward, side)
    x = wp.dot(n, side)
    y = wp.dot(n, up)
    r = wp.sqrt(x * x + y * y) * parameters.eye_radius / 0.0625
    angle = wp.atan2(y, x)
    state = wp.rand_init(parameters.iris_seed)
    fibres = wp.noise(state, wp.vec3(wp.cos(angle) * 7.0, wp.sin(angle) * 7.0, r * 1.5))
    white = wp.vec3(0.62, 0.58, 0.55) * (1.0 - 0.10 * wp.min(wp.abs(x) * 1.6, 1.0))
    white = wp.cw_mul(
        white, wp.vec3(1.0, 1.0 - 0.10 * step(0.35, 0.75, wp.abs(x)), 1.0 - 0.12 * step(0.35, 0.75, wp.abs(x)))
    )
    iris = parameters.iris * (0.95 + 0.75 * fibres)
    iris = iris * (0.75 + 0.6 * step(0.3, 0.75, r) * (0.8 - 0.5 * y / 0.4))
    iris = iris + wp.cw_mul(parameters.iris, wp.vec3(0.5, 0.3, 0.1)) * (step(0.62, 0.40, r))
    iris = iris * (1.0 - 0.75 * step(0.80, 1.02, r))
    color = iris + (white - iris) * step(0.90, 1.10, r)
    color = color * (1.0 - 0.97 * step(0.46, 0.36, r))
    lid = 1.0 - 0.55 * step(0.10, 0.42, wp.dot(n, gaze.up) + 0.06)
    light = lights.key_rgb * (wrap(wp.dot(n, lights.key), 0.5) * (0.35 + 0.65 * lit)) + lights.fill_rgb * 0.3
    light += ambient(n, lights)
    rgb = wp.cw_mul(color, light) * (lid * (0.45 + 0.55 * ao))
    # The cornea bulges, so that the highlight sits on the iris.
    bulge = wp.normalize(n + forward * 0.35)
    h = wp.max(wp.dot(bulge, lights.key_half), 0.0)
    glint = power32(power32(h))
    glint = wp.min(glint * 3.0, 1.0)
    hf = wp.max(wp.dot(bulge, lights.fill_half), 0.0)
    soft = power32(hf) * power32(hf)
    return rgb + lights.key_rgb * (0.9 * glint * (0.5 + 0.5 * lit)) + lights.fill_rgb * (0.10 * soft)


@wp.func
def cloth_color(q: wp.vec3, away: float, parameters: MaterialParameters):
    """Colour at the canonical position q, at the distance `away` from the neckline."""
    ax = wp.abs(q[0])
    color = parameters.cloth
    crease = float(1.0)
    if parameters.neckline == 3:  # jacket: shirt in the opening, lapels beside it
        opening = 0.10 + 0.42 * wp.max(q[1] + 2.35, 0.0)
        if ax < opening and q[2] > -0.9:
            color = parameters.under
            crease = 1.0 - 0.45 * step(0.06, 0.0, opening - ax)
            if ax < 0.022:
                crease = crease * 0.85
        else:
            crease = 1.0 - 0.35 * step(0.03, 0.0, wp.abs(ax - opening - 0.26))
    elif parameters.neckline == 2:
        collar = step(0.19, 0.165, away)
        crease = 1.0 - 0.4 * collar * step(0.05, 0.0, wp.abs(away - 0.18))
        if ax < 0.10 and q[2] > -0.9:
            crease = crease * (1.0 - 0.3 * step(0.015, 0.0, wp.abs(ax - 0.07)))
        color = color * (1.0 + 0.10 * collar)
    else:
        hem = step(0.085, 0.075, away)
        crease = 1.0 - 0.28 * step(0.02, 0.0, wp.abs(away - 0.085)) - 0.06 * hem
        stripe = step(0.35, 0.45, wp.abs(wp.sin(q[1] * 13.0)))
        color = color + (parameters.under - color) * (parameters.stripes * (1.0 - stripe) * (1.0 - hem))
    weave = 0.03 * wp.sin(170.0 * q[0]) * wp.sin(150.0 * q[1])
    return color * (crease * (1.0 + weave))


Interpolated = wp.types.vector(length=8, dtype=float)
"""What shading interpolates of a vertex, together so that one load and one multiplication take it all.

Diffuse light (3), then: specular light (3), map u and v of skin; specular light, across and along strands of hair;
canonical position (3) and distance from the neckline of cloth; specular light of anything else.
"""


@wp.struct
class Mesh:
    """The scene's mesh: triangles (three vertices, a material) and the fields of `pieces.Piece` per vertex.

    kinds: material that a vertex is lit as; detail: (map u, map v, ambient occlusion, fraction of key light).
    """

    triangles: wp.array(dtype=wp.vec4i)
    kinds: wp.array(dtype=wp.int32)
    normal: wp.array(dtype=wp.vec3)
    interpolated: wp.array(dtype=Interpolated)
    screen: wp.array(dtype=wp.vec3)
    canonical: wp.array(dtype=wp.vec3)
    tangent: wp.array(dtype=wp.vec3)
    card: wp.array(dtype=wp.vec4)
    detail: wp.array(dtype=wp.vec4)
