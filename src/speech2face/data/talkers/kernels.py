"""Warp kernels from a moving mesh to visible triangles: normals, projection, rasterisation, shadows.

The z-buffer holds `depth << 32 | triangle`, so an atomic minimum keeps the nearest triangle and ties go to
the lower number: the picture does not depend on the order of threads, on CPU or GPU. Each pixel has two
samples, one above the other, a quarter of a pixel to the left and right: this smooths edges and fine hair in
both directions at half the cost of four samples.
"""

import warp as wp

wp.config.log_level = wp.LOG_WARNING  # or Warp announces each module that it loads on standard output
wp.set_module_options({"enable_backward": False, "max_unroll": 1})

FAR = 0x7FFFFFFFFFFFFFFF
DEPTH_UNITS = 1.0e6  # per decimetre
LASH, HAIR, CLOTH, LOCKS = range(5, 9)  # mesh.Material: those from LASH on may have holes
TRIANGLES_A_THREAD = 128  # a CPU thread's start costs as much as several triangles


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
    """The head's rigid transform in one frame: p -> rotation (p - pivot) + pivot + shift."""

    rotation: wp.mat33
    pivot: wp.vec3
    shift: wp.vec3


@wp.func
def sample_x(column: int, row: int):
    """x of a sample in pixels; rows are half pixels."""
    return float(column) + 0.25 + 0.5 * float(row & 1)


@wp.kernel
def normals_kernel(
    position: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec4i),
    first: wp.array(dtype=wp.int32),
    corners: wp.array(dtype=wp.int32),
    normal: wp.array(dtype=wp.vec3),
):
    """Area-weighted vertex normals, gathered from the vertex's triangles in a fixed order."""
    i = wp.tid()
    total = wp.vec3(0.0, 0.0, 0.0)
    for k in range(first[i], first[i + 1]):
        t = triangles[corners[k]]
        a = position[t[0]]
        total += wp.cross(position[t[1]] - a, position[t[2]] - a)
    normal[i] = wp.normalize(total)


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
    p = p + w * (turned - p) + rigid.shift
    normal[i] = wp.normalize(n + w * (rigid.rotation @ n - n))
    depth = camera.distance - p[2]
    k = camera.scale / depth
    screen[i] = wp.vec3(camera.centre_x + k * p[0], camera.centre_y - k * p[1], depth)


@wp.func
def strand_at(strands: wp.array3d(dtype=wp.vec2ub), kind: int, across: float, along: float):
    """Rarity and tone, 0..1, of the strand texture's nearest point."""
    size = strands.shape[1]
    # Offset so that truncation is a floor: coordinates stay far above -64 textures.
    column = int((across + 64.0) * float(size)) & (size - 1)
    row = int((along + 64.0) * float(size)) & (size - 1)
    s = strands[kind, row, column]
    return wp.vec2(float(s[0]), float(s[1])) * (1.0 / 255.0)


@wp.func
def nonzero(x: float):
    """x, or where it is 0 a number so small that no row lies within."""
    return wp.where(x == 0.0, 1.0e-20, x)


@wp.func
def first_column(edge: float, step: float):
    """First column inside an edge that a row crosses at column `edge`, if the inside is to the right.

    step: change of the barycentric weight per column. A ten-thousandth of a pixel of tolerance leaves no gap
    between adjacent triangles.
    """
    return wp.where(step > 0.0, edge + 0.9999, 0.0)


@wp.func
def last_column(edge: float, step: float):
    """Last column inside such an edge, if the inside is to the left."""
    return wp.where(step < 0.0, edge + 0.0001, 1.0e6)


