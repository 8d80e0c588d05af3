"""Shading of the visible triangles: once per pixel and material, averaged over the samples at edges."""

import warp as wp

from speech2face.data.talkers.kernels import Camera, sample_x
from speech2face.data.talkers.surfaces import (
    Gaze,
    Interpolated,
    Light,
    Lights,
    MaterialParameters,
    Mesh,
    ambient,
    cloth_color,
    light_cloth,
    light_hair,
    light_skin,
    shade_eye,
    step,
)

wp.set_module_options({"enable_backward": False, "max_unroll": 1})

_SKIN, _MOUTH, _EYE, _TEETH, _TONGUE, _LASH, _HAIR, _CLOTH, _LOCKS, _GLASSES = range(10)  # mesh.Material
_BACKGROUND = 99


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
    camera: Camera,
    lights: Lights,
    parameters: MaterialParameters,
    gaze: Gaze,
):
    """Linear colour of triangle `index` at (x, y) pixels; neither skin nor hair."""
    t = mesh.triangles[index]
    material = t[3]
    a = mesh.screen[t[0]]
    b = mesh.screen[t[1]]
    c = mesh.screen[t[2]]
    inverse = 1.0 / ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
    wa = ((c[0] - b[0]) * (y - b[1]) - (c[1] - b[1]) * (x - b[0])) * inverse
    wb = ((a[0] - c[0]) * (y - c[1]) - (a[1] - c[1]) * (x - c[0])) * inverse
    wc = 1.0 - wa - wb
    if material == _CLOTH or material == _GLASSES:  # noqa: SIM109 (Warp knows no tuples)
        v = wa * mesh.interpolated[t[0]] + wb * mesh.interpolated[t[1]] + wc * mesh.interpolated[t[2]]
        diffuse = wp.vec3(v[0], v[1], v[2])
        rest = wp.vec3(v[3], v[4], v[5])
        if material == _CLOTH:
            return wp.cw_mul(cloth_color(rest, v[6], parameters), diffuse)
        return wp.cw_mul(parameters.glasses, diffuse) + rest
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


_MATERIALS = f"constexpr int SKIN = {_SKIN}, HAIR = {_HAIR}, LOCKS = {_LOCKS}, BACKGROUND = {_BACKGROUND};"

_FIND_CHANGED = (
    _MATERIALS
    + """
typedef int ints __attribute__((ext_vector_type(8), aligned(4)));
typedef bool bits __attribute__((ext_vector_type(8)));
const int pitch = nearest.shape[1], columns = pitch - 8;
int pixel_count = 0, sample_count = 0;
for (int row = 0; row < nearest.shape[0]; row += 2)
    for (int column = 0; column < columns; column += 8) {
        const auto differ = [&](int at) {
            return *reinterpret_cast<const ints*>(nearest.data + at) != *reinterpret_cast<const ints*>(still.data + at);
        };
        const int at = row * pitch + column;
        const bits changed = __builtin_convertvector(differ(at) | differ(at + pitch), bits);
        for (unsigned rest = __builtin_bit_cast(unsigned char, changed); rest; rest &= rest - 1) {
            const int k = __builtin_ctz(rest);
            if (column + k >= columns)
                break;
            pixels.data[++pixel_count] = at + k;
            int seen = BACKGROUND;
            for (int sample = at + k; sample <= at + k + pitch; sample += pitch) {
                const int triangle = nearest.data[sample];
                const int material = triangle < 0 ? BACKGROUND : materials.data[triangle];
                if (material != seen && material != SKIN && material != HAIR && material != LOCKS
                    && material != BACKGROUND)
                    samples.data[++sample_count] = sample;
                seen = material;
            }
        }
    }
pixels.data[0] = pixel_count;
samples.data[0] = sample_count;
"""
)


@wp.func_native(_FIND_CHANGED)
def find_changed(
    nearest: wp.array2d(dtype=wp.int32),
    still: wp.array2d(dtype=wp.int32),
    materials: wp.array(dtype=wp.uint8),
    pixels: wp.array(dtype=wp.int32),
    samples: wp.array(dtype=wp.int32),
): ...


