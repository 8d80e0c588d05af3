"""Pictures of a talker: a mesh with hair and clothes, posed, rasterised and shaded."""

from collections.abc import Sequence
from dataclasses import replace

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
from speech2face.data.talkers.surfaces import Mesh

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

    def render(
        self, head: Head, appearance: Appearance, scene: Scene, poses: Sequence[Pose]
    ) -> UInt8[np.ndarray, "frames size size 3"]:
        """RGB pictures of the poses, one clip."""
        shared = self._shared_of(head.model)
        geometry = self._geometry(head, appearance, scene, shared)
        texture = shared.painter.paint(appearance)
        background = self._background(scene)
        lights, parameters = kernel_inputs.lights_of(scene), kernel_inputs.material_parameters(head, appearance, scene)
        camera = kernel_inputs.portrait_camera(scene, self.size)
        state = _FrameState(geometry, len(head.vertices), self.device)
        self._cast_shadows(head, geometry, shared, state, scene)
        frames = np.empty((len(poses), self.size, self.size, 3), dtype=np.uint8)
        for index, pose in enumerate(poses):
            posed = kernel_inputs.pose_head(head, pose)
            self._project(_morph(head, pose), geometry, shared, state, posed.rigid, camera)
            self._raster(geometry, state, parameters.strand_kind)
            wp.launch(shading.light_kernel, dim=geometry.vertices, inputs=[state.mesh, lights], device=self.device)
            wp.launch(
                shading.shade_kernel,
                dim=(self.size, -(-self.size // shading.PIXELS_A_THREAD)),
                inputs=[
                    self._nearest,
                    state.mesh,
                    self._strands,
                    texture,
                    background,
                    self._tone,
                    camera,
                    lights,
                    parameters,
                    posed.gaze,
                    self._picture,
                ],
                device=self.device,
            )
            frames[index] = self._picture.numpy()
        return frames

    def _shared_of(self, model: HeadModel) -> SharedMesh:
        if id(model) not in self._shared:
            self._shared[id(model)] = SharedMesh(model, self.device)
        return self._shared[id(model)]

    def _geometry(self, head: Head, appearance: Appearance, scene: Scene, shared: SharedMesh) -> Geometry:
        pieces = [*clothes_pieces(scene.neckline, head.model), *hair_pieces(appearance, head.model)]
        if appearance.glasses:
            pieces += glasses_pieces(appearance.seed, head)
        return assemble(head, pieces, appearance.lashes, shared, self.device)

    def _background(self, scene: Scene) -> wp.array:
        srgb = draw_background(scene, self.size)
        linear = np.where(srgb > 0.04, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92).astype(np.float32)
        return wp.array(linear, dtype=wp.vec3, device=self.device)

    def _project(
        self,
        morphed: Float[np.ndarray, "vertices 3"],
        geometry: Geometry,
        shared: SharedMesh,
        state: "_FrameState",
        rigid: kernels.RigidTransform,
        camera: kernels.Camera,
    ) -> None:
        points: wp.array = wp.array(morphed, dtype=wp.vec3, device=self.device)
        wp.launch(
            kernels.normals_kernel,
            dim=len(morphed),
            inputs=[points, shared.triangles, shared.first, shared.corners, state.morphed_normal],
            device=self.device,
        )
        wp.launch(
            kernels.project_kernel,
            dim=geometry.vertices,
            inputs=[
                points,
                state.morphed_normal,
                geometry.base,
                geometry.rest,
                geometry.rest_normal,
                geometry.weight,
                rigid,
                camera,
                state.normal,
                state.screen,
            ],
            device=self.device,
        )

    def _raster(self, geometry: Geometry, state: "_FrameState", strand: int) -> None:
        self._nearest.fill_(kernels.FAR)
        wp.launch(
            kernels.raster_kernel,
            dim=-(-len(geometry.triangles) // kernels.TRIANGLES_A_THREAD),
            inputs=[
                state.screen,
                geometry.triangles,
                geometry.card,
                self._strands,
                strand,
                self._nearest,
            ],
            device=self.device,
        )

    def _cast_shadows(
        self, head: Head, geometry: Geometry, shared: SharedMesh, state: "_FrameState", scene: Scene
    ) -> None:
        """Key light per vertex from a shadow map of the neutral pose; motion within a clip hardly changes it."""
        seen_by_light = replace(geometry, weight=wp.full(geometry.vertices, value=1.0, dtype=float, device=self.device))
        self._project(
            head.vertices,
            seen_by_light,
            shared,
            state,
            kernel_inputs.light_transform(scene),
            kernel_inputs.light_camera(self.size),
        )
        self._raster(geometry, state, 0)
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
        self.morphed_normal = wp.empty(head_vertices, dtype=wp.vec3, device=device)
        self.normal = wp.empty(geometry.vertices, dtype=wp.vec3, device=device)
        self.screen = wp.empty(geometry.vertices, dtype=wp.vec3, device=device)
        self.mesh = Mesh()
        for name in ("triangles", "kinds", "canonical", "tangent", "card", "detail"):
            setattr(self.mesh, name, getattr(geometry, name))
        self.mesh.normal, self.mesh.screen = self.normal, self.screen
        self.mesh.diffuse = wp.zeros(geometry.vertices, dtype=wp.vec3, device=device)
        self.mesh.specular = wp.zeros(geometry.vertices, dtype=wp.vec3, device=device)


def _morph(head: Head, pose: Pose) -> Float[np.ndarray, "vertices 3"]:
    """The head's vertices with a pose's facial actions; one at a time, so that no picture depends on its neighbours."""
    strengths = np.array([pose.actions.get(name, 0.0) for name in ACTIONS], dtype=np.float32)
    return head.vertices + (strengths @ head.actions.reshape(len(ACTIONS), -1)).reshape(-1, 3)
