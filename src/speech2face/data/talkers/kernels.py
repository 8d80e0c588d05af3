"""Warp kernels from a moving mesh to visible triangles, and from pictures to video: normals, projection, rasterisation,
shadows, YUV.

The z-buffer holds the depth and the number of the nearest triangle of each sample; of triangles as near, the first
one drawn. Each pixel has two samples, one above the other, a quarter of a pixel to the left and right: this smooths
edges and fine hair in both directions at half the cost of four samples.

What takes most time is native code (`wp.func_native`) in which Clang's vector types draw eight samples at once: on a
processor a third of the time of Warp's own code, whose loops and indices Clang cannot vectorise.
"""

import warp as wp

wp.config.log_level = wp.LOG_WARNING  # or Warp announces each module that it loads on standard output
wp.set_module_options({"enable_backward": False, "max_unroll": 1})

LANES = 8
"""Samples that native code draws at once; the z-buffer's rows are longer than the picture's by as many."""
FAR = 1.0e6  # dm: depth where nothing is drawn
LASH, HAIR, CLOTH, LOCKS = range(5, 9)  # mesh.Material: those from LASH on may have holes


@wp.struct
class Camera:
    """Pinhole at (0, 0, distance) looking along -z; scale and centre in pixels of a picture `size` wide."""

    distance: float
    scale: float
    centre_x: float
    centre_y: float
    size: int


@wp.struct
class RigidTransform:
    """The head's rigid transform in one frame: p -> rotation (p - pivot) + pivot + shift; the shoulders keep still."""

    rotation: wp.mat33
    pivot: wp.vec3
    shift: wp.vec3


@wp.func
def sample_x(column: int, row: int):
    """x of a sample in pixels; rows are half pixels."""
    return float(column) + 0.25 + 0.5 * float(row & 1)


_ADD_NORMALS = """
for (int i = 0; i < normal.shape[0]; ++i)
    normal.data[i] = wp::vec3(0.0f, 0.0f, 0.0f);
for (int i = 0; i < triangles.shape[0]; ++i) {
    const int* corner = triangles.data[i].c;
    const wp::vec3 a = position.data[corner[0]];
    const wp::vec3 face = cross(position.data[corner[1]] - a, position.data[corner[2]] - a);
    for (int k = 0; k < 3; ++k)
        normal.data[corner[k]] = normal.data[corner[k]] + face;
}
for (int i = 0; i < normal.shape[0]; ++i)
    normal.data[i] = normalize(normal.data[i]);
"""


@wp.func_native(_ADD_NORMALS)
def add_normals(
    position: wp.array(dtype=wp.vec3), triangles: wp.array(dtype=wp.vec4i), normal: wp.array(dtype=wp.vec3)
): ...


@wp.kernel
def normals_kernel(
    position: wp.array(dtype=wp.vec3), triangles: wp.array(dtype=wp.vec4i), normal: wp.array(dtype=wp.vec3)
):
    """Area-weighted vertex normals."""
    add_normals(position, triangles, normal)


@wp.kernel
def project_kernel(
    morphed: wp.array(dtype=wp.vec3),
    morphed_normal: wp.array(dtype=wp.vec3),
    base: wp.array(dtype=wp.int32),
    rest: wp.array(dtype=wp.vec3),
    rest_normal: wp.array(dtype=wp.vec3),
    weight: wp.array(dtype=float),
    transforms: wp.array(dtype=RigidTransform),
    frame: int,
    camera: Camera,
    normal: wp.array(dtype=wp.vec3),
    screen: wp.array(dtype=wp.vec3),
):
    """Normal and (pixels right, pixels down, depth) of every vertex.

    A vertex with a base follows it at distance rest.x along its normal; one without (-1) has position rest.
    """
    i = wp.tid()
    b = base[i]
    p = rest[i]
    n = rest_normal[i]
    if b >= 0:
        n = morphed_normal[b]
        p = morphed[b] + n * rest[i][0]
    w = weight[i]
    rigid = transforms[frame]
    turned = rigid.rotation @ (p - rigid.pivot) + rigid.pivot
    p = p + w * (turned - p + rigid.shift)
    normal[i] = wp.normalize(n + w * (rigid.rotation @ n - n))
    depth = camera.distance - p[2]
    k = camera.scale / depth
    screen[i] = wp.vec3(camera.centre_x + k * p[0], camera.centre_y - k * p[1], depth)


