"""Shading of the visible triangles: once per pixel and material, averaged over the samples at edges."""

import warp as wp

from speech2face.data.talkers.kernels import FAR, Camera, sample_x, strand_at
from speech2face.data.talkers.surfaces import (
    Gaze,
    Interpolated,
    Light,
    Lights,
    MaterialParameters,
    Mesh,
    ambient,
    cloth_color,
    hair_color,
    light_cloth,
    light_hair,
    light_skin,
    shade_eye,
    step,
    texel,
)

wp.set_module_options({"enable_backward": False, "max_unroll": 1})

PIXELS_A_THREAD = 128  # a CPU thread's start costs as much as several pixels
_SKIN, _MOUTH, _EYE, _TEETH, _TONGUE, _LASH, _HAIR, _CLOTH, _LOCKS, _GLASSES = range(10)  # mesh.Material
_NONE, _BACKGROUND = 99, 98


@wp.kernel
def light_kernel(mesh: Mesh, lights: Lights):
    """Light every vertex that may be visible; skin, hair and cloth are smooth enough to interpolate light."""
    i = wp.tid()
    kind = mesh.kinds[i]
    n = mesh.normal[i]
    d = mesh.detail[i]
    card = mesh.card[i]
    q = mesh.canonical[i]
    light = Light()
    if n[2] >= -0.3 or kind >= _LOCKS:
        if kind == _SKIN:
            light = light_skin(n, d[2], d[3], lights)
        elif kind == _HAIR or kind == _LOCKS:  # noqa: SIM109 (Warp knows no tuples)
            light = light_hair(n, mesh.tangent[i], card[3], d[2], d[3], lights)
        else:
            light = light_cloth(n, q, d[2], d[3], lights)
    a = light.diffuse
    b = light.specular
    if kind == _SKIN:
        mesh.interpolated[i] = Interpolated(a[0], a[1], a[2], b[0], b[1], b[2], d[0], d[1])
    elif kind == _CLOTH:
        mesh.interpolated[i] = Interpolated(a[0], a[1], a[2], q[0], q[1], q[2], card[3], 0.0)
    else:
        mesh.interpolated[i] = Interpolated(a[0], a[1], a[2], b[0], b[1], b[2], card[0], card[1])


@wp.func
def shade_sample(
    index: int,
    x: float,
    y: float,
    mesh: Mesh,
    strands: wp.array3d(dtype=wp.vec2ub),
    texture: wp.array2d(dtype=wp.vec4ub),
    camera: Camera,
    lights: Lights,
    parameters: MaterialParameters,
    gaze: Gaze,
):
    """Linear colour of triangle `index` at (x, y) pixels."""
    t = mesh.triangles[index]
    material = t[3]
    a = mesh.screen[t[0]]
    b = mesh.screen[t[1]]
    c = mesh.screen[t[2]]
    inverse = 1.0 / ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
    wa = ((c[0] - b[0]) * (y - b[1]) - (c[1] - b[1]) * (x - b[0])) * inverse
    wb = ((a[0] - c[0]) * (y - c[1]) - (a[1] - c[1]) * (x - c[0])) * inverse
    wc = 1.0 - wa - wb
    if material <= _SKIN or material >= _HAIR:
        v = wa * mesh.interpolated[t[0]] + wb * mesh.interpolated[t[1]] + wc * mesh.interpolated[t[2]]
        diffuse = wp.vec3(v[0], v[1], v[2])
        rest = wp.vec3(v[3], v[4], v[5])
        if material == _SKIN:
            skin = texel(texture, v[6], v[7])
            return wp.cw_mul(wp.vec3(skin[0], skin[1], skin[2]), diffuse) + skin[3] * rest
        if material == _CLOTH:
            return wp.cw_mul(cloth_color(rest, v[6], parameters), diffuse)
        if material == _GLASSES:
            return wp.cw_mul(parameters.glasses, diffuse) + rest
        strand = strand_at(strands, parameters.strand_kind, v[6], v[7])
        shine = parameters.hair * 0.55 + wp.vec3(0.012, 0.012, 0.012)
        return wp.cw_mul(hair_color(strand, parameters), diffuse) + wp.cw_mul(shine, rest) * (0.4 + 0.9 * strand[1])
    if material == _EYE:
        depth = wa * a[2] + wb * b[2] + wc * c[2]
        ray = wp.vec3((x - camera.centre_x) / camera.scale, (camera.centre_y - y) / camera.scale, -1.0)
        p = wp.vec3(0.0, 0.0, camera.distance) + ray * depth
        d = wa * mesh.detail[t[0]] + wb * mesh.detail[t[1]] + wc * mesh.detail[t[2]]
        return shade_eye(p, d[2], d[3], lights, parameters, gaze)
    if material == _LASH:
        return parameters.brow * 0.15 + wp.vec3(0.004, 0.003, 0.003)
    q = wa * mesh.canonical[t[0]] + wb * mesh.canonical[t[1]] + wc * mesh.canonical[t[2]]
    # The mouth's inside: lit by how far it opens, darker towards the throat.
    n = wp.normalize(wa * mesh.normal[t[0]] + wb * mesh.normal[t[1]] + wc * mesh.normal[t[2]])
    if material == _TEETH:
        light = lights.key_rgb * 0.28 + ambient(n, lights)
        front = step(-0.25, 0.12, q[2])
        return wp.cw_mul(wp.vec3(0.70, 0.64, 0.55), light) * (front * (0.25 + 0.75 * gaze.mouth))
    if material == _TONGUE:
        light = lights.key_rgb * 0.12 + ambient(n, lights)
        return wp.cw_mul(wp.vec3(0.34, 0.12, 0.11), light) * (0.25 + 0.5 * gaze.mouth)
    return wp.vec3(0.22, 0.065, 0.055) * (0.10 + 0.35 * step(-0.5, 0.15, q[2]) * wp.max(gaze.mouth, 0.25))