@wp.kernel
def raster_kernel(
    screen: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec4i),
    card: wp.array(dtype=wp.vec4),
    strands: wp.array3d(dtype=wp.vec2ub),
    strand_kind: int,
    nearest: wp.array2d(dtype=wp.int64),
):
    """Draw triangles (three vertices and a material) into the z-buffer [2 size, size].

    Cards are pierced where a strand is rarer than their density. card: per vertex (across strands, along
    strands, density, height above the skin); cloth ends where its height falls below 0.
    """
    first = wp.tid() * TRIANGLES_A_THREAD
    rows = nearest.shape[0]
    columns = nearest.shape[1]
    for i in range(first, wp.min(first + TRIANGLES_A_THREAD, triangles.shape[0])):
        t = triangles[i]
        a = screen[t[0]]
        b = screen[t[1]]
        c = screen[t[2]]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        material = t[3]
        # Only locks and the like are seen from behind.
        if area < -1.0e-9 or (material >= LOCKS and area > 1.0e-9):
            left = wp.max(int(wp.min(wp.min(a[0], b[0]), c[0]) - 0.75), 0)
            right = wp.min(int(wp.max(wp.max(a[0], b[0]), c[0]) - 0.25), columns - 1)
            top = wp.max(int(2.0 * wp.min(wp.min(a[1], b[1]), c[1]) + 0.5), 0)
            bottom = wp.min(int(2.0 * wp.max(wp.max(a[1], b[1]), c[1]) - 0.5), rows - 1)
            if left > right:
                bottom = -1
            inverse = 1.0 / area
            step_a = (b[1] - c[1]) * inverse
            step_b = (c[1] - a[1]) * inverse
            step_c = (a[1] - b[1]) * inverse
            slope_a = (c[0] - b[0]) * inverse
            slope_b = (a[0] - c[0]) * inverse
            step_depth = step_a * (a[2] - c[2]) + step_b * (b[2] - c[2])
            slope_depth = slope_a * (a[2] - c[2]) + slope_b * (b[2] - c[2])
            # Each edge bounds a row on one side, where the opposite corner's weight changes its sign.
            lean_a = (c[0] - b[0]) / nonzero(c[1] - b[1])
            lean_b = (a[0] - c[0]) / nonzero(a[1] - c[1])
            lean_c = (b[0] - a[0]) / nonzero(b[1] - a[1])
            card_a = card[t[0]]
            card_b = card[t[1]]
            card_c = card[t[2]]
            holes = material >= LASH and wp.min(wp.min(card_a[2], card_b[2]), card_c[2]) < 1.0
            if material == CLOTH:
                holes = wp.min(wp.min(card_a[3], card_b[3]), card_c[3]) < 0.0
            for row in range(top, bottom + 1):
                y = 0.5 * float(row) + 0.25
                x = sample_x(left, row)
                edge_a = b[0] - x + lean_a * (y - b[1])
                edge_b = c[0] - x + lean_b * (y - c[1])
                edge_c = a[0] - x + lean_c * (y - a[1])
                begin = wp.max(wp.max(first_column(edge_a, step_a), first_column(edge_b, step_b)), 0.0)
                begin = wp.max(begin, first_column(edge_c, step_c))
                end = wp.min(wp.min(last_column(edge_a, step_a), last_column(edge_b, step_b)), float(right - left))
                end = wp.min(end, last_column(edge_c, step_c))
                depth = c[2] + slope_depth * (y - c[1]) + step_depth * (x - c[0])
                for k in range(int(wp.min(begin, 1.0e6)), int(end + 1.0)):
                    column = left + k
                    units = wp.int64(int((depth + step_depth * float(k)) * DEPTH_UNITS))
                    key = (units << wp.int64(32)) | wp.int64(i)
                    if key < nearest[row, column]:
                        visible = wp.int32(1)
                        if holes:
                            va = slope_a * (y - b[1]) + step_a * (x + float(k) - b[0])
                            vb = slope_b * (y - c[1]) + step_b * (x + float(k) - c[0])
                            q = va * card_a + vb * card_b + (1.0 - va - vb) * card_c
                            if material == CLOTH:
                                visible = wp.where(q[3] < 0.0, 0, 1)
                            elif q[2] < 1.0:
                                kind = wp.where(material == LASH, 0, strand_kind)
                                rarity = strand_at(strands, kind, q[0], q[1])[0]
                                visible = wp.where(rarity >= q[2], 0, 1)
                        if visible == 1:
                            wp.atomic_min(nearest, row, column, key)


@wp.kernel
def shadow_kernel(
    normal: wp.array(dtype=wp.vec3),
    screen: wp.array(dtype=wp.vec3),
    nearest: wp.array2d(dtype=wp.int64),
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
            row = wp.clamp(int(2.0 * s[1]) + 2 * dy, 0, nearest.shape[0] - 1)
            column = wp.clamp(int(s[0]) + dx, 0, nearest.shape[1] - 1)
            depth = float(nearest[row, column] >> wp.int64(32)) / DEPTH_UNITS
            slope = 0.012 * (wp.abs(float(dx)) + wp.abs(float(dy)))
            if depth > s[2] - bias - slope:
                total += 1.0
    facing = wp.clamp(normal[i][2] / 0.4, 0.0, 1.0)
    share = 1.0 - (1.0 - total / 49.0) * (0.35 + 0.65 * facing)
    d = detail[i]
    detail[i] = wp.vec4(d[0], d[1], d[2], share)