@wp.kernel
def find_changed_kernel(
    nearest: wp.array2d(dtype=wp.int32),
    still: wp.array2d(dtype=wp.int32),
    materials: wp.array(dtype=wp.uint8),
    pixels: wp.array(dtype=wp.int32),
    samples: wp.array(dtype=wp.int32),
):
    """List the pixels that show another triangle than the still picture, and their samples for `shade_kernel`.

    Both are positions in `nearest`, preceded by their number; of a pixel, its upper sample.
    """
    find_changed(nearest, still, materials, pixels, samples)


@wp.kernel
def shade_kernel(
    samples: wp.array(dtype=wp.int32),
    nearest: wp.array2d(dtype=wp.int32),
    mesh: Mesh,
    camera: Camera,
    lights: Lights,
    parameters: MaterialParameters,
    gazes: wp.array(dtype=Gaze),
    frame: int,
    colors: wp.array2d(dtype=wp.vec3),
):
    """Linear colours of the given samples, which show neither skin nor hair."""
    gaze = gazes[frame]
    for k in range(1, samples[0] + 1):
        row = samples[k] // nearest.shape[1]
        column = samples[k] - row * nearest.shape[1]
        x = sample_x(column, row)
        y = 0.5 * float(row) + 0.25
        colors[row, column] = shade_sample(nearest[row, column], x, y, mesh, camera, lights, parameters, gaze)


_COMPOSE = (
    _MATERIALS
    + """
typedef float floats __attribute__((ext_vector_type(8), aligned(4)));
typedef float four __attribute__((ext_vector_type(4), aligned(4)));
typedef unsigned char bytes __attribute__((ext_vector_type(4)));
const int pitch = nearest.shape[1], levels = tone.shape[0];
const auto rgb = [](const wp::vec3& v) { return four{v.c[0], v.c[1], v.c[2], 0.0f}; };
const auto smooth = [](float low, float high, float x) {
    const float t = wp::clamp((x - low) / (high - low), 0.0f, 1.0f);
    return t * t * (3.0f - 2.0f * t);
};
const four hair = rgb(parameters.hair), shine = {0.012f, 0.012f, 0.012f, 0.0f}, grey_rgb = {0.42f, 0.41f, 0.40f, 0.0f};
const float grey = parameters.grey, greying = 0.7f * smooth(0.0f, 0.05f, grey);
const int strand_size = strands.shape[1], size = texture.shape[0];
const auto* pattern = strands.data + parameters.strand_kind * strand_size * strand_size;
// The triangle last met, as a plane: values at its first corner, change per pixel to the right and down.
int current = -1;
floats origin = 0.0f, along = 0.0f, down = 0.0f;
float corner_x = 0.0f, corner_y = 0.0f;
for (int n = 1; n <= pixels.data[0]; ++n) {
    const int upper = pixels.data[n], row = upper / pitch, column = upper - row * pitch;
    four total = 0.0f, color = 0.0f;
    int seen = -1;
    for (int lower = 0; lower < 2; ++lower) {
        const int sample = upper + lower * pitch, triangle = nearest.data[sample];
        const int material = triangle < 0 ? BACKGROUND : materials.data[triangle];
        if (material == seen) {
            total += color;
            continue;
        }
        seen = material;
        if (material == BACKGROUND)
            color = rgb(background.data[row / 2 * (pitch - 8) + column]);
        else if (material != SKIN && material != HAIR && material != LOCKS)
            color = rgb(colors.data[sample]);
        else {
            if (triangle != current) {
                current = triangle;
                const int* t = triangles.data[triangle].c;
                const float *a = screen.data[t[0]].c, *b = screen.data[t[1]].c, *c = screen.data[t[2]].c;
                const float bx = b[0] - a[0], by = b[1] - a[1], cx = c[0] - a[0], cy = c[1] - a[1];
                const float inverse = 1.0f / (bx * cy - by * cx);
                origin = *reinterpret_cast<const floats*>(interpolated.data[t[0]].c);
                const floats to_b = *reinterpret_cast<const floats*>(interpolated.data[t[1]].c) - origin;
                const floats to_c = *reinterpret_cast<const floats*>(interpolated.data[t[2]].c) - origin;
                along = to_b * (cy * inverse) - to_c * (by * inverse);
                down = to_c * (bx * inverse) - to_b * (cx * inverse);
                corner_x = a[0] - 0.25f;
                corner_y = a[1] - 0.25f;
            }
            const floats v = origin + along * (column + 0.5f * lower - corner_x)
                + down * (0.5f * (row + lower) - corner_y);
            const four diffuse = v.lo, specular = {v[3], v[4], v[5], 0.0f};
            if (material == SKIN) {
                // Bilinear; the texture holds square roots of linear colours.
                const float most = size - 1.001f;
                const float tx = wp::clamp(v[6] * size - 0.5f, 0.0f, most);
                const float ty = wp::clamp(v[7] * size - 0.5f, 0.0f, most);
                const int left = tx, top = ty;
                const auto* texel = reinterpret_cast<const bytes*>(texture.data + top * size + left);
                const auto albedo = [&](int at) { return __builtin_convertvector(texel[at], four); };
                const four first = albedo(0) + (tx - left) * (albedo(1) - albedo(0));
                const four second = albedo(size) + (tx - left) * (albedo(size + 1) - albedo(size));
                const four root = (first + (ty - top) * (second - first)) * (1.0f / 255.0f), skin = root * root;
                color = skin * diffuse + skin[3] * specular;
            } else {
                // Tones of strands differ, and the given share is grey.
                const int across = static_cast<int>((v[6] + 64.0f) * strand_size) & (strand_size - 1);
                const int length = static_cast<int>((v[7] + 64.0f) * strand_size) & (strand_size - 1);
                const auto* strand = pattern[length * strand_size + across].c;
                const float rarity = strand[0] * (1.0f / 255.0f), tint = strand[1] * (1.0f / 255.0f);
                const float share = greying * smooth(0.6f - grey, 1.4f - grey, 0.5f * (rarity + tint));
                const four base = hair * (0.72f + 0.56f * tint);
                const four dyed = base + (grey_rgb * (0.75f + 0.4f * tint) - base) * share;
                color = dyed * diffuse + (hair * 0.55f + shine) * specular * (0.4f + 0.9f * tint);
            }
        }
        total += color;
    }
    const four level = __builtin_elementwise_min(
        __builtin_elementwise_max(total * (0.25f * (levels - 1)), four(0.0f)), four(levels - 1.0f));
    auto* out = picture.data[row / 2 * (pitch - 8) + column].c;
    for (int k = 0; k < 3; ++k)
        out[k] = tone.data[static_cast<int>(level[k])];
}
"""
)