@wp.kernel
def shade_kernel(
    nearest: wp.array2d(dtype=wp.int64),
    mesh: Mesh,
    strands: wp.array3d(dtype=wp.vec2ub),
    texture: wp.array2d(dtype=wp.vec4ub),
    background: wp.array2d(dtype=wp.vec3),
    backdrop: wp.array2d(dtype=wp.vec3ub),
    tone: wp.array(dtype=wp.uint8),
    camera: Camera,
    lights: Lights,
    parameters: MaterialParameters,
    gazes: wp.array(dtype=Gaze),
    frame: int,
    picture: wp.array2d(dtype=wp.vec3ub),
):
    """One picture. background: linear colours; backdrop: its bytes; tone: sRGB bytes of linear light 0..2."""
    row, block = wp.tid()
    gaze = gazes[frame]
    levels = tone.shape[0]
    last = float(levels - 1)
    scale = 0.25 * last
    for column in range(block * PIXELS_A_THREAD, wp.min((block + 1) * PIXELS_A_THREAD, camera.size)):
        if nearest[2 * row, column] == wp.int64(FAR) and nearest[2 * row + 1, column] == wp.int64(FAR):
            picture[row, column] = backdrop[row, column]
        else:
            total = wp.vec3(0.0, 0.0, 0.0)
            rgb = wp.vec3(0.0, 0.0, 0.0)
            seen = wp.int32(_NONE)
            for sample in range(2):
                sample_row = 2 * row + sample
                key = nearest[sample_row, column]
                material = wp.int32(_BACKGROUND)
                index = int(key & wp.int64(0xFFFFFFFF))
                if key != wp.int64(FAR):
                    material = mesh.triangles[index][3]
                if material != seen:
                    seen = material
                    if material == _BACKGROUND:
                        rgb = background[row, column]
                    else:
                        x = sample_x(column, sample_row)
                        y = 0.5 * float(sample_row) + 0.25
                        rgb = shade_sample(index, x, y, mesh, strands, texture, camera, lights, parameters, gaze)
                total += rgb
            total = total * scale
            picture[row, column] = wp.vec3ub(
                tone[int(wp.clamp(total[0], 0.0, last))],
                tone[int(wp.clamp(total[1], 0.0, last))],
                tone[int(wp.clamp(total[2], 0.0, last))],
            )
