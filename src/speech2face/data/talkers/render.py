"""Pictures of a talker: a mesh with hair and clothes, posed, rasterised and shaded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import warp as wp
from jaxtyping import Float, UInt8

from speech2face.data.talkers import kernel_inputs, kernels, shading
from speech2face.data.talkers.appearance import Appearance
from speech2face.data.talkers.assembly import Geometry, SharedMesh, assemble
from speech2face.data.talkers.clothes import clothes_pieces
from speech2face.data.talkers.glasses import glasses_pieces
from speech2face.data.talkers.hair import hair_pieces
from speech2face.data.talkers.head import Head, HeadModel
from speech2face.data.talkers.mesh import ACTIONS
from speech2face.data.talkers.motion import Pose
from speech2face.data.talkers.scene import Scene, draw_background
from speech2face.data.talkers.strands import strand_textures
from speech2face.data.talkers.surfaces import Interpolated, Mesh

_DEVICE = "cpu"  # some of the kernels are native code for vector units of processors
_SHADOW_BIAS = 0.07  # dm: more than hair is thick, so that its layers do not shade each other


class Renderer:
    """Renders talkers. `size`: side of the square pictures in pixels.

    The pictures depend on head, appearance, scene and pose alone, not on earlier calls. Before the first picture
    on a machine, Warp compiles the kernels (some 15 s) and caches them.
    """

    def __init__(self, size: int = 256):
        if size < 16:
            raise ValueError(f"Renderer cannot draw at {size} pixels; give at least 16.")
        self.size = size
        self._strands: wp.array = wp.array(strand_textures(), dtype=wp.vec2ub, device=_DEVICE)
        self._tone: wp.array = wp.array(kernel_inputs.tone_curve(), dtype=wp.uint8, device=_DEVICE)
        sides = 2 * size, size + kernels.LANES
        self._depth: wp.array = wp.empty(sides, dtype=float, device=_DEVICE)
        self._nearest: wp.array = wp.empty(sides, dtype=wp.int32, device=_DEVICE)
        self._still_depth, self._still_nearest = wp.empty_like(self._depth), wp.empty_like(self._nearest)
        self._pixels: wp.array = wp.empty(size * size + 1, dtype=wp.int32, device=_DEVICE)
        self._samples: wp.array = wp.empty(2 * size * size + 1, dtype=wp.int32, device=_DEVICE)
        self._colors: wp.array = wp.empty(sides, dtype=wp.vec3, device=_DEVICE)
        self._picture = wp.empty((size, size), dtype=wp.vec3ub, device=_DEVICE)
        self._shared: dict[int, SharedMesh] = {}
        self._painted: tuple[Appearance, int, wp.array] | None = None

    def render(
        self, head: Head, appearance: Appearance, scene: Scene, poses: Sequence[Pose]
    ) -> UInt8[np.ndarray, "frames size size 3"]:
        """RGB pictures of the poses, one clip."""
        if not poses:
            return np.empty((0, self.size, self.size, 3), dtype=np.uint8)
        shared = self._shared_of(head.model)
        geometry = self._geometry(head, appearance, scene, shared)
        parameters = kernel_inputs.material_parameters(head, appearance, scene)
        state = _FrameState(geometry, len(head.vertices))
        self._cast_shadows(head, geometry, shared, state, scene)
        camera, lights = kernel_inputs.portrait_camera(scene, self.size), kernel_inputs.lights_of(scene)
        posed = kernel_inputs.pose_head(head, poses, _DEVICE)
        normals, project = self._projection(geometry, shared, state, posed.rigid, camera)
        raster_still, raster = (
            self._rasterisation(geometry, state, parameters.strand_kind, first, last)
            for first, last in ((0, geometry.still), (geometry.still, len(geometry.triangles)))
        )
        background, backdrop = self._background(scene)
        light = self._launch(shading.light_kernel, geometry.vertices, [state.mesh, lights])
        find_changed = self._launch(
            shading.find_changed_kernel,
            1,
            [self._nearest, self._still_nearest, geometry.materials, self._pixels, self._samples],
        )
        shade = self._launch(
            shading.shade_kernel,
            1,
            [self._samples, self._nearest, state.mesh, camera, lights, parameters, posed.gaze, 0, self._colors],
        )
        compose = self._launch(
            shading.compose_kernel,
            1,
            [
                self._pixels,
                self._nearest,
                geometry.materials,
                state.mesh,
                self._colors,
                self._strands,
                self._texture(appearance, shared),
                background,
                self._tone,
                parameters,
                self._picture,
            ],
        )
        # What no pose moves is drawn once; each frame starts from there.
        state.morphed.assign(head.vertices)
        self._depth.fill_(kernels.FAR)
        self._nearest.fill_(-1)
        self._still_nearest.fill_(-1)
        wp.copy(self._picture, backdrop)
        for command in (normals, project, raster_still, light, find_changed, shade, compose):
            command.launch()
        drawn = self._picture, self._depth, self._nearest
        kept = backdrop, self._still_depth, self._still_nearest
        _copy(drawn, kept)
        frames = np.empty((len(poses), self.size, self.size, 3), dtype=np.uint8)
        for index, pose in enumerate(poses):
            state.morphed.assign(_morph(head, pose))
            _copy(kept, drawn)
            project.set_param_by_name("frame", index)
            shade.set_param_by_name("frame", index)
            for command in (normals, project, raster, light, find_changed, shade, compose):
                command.launch()
            frames[index] = self._picture.numpy()
        return frames

    def _launch(self, kernel: wp.Kernel, dim: int, inputs: list[Any]) -> wp.Launch:
        """A prepared launch: packing a kernel's arguments for each frame costs as much as a small kernel."""
        return wp.launch(kernel, dim=dim, inputs=inputs, device=_DEVICE, record_cmd=True)

    def _texture(self, appearance: Appearance, shared: SharedMesh) -> wp.array:
        """The skin's texture, kept for the talker's next clip."""
        if self._painted is None or self._painted[:2] != (appearance, id(shared)):
            self._painted = appearance, id(shared), shared.painter.paint(appearance)
        return self._painted[2]

    def _shared_of(self, model: HeadModel) -> SharedMesh:
        if id(model) not in self._shared:
            self._shared[id(model)] = SharedMesh(model, _DEVICE)
        return self._shared[id(model)]

    def _geometry(self, head: Head, appearance: Appearance, scene: Scene, shared: SharedMesh) -> Geometry:
        pieces = [*clothes_pieces(scene.neckline, head.model), *hair_pieces(appearance, head.model)]
        if appearance.glasses:
            pieces += glasses_pieces(appearance.seed, head)
        return assemble(head, pieces, appearance.lashes, shared, _DEVICE)

    def _background(self, scene: Scene) -> tuple[wp.array, wp.array]:
        """The background in linear colours, for edges, and as finished bytes, for the pixels that only it covers."""
        srgb = draw_background(scene, self.size)
        linear = np.where(srgb > 0.04, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92).astype(np.float32)
        tone = self._tone.numpy()
        levels = np.clip(linear * np.float32(0.5 * (len(tone) - 1)), 0, len(tone) - 1)
        return (
            wp.array(linear, dtype=wp.vec3, device=_DEVICE),
            wp.array(tone[levels.astype(np.int32)], dtype=wp.vec3ub, device=_DEVICE),
        )

    def _projection(
        self,
        geometry: Geometry,
        shared: SharedMesh,
        state: "_FrameState",
        transforms: wp.array,
        camera: kernels.Camera,
    ) -> list[wp.Launch]:
        return [
            self._launch(
                kernels.normals_kernel,
                1,
                [state.morphed, shared.triangles, state.morphed_normal],
            ),
            self._launch(
                kernels.project_kernel,
                geometry.vertices,
                [
                    state.morphed,
                    state.morphed_normal,
                    geometry.base,
                    geometry.rest,
                    geometry.rest_normal,
                    geometry.weight,
                    transforms,
                    0,
                    camera,
                    state.normal,
                    state.screen,
                ],
            ),
        ]

    def _rasterisation(self, geometry: Geometry, state: "_FrameState", strand: int, first: int, last: int) -> wp.Launch:
        return self._launch(
            kernels.raster_kernel,
            1,
            [
                state.screen,
                geometry.triangles,
                geometry.card,
                self._strands,
                strand,
                first,
                last,
                self._depth,
                self._nearest,
            ],
        )

    def _cast_shadows(
        self, head: Head, geometry: Geometry, shared: SharedMesh, state: "_FrameState", scene: Scene
    ) -> None:
        """Key light per vertex from a shadow map of the neutral pose; motion within a clip hardly changes it."""
        seen_by_light = replace(geometry, weight=wp.full(geometry.vertices, value=1.0, dtype=float, device=_DEVICE))
        state.morphed.assign(head.vertices)
        transform, camera = kernel_inputs.light_transform(scene, _DEVICE), kernel_inputs.light_camera(self.size)
        self._depth.fill_(kernels.FAR)
        for command in (
            *self._projection(seen_by_light, shared, state, transform, camera),
            self._rasterisation(geometry, state, 0, 0, len(geometry.triangles)),
        ):
            command.launch()
        wp.launch(
            kernels.shadow_kernel,
            dim=geometry.vertices,
            inputs=[
                state.normal,
                state.screen,
                self._depth,
                _SHADOW_BIAS,
                geometry.detail,
            ],
            device=_DEVICE,
        )


