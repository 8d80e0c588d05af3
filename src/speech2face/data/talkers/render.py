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

_SHADOW_BIAS = 0.07  # dm: more than hair is thick, so that its layers do not shade each other


class Renderer:
    """Renders talkers. `size`: side of the square pictures in pixels; `device`: a Warp device ("cpu", "cuda").

    The pictures depend on head, appearance, scene and pose alone, not on earlier calls. Before the first picture
    on a machine, Warp compiles the kernels (some 15 s) and caches them.
    """

    def __init__(self, size: int = 256, device: str = "cpu"):
        if size < 16:
            raise ValueError(f"Renderer cannot draw at {size} pixels; give at least 16.")
        self.size, self.device = size, device
        self._strands: wp.array = wp.array(strand_textures(), dtype=wp.vec2ub, device=device)
        self._tone: wp.array = wp.array(kernel_inputs.tone_curve(), dtype=wp.uint8, device=device)
        self._nearest = wp.empty((2 * size, size), dtype=wp.int64, device=device)
        self._picture = wp.empty((size, size), dtype=wp.vec3ub, device=device)
        self._shared: dict[int, SharedMesh] = {}
        self._painted: tuple[Appearance, int, wp.array] | None = None

    def render(
        self, head: Head, appearance: Appearance, scene: Scene, poses: Sequence[Pose]
    ) -> UInt8[np.ndarray, "frames size size 3"]:
        """RGB pictures of the poses, one clip."""
        shared = self._shared_of(head.model)
        geometry = self._geometry(head, appearance, scene, shared)
        parameters = kernel_inputs.material_parameters(head, appearance, scene)
        state = _FrameState(geometry, len(head.vertices), self.device)
        self._cast_shadows(head, geometry, shared, state, scene)
        camera, lights = kernel_inputs.portrait_camera(scene, self.size), kernel_inputs.lights_of(scene)
        posed = kernel_inputs.pose_head(head, poses, self.device)
        normals, project = self._projection(geometry, shared, state, posed.rigid, camera)
        raster = self._rasterisation(geometry, state, parameters.strand_kind)
        light = self._launch(shading.light_kernel, geometry.vertices, [state.mesh, lights])
        shade = self._launch(
            shading.shade_kernel,
            (self.size, -(-self.size // shading.PIXELS_A_THREAD)),
            [
                self._nearest,
                state.mesh,
                self._strands,
                self._texture(appearance, shared),
                *self._background(scene),
                self._tone,
                camera,
                lights,
                parameters,
                posed.gaze,
                0,
                self._picture,
            ],
        )
        frames = np.empty((len(poses), self.size, self.size, 3), dtype=np.uint8)
        for index, pose in enumerate(poses):
            state.morphed.assign(_morph(head, pose))
            self._nearest.fill_(kernels.FAR)
            project.set_param_by_name("frame", index)
            shade.set_param_by_name("frame", index)
            for command in (normals, project, raster, light, shade):
                command.launch()
            frames[index] = self._picture.numpy()
        return frames

    def _launch(self, kernel: wp.Kernel, dim: int | tuple[int, ...], inputs: list[Any]) -> wp.Launch:
        """A prepared launch: packing a kernel's arguments for each frame costs as much as a small kernel."""
        return wp.launch(kernel, dim=dim, inputs=inputs, device=self.device, record_cmd=True)

    def _texture(self, appearance: Appearance, shared: SharedMesh) -> wp.array:
        """The skin's texture, kept for the talker's next clip."""
        if self._painted is None or self._painted[:2] != (appearance, id(shared)):
            self._painted = appearance, id(shared), shared.painter.paint(appearance)
        return self._painted[2]

    def _shared_of(self, model: HeadModel) -> SharedMesh:
        if id(model) not in self._shared:
            self._shared[id(model)] = SharedMesh(model, self.device)
        return self._shared[id(model)]

    def _geometry(self, head: Head, appearance: Appearance, scene: Scene, shared: SharedMesh) -> Geometry:
        pieces = [*clothes_pieces(scene.neckline, head.model), *hair_pieces(appearance, head.model)]
        if appearance.glasses:
            pieces += glasses_pieces(appearance.seed, head)
        return assemble(head, pieces, appearance.lashes, shared, self.device)

    def _background(self, scene: Scene) -> tuple[wp.array, wp.array]:
        """The background in linear colours, for edges, and as finished bytes, for the pixels that only it covers."""
        srgb = draw_background(scene, self.size)
        linear = np.where(srgb > 0.04, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92).astype(np.float32)
        tone = self._tone.numpy()
        levels = np.clip(linear * np.float32(0.5 * (len(tone) - 1)), 0, len(tone) - 1)
        return (
            wp.array(linear, dtype=wp.vec3, device=self.device),
            wp.array(tone[levels.astype(np.int32)], dtype=wp.vec3ub, device=self.device),
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
                len(state.morphed),
                [state.morphed, shared.triangles, shared.first, shared.corners, state.morphed_normal],
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

    def _rasterisation(self, geometry: Geometry, state: "_FrameState", strand: int) -> wp.Launch:
        return self._launch(
            kernels.raster_kernel,
            -(-len(geometry.triangles) // kernels.TRIANGLES_A_THREAD),
            [state.screen, geometry.triangles, geometry.card, self._strands, strand, self._nearest],
        )

    def _cast_shadows(
        self, head: Head, geometry: Geometry, shared: SharedMesh, state: "_FrameState", scene: Scene
    ) -> None:
        """Key light per vertex from a shadow map of the neutral pose; motion within a clip hardly changes it."""
        seen_by_light = replace(geometry, weight=wp.full(geometry.vertices, value=1.0, dtype=float, device=self.device))
        state.morphed.assign(head.vertices)
        transform, camera = kernel_inputs.light_transform(scene, self.device), kernel_inputs.light_camera(self.size)
        self._nearest.fill_(kernels.FAR)
        for command in (
            *self._projection(seen_by_light, shared, state, transform, camera),
            self._rasterisation(geometry, state, 0),
        ):
            command.launch()
        wp.launch(
            kernels.shadow_kernel,
            dim=geometry.vertices,
            inputs=[
                state.normal,
                state.screen,
                self._nearest,
                _SHADOW_BIAS,
                geometry.detail,
            ],
            device=self.device,
        )


class _FrameState:
    """Arrays that change from frame to frame of a clip."""

    def __init__(self, geometry: Geometry, head_vertices: int, device: str):
        self.morphed: wp.array = wp.empty(head_vertices, dtype=wp.vec3, device=device)
        self.morphed_normal = wp.empty(head_vertices, dtype=wp.vec3, device=device)
        self.normal = wp.empty(geometry.vertices, dtype=wp.vec3, device=device)
        self.screen = wp.empty(geometry.vertices, dtype=wp.vec3, device=device)
        self.mesh = Mesh()
        for name in ("triangles", "kinds", "canonical", "tangent", "card", "detail"):
            setattr(self.mesh, name, getattr(geometry, name))
        self.mesh.normal, self.mesh.screen = self.normal, self.screen
        self.mesh.interpolated = wp.zeros(geometry.vertices, dtype=Interpolated, device=device)


def _morph(head: Head, pose: Pose) -> Float[np.ndarray, "vertices 3"]:
    """The head's vertices with a pose's facial actions; one at a time, so that no picture depends on its neighbours."""
    strengths = np.array([pose.actions.get(name, 0.0) for name in ACTIONS], dtype=np.float32)
    return head.vertices + (strengths @ head.actions.reshape(len(ACTIONS), -1)).reshape(-1, 3)
