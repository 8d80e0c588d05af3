"""Uploads of recordings: of bounded size, under names that nobody can choose or guess."""

import re
import shutil
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Message, Receive

from speech2face.base.files import is_of_disk
from speech2face.product.app.limits import FULL, MAX_MB, TOO_LARGE

_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
# Size of the form around a recording.
_FORM_BYTES = 64 * 1024


class _TooLarge(Exception):
    pass


async def upload(request: Request) -> Response:
    """Keep one recording for the browser that sends it; returns its path in a list, as Gradio's page expects."""
    most = MAX_MB * 2**20 + _FORM_BYTES
    limited = Request(request.scope, _limited(request.receive, most))
    sessions, session = request.state.sessions, request.state.session
    if not sessions.reserve(session, min(most, int(request.headers.get("content-length", most)))):
        return PlainTextResponse(FULL, 507)
    try:
        async with limited.form(max_files=1, max_fields=1) as form:
            file = form.get("files")
            if not isinstance(file, UploadFile):
                return PlainTextResponse("There is no recording in this request.", 400)
            if (file.size or 0) > MAX_MB * 2**20:
                return PlainTextResponse(TOO_LARGE, 413)
            path = session.room(_suffix(file.filename or ""))
            try:
                await run_in_threadpool(_write, file.file, path)
            except OSError:
                session.drop(path)
                raise
    except _TooLarge:
        return PlainTextResponse(TOO_LARGE, 413)
    except HTTPException:
        return PlainTextResponse("This request is not one of the page.", 400)
    except OSError as error:
        if not is_of_disk(error):
            raise
        return PlainTextResponse(FULL, 507)
    finally:
        session.uploads = 0
    return JSONResponse([str(path)])


async def upload_progress(request: Request) -> Response:
    """The progress of an upload, always done: Gradio's page shows the end by itself."""
    return PlainTextResponse('data: {"msg": "done"}\n\n', media_type="text/event-stream")


def _suffix(name: str) -> str:
    """The suffix of a file's name, if it is an ordinary one; the rest of the name is not kept."""
    suffix = Path(name[-20:]).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def _write(source: BinaryIO, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)


def _limited(receive: Receive, most: int) -> Receive:
    """Receives at most so many bytes."""
    left = most

    async def receive_limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _TooLarge
        return message

    return receive_limited