@wp.func_native(_COMPOSE)
def compose(
    pixels: wp.array(dtype=wp.int32),
    nearest: wp.array2d(dtype=wp.int32),
    materials: wp.array(dtype=wp.uint8),
    triangles: wp.array(dtype=wp.vec4i),
    screen: wp.array(dtype=wp.vec3),
    interpolated: wp.array(dtype=Interpolated),
    colors: wp.array2d(dtype=wp.vec3),
    strands: wp.array3d(dtype=wp.vec2ub),
    texture: wp.array2d(dtype=wp.vec4ub),
    background: wp.array2d(dtype=wp.vec3),
    tone: wp.array(dtype=wp.uint8),
    parameters: MaterialParameters,
    picture: wp.array2d(dtype=wp.vec3ub),
): ...


@wp.kernel
def compose_kernel(
    pixels: wp.array(dtype=wp.int32),
    nearest: wp.array2d(dtype=wp.int32),
    materials: wp.array(dtype=wp.uint8),
    mesh: Mesh,
    colors: wp.array2d(dtype=wp.vec3),
    strands: wp.array3d(dtype=wp.vec2ub),
    texture: wp.array2d(dtype=wp.vec4ub),
    background: wp.array2d(dtype=wp.vec3),
    tone: wp.array(dtype=wp.uint8),
    parameters: MaterialParameters,
    picture: wp.array2d(dtype=wp.vec3ub),
):
    """Write the given pixels of a picture: skin and hair are shaded here, other samples have their `colors`.

    background: linear colours; tone: sRGB bytes of linear light 0..2.
    """
    compose(
        pixels,
        nearest,
        materials,
        mesh.triangles,
        mesh.screen,
        mesh.interpolated,
        colors,
        strands,
        texture,
        background,
        tone,
        parameters,
        picture,
    )