_RASTER = (
    f"constexpr int LASH = {LASH}, CLOTH = {CLOTH}, LOCKS = {LOCKS};"
    + """
typedef float floats __attribute__((ext_vector_type(8), aligned(4)));
typedef int ints __attribute__((ext_vector_type(8), aligned(4)));
typedef bool bits __attribute__((ext_vector_type(8)));
const floats lane = {0, 1, 2, 3, 4, 5, 6, 7};
const int size = strands.shape[1], rows = depth.shape[0], pitch = depth.shape[1], columns = pitch - 8;
for (int i = first; i < last; ++i) {
    const int *corner = triangles.data[i].c, material = corner[3];
    const float *a = screen.data[corner[0]].c, *b = screen.data[corner[1]].c, *c = screen.data[corner[2]].c;
    const float area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    // Only locks and the like are seen from behind.
    if (!(area < -1.0e-9f || (material >= LOCKS && area > 1.0e-9f)))
        continue;
    const auto least = [](float x, float y, float z) { const float m = x < y ? x : y; return m < z ? m : z; };
    const auto most = [](float x, float y, float z) { const float m = x > y ? x : y; return m > z ? m : z; };
    int left = least(a[0], b[0], c[0]) - 0.75f, right = most(a[0], b[0], c[0]) - 0.25f;
    int top = 2.0f * least(a[1], b[1], c[1]) + 0.5f, bottom = 2.0f * most(a[1], b[1], c[1]) - 0.5f;
    left = left > 0 ? left : 0;
    top = top > 0 ? top : 0;
    right = right < columns ? right : columns - 1;
    bottom = bottom < rows ? bottom : rows - 1;
    const float inverse = 1.0f / area, x = left + 0.25f, y = 0.5f * top + 0.25f;
    // Weights of the corners: change per column and per row, and values at the first sample.
    const float step_a = (b[1] - c[1]) * inverse, slope_a = (c[0] - b[0]) * inverse;
    const float step_b = (c[1] - a[1]) * inverse, slope_b = (a[0] - c[0]) * inverse;
    const float step_c = (a[1] - b[1]) * inverse, slope_c = (b[0] - a[0]) * inverse;
    const floats weight_a = (slope_a * (y - b[1]) + step_a * (x - b[0])) + step_a * lane;
    const floats weight_b = (slope_b * (y - c[1]) + step_b * (x - c[0])) + step_b * lane;
    const floats weight_c = (slope_c * (y - a[1]) + step_c * (x - a[0])) + step_c * lane;
    const float step_z = step_a * (a[2] - c[2]) + step_b * (b[2] - c[2]);
    const float slope_z = slope_a * (a[2] - c[2]) + slope_b * (b[2] - c[2]);
    const floats first_z = (c[2] + slope_z * (y - c[1]) + step_z * (x - c[0])) + step_z * lane;
    // Rounding must leave no gap between neighbours.
    const float slack = -2.0e-6f;
    const float *card_a = card.data[corner[0]].c, *card_b = card.data[corner[1]].c, *card_c = card.data[corner[2]].c;
    const bool holes = material == CLOTH ? least(card_a[3], card_b[3], card_c[3]) < 0.0f
        : material >= LASH && least(card_a[2], card_b[2], card_c[2]) < 1.0f;
    const unsigned char* pattern = strands.data[(material == LASH ? 0 : strand_kind) * size * size].c;
    for (int row = top; row <= bottom; ++row) {
        for (int column = left; column <= right; column += 8) {
            const float down = 0.5f * (row - top), along = (column - left) + 0.5f * (row & 1);
            const floats wa = weight_a + (slope_a * down + step_a * along);
            const floats wb = weight_b + (slope_b * down + step_b * along);
            const floats wc = weight_c + (slope_c * down + step_c * along);
            const floats z = first_z + (slope_z * down + step_z * along);
            floats& nearest_z = *reinterpret_cast<floats*>(depth.data + row * pitch + column);
            const floats inside = __builtin_elementwise_min(__builtin_elementwise_min(wa, wb), wc);
            ints seen = (inside >= slack) & (z < nearest_z);
            if (__builtin_bit_cast(unsigned char, __builtin_convertvector(seen, bits)) == 0)
                continue;
            if (holes) {
                const floats part_c = 1.0f - wa - wb;
                const auto card_at = [&](int k) { return wa * card_a[k] + wb * card_b[k] + part_c * card_c[k]; };
                if (material == CLOTH)
                    seen &= card_at(3) >= 0.0f;
                else {
                    // Offset so that truncation is a floor: coordinates stay far above -64 textures.
                    const ints across = __builtin_convertvector((card_at(0) + 64.0f) * size, ints) & (size - 1);
                    const ints down = __builtin_convertvector((card_at(1) + 64.0f) * size, ints) & (size - 1);
                    const ints texel = (down * size + across) * 2;
                    const floats density = card_at(2);
                    floats rarity = 0.0f;
                    for (int k = 0; k < 8; ++k)
                        rarity[k] = pattern[texel[k]];
                    seen &= (density >= 1.0f) | (rarity < 255.0f * density);
                }
            }
            ints& triangle = *reinterpret_cast<ints*>(nearest.data + row * pitch + column);
            nearest_z = seen ? z : nearest_z;
            triangle = seen ? ints(i) : triangle;
        }
    }
}
"""
)