class _FrameState:
    """Arrays that change from frame to frame of a clip."""

    def __init__(self, geometry: Geometry, head_vertices: int):
        self.morphed: wp.array = wp.empty(head_vertices, dtype=wp.vec3, device=_DEVICE)
        self.morphed_normal = wp.empty(head_vertices, dtype=wp.vec3, device=_DEVICE)
        self.normal = wp.empty(geometry.vertices, dtype=wp.vec3, device=_DEVICE)
        self.screen = wp.empty(geometry.vertices, dtype=wp.vec3, device=_DEVICE)
        self.mesh = Mesh()
        for name in ("triangles", "kinds", "canonical", "tangent", "card", "detail"):
            setattr(self.mesh, name, getattr(geometry, name))
        self.mesh.normal, self.mesh.screen = self.normal, self.screen
        self.mesh.interpolated = wp.zeros(geometry.vertices, dtype=Interpolated, device=_DEVICE)


def _copy(sources: tuple[wp.array, ...], targets: tuple[wp.array, ...]) -> None:
    for source, target in zip(sources, targets, strict=True):
        wp.copy(target, source)


def _morph(head: Head, pose: Pose) -> Float[np.ndarray, "vertices 3"]:
    """The head's vertices with a pose's facial actions; one at a time, so that no picture depends on its neighbours."""
    strengths = np.array([pose.actions.get(name, 0.0) for name in ACTIONS], dtype=np.float32)
    return head.vertices + (strengths @ head.actions.reshape(len(ACTIONS), -1)).reshape(-1, 3)
