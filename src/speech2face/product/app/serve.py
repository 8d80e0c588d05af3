"""The page's server: reachable from this machine only; leaves no file when it ends."""

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import numpy as np

from speech2face.base.options import Option
from speech2face.product.app.limits import HOST, MAX_MB, PORT, SWEEP_SECONDS
from speech2face.product.inference.answer import Excerpt

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from speech2face.product.app.page import Listen, Model

_NAME = "speech2face-page-"
_LOCK = "lock"
_GOODBYE_SECONDS = 2


def serve_bundle(*, bundle: Annotated[Path | None, Option(name="model")] = None, port: int = PORT) -> None:
    """Serve the page of a bundle's model until the process is asked to end.

    Args:
        bundle: folder of the bundle; results/bundle if it exists, else the model that comes with the package.
        port: TCP port of this machine, for itself alone; 0: any free one.

    Raises:
        ModelError: the bundle cannot be loaded.
        RuntimeError: Gradio is not installed, or the port is taken.
    """
    if importlib.util.find_spec("gradio") is None:
        raise RuntimeError("The page needs Gradio, which is not installed: pip install 'speech2face[app]'.")
    # The port first: a taken port fails at once, and the model takes seconds to load.
    with take(port) as taken:
        from speech2face.config import Clips, parse
        from speech2face.product.inference.model import load_model
        from speech2face.product.inference.reading import SoundReader
        from speech2face.product.inference.speech import SECONDS

        with (
            load_model(bundle, page=True) as model,
            SoundReader(parse(Clips, model.config["clips"], "the bundle's clips")) as reader,
        ):

            def listen(recording: Path, heard: Excerpt) -> np.ndarray:
                return reader.read(recording, heard.start_s, min(heard.seconds, SECONDS))

            model.warm_up()
            reader.start()
            serve(model, listen, taken)


def serve(model: "Model", listen: "Listen", taken: socket.socket) -> None:
    """Serve the page until the process is asked to end (SIGINT, SIGTERM, SIGHUP). From the main thread only.

    Args:
        model: gives the answers.
        listen: reads an excerpt of a recording.
        taken: the socket, see `take`.
    """
    # Without it these end the process at once and leave the folder behind; Ctrl-C is an exception already.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with contextlib.suppress(KeyboardInterrupt), private_folder() as folder:
        _isolate(folder)
        # Only now: Gradio reads its settings at import.
        import uvicorn

        port = taken.getsockname()[1]
        config = uvicorn.Config(
            _application(model, listen, folder, port),
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_GOODBYE_SECONDS,
        )
        # Early connections wait until the server has started.
        taken.listen()
        print(f"The page: http://{HOST}:{port}   (Ctrl-C ends it)", flush=True)
        uvicorn.Server(config).run(sockets=[taken])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def take(port: int) -> socket.socket:
    """A socket for that port, reachable from this machine only; 0 for any free port.

    Raises:
        RuntimeError: the port is taken.
    """
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
    except (OSError, OverflowError) as error:
        taken.close()
        raise RuntimeError(
            f"Port {port} of this machine cannot be used ({error}): name another with --port."
        ) from error
    return taken


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this user can read, deleted after the block, as are those that killed processes left."""
    for left in Path(tempfile.gettempdir()).glob(f"{_NAME}*"):
        with contextlib.suppress(OSError):
            if left.lstat().st_uid == os.getuid():
                with _locked(left / _LOCK):
                    shutil.rmtree(left)
    # Hidden until it is locked, so that no other process takes it for a leftover.
    made = Path(tempfile.mkdtemp(prefix=f".{_NAME}"))
    with _locked(made / _LOCK):
        folder = made.rename(made.with_name(made.name.removeprefix(".")))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        OSError: a running process holds it, or the folder is another user's.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(file)


def _isolate(folder: Path) -> None:
    """Before Gradio is imported: ignore settings from outside, keep all files in `folder`, make no network calls."""
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]
    os.environ |= {
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "GRADIO_EXAMPLES_CACHE": str(folder / "gradio"),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    tempfile.tempdir = str(folder)


def _application(model: "Model", listen: "Listen", folder: Path, port: int) -> "ASGIApp":
    """The whole ASGI application."""
    import fastapi
    import gradio as gr

    from speech2face.product.app.guard import Guard
    from speech2face.product.app.page import build_page, forget_closed, theme, waits
    from speech2face.product.app.sessions import Sessions
    from speech2face.product.app.upload import upload, upload_progress

    sessions = Sessions(folder / "gradio")
    page = build_page(model, listen, sessions)

    @contextlib.asynccontextmanager
    async def swept(app: fastapi.FastAPI) -> AsyncIterator[None]:
        async def sweep() -> None:
            while True:
                await asyncio.sleep(SWEEP_SECONDS)
                sessions.sweep()
                await forget_closed(page, sessions)

        sweeping = asyncio.create_task(sweep())
        yield
        sweeping.cancel()

    app = fastapi.FastAPI(lifespan=swept, openapi_url=None)
    app.add_api_route("/gradio_api/upload", upload, methods=["POST"])
    app.add_api_route("/gradio_api/upload_progress", upload_progress)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=HOST,
        server_port=port,
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=f"{MAX_MB}mb",
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        **theme(),
    )
    return Guard(app, sessions, port, partial(waits, page))