@wp.func_native(_RASTER)
def draw_triangles(
    screen: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec4i),
    card: wp.array(dtype=wp.vec4),
    strands: wp.array3d(dtype=wp.vec2ub),
    strand_kind: int,
    first: int,
    last: int,
    depth: wp.array2d(dtype=float),
    nearest: wp.array2d(dtype=wp.int32),
): ...


@wp.kernel
def raster_kernel(
    screen: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec4i),
    card: wp.array(dtype=wp.vec4),
    strands: wp.array3d(dtype=wp.vec2ub),
    strand_kind: int,
    first: int,
    last: int,
    depth: wp.array2d(dtype=float),
    nearest: wp.array2d(dtype=wp.int32),
):
    """Draw triangles `first` to `last` - 1 (three vertices and a material) into the z-buffer [2 size, size + LANES].

    Cards are pierced where a strand is rarer than their density. card: per vertex (across strands, along
    strands, density, height above the skin); cloth ends where its height falls below 0.
    """
    draw_triangles(screen, triangles, card, strands, strand_kind, first, last, depth, nearest)


@wp.kernel
def shadow_kernel(
    normal: wp.array(dtype=wp.vec3),
    screen: wp.array(dtype=wp.vec3),
    depth: wp.array2d(dtype=float),
    bias: float,
    detail: wp.array(dtype=wp.vec4),
):
    """Write the fraction of light that reaches each vertex (a blurred shadow map) to detail.w.

    The light shines along -z. Shadows fade out on vertices that face away from it, since their normals already
    darken them.
    """
    i = wp.tid()
    s = screen[i]
    total = float(0.0)
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            row = wp.clamp(int(2.0 * s[1]) + 2 * dy, 0, depth.shape[0] - 1)
            column = wp.clamp(int(s[0]) + dx, 0, depth.shape[1] - 9)
            slope = 0.012 * (wp.abs(float(dx)) + wp.abs(float(dy)))
            if depth[row, column] > s[2] - bias - slope:
                total += 1.0
    facing = wp.clamp(normal[i][2] / 0.4, 0.0, 1.0)
    share = 1.0 - (1.0 - total / 49.0) * (0.35 + 0.65 * facing)
    d = detail[i]
    detail[i] = wp.vec4(d[0], d[1], d[2], share)


_TO_YUV = """
const int height = pictures.shape[1], width = pictures.shape[2];
const unsigned char* rgb = pictures.data + frame * height * width * 3;
unsigned char *luma = planes.data + frame * height * width * 3 / 2, *blue = luma + height * width;
unsigned char* red = blue + height * width / 4;
for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
        const unsigned char* p = rgb + 3 * (y * width + x);
        luma[y * width + x] = (66 * p[0] + 129 * p[1] + 25 * p[2] + 4224) >> 8;
    }
for (int y = 0; y < height; y += 2)
    for (int x = 0; x < width; x += 2) {
        const unsigned char *p = rgb + 3 * (y * width + x), *q = p + 3 * width;
        const int r = p[0] + p[3] + q[0] + q[3], g = p[1] + p[4] + q[1] + q[4], b = p[2] + p[5] + q[2] + q[5];
        const int at = (y / 2) * (width / 2) + x / 2;
        blue[at] = (-38 * r - 74 * g + 112 * b + 131584) >> 10;
        red[at] = (112 * r - 94 * g - 18 * b + 131584) >> 10;
    }
"""


@wp.func_native(_TO_YUV)
def to_yuv(pictures: wp.array4d(dtype=wp.uint8), frame: int, planes: wp.array3d(dtype=wp.uint8)): ...


@wp.kernel
def to_yuv_kernel(pictures: wp.array4d(dtype=wp.uint8), planes: wp.array3d(dtype=wp.uint8)):
    """RGB to YUV 4:2:0 (ITU-R BT.601, limited range); a chroma value is the mean of four pixels."""
    to_yuv(pictures, wp.tid(), planes)
