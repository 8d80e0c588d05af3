"""The page: its parts, and the steps from a recording to an answer."""

import logging
import math
from collections.abc import AsyncIterator, Callable, MutableMapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
import numpy as np
from jaxtyping import Int16
from starlette.concurrency import run_in_threadpool

from speech2face.product.app import show
from speech2face.product.app.guard import COOKIE
from speech2face.product.app.limits import BROKEN, GONE, RECORD_SECONDS, WAITING
from speech2face.product.app.sessions import Session, Sessions
from speech2face.product.inference.answer import Answer, Excerpt
from speech2face.product.inference.refusals import NotAVoice

_LOG = logging.getLogger(__name__)
_STYLE = files("speech2face.product.app").joinpath("page.css")
_PARTS = ("status", "heard", "trust", "face", "details")
# Only fonts of the browser's machine: the page loads nothing from the network.
_THEME = gr.themes.Base(
    primary_hue="teal",
    neutral_hue="stone",
    radius_size="sm",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
)
# A recorder that runs on would fill the memory of the browser.
_STOP = f"""() => {{
    clearTimeout(window.speech2faceStop);
    window.speech2faceStop = setTimeout(
        () => document.querySelector("#recorder .stop-button")?.click(), {RECORD_SECONDS * 1000});
}}"""
_STOPPED = "() => clearTimeout(window.speech2faceStop)"
_NOTHING = "() => null"


class Model(Protocol):
    """What the page needs of `inference.model.Model`."""

    def face(self, source: Path, start: float, everything: bool) -> Answer:
        """The answer to a recording, from that second on.

        Raises:
            NotAVoice: there is none.
        """


Listen = Callable[[Path, Excerpt], Int16[np.ndarray, "samples"]]
"""Reads the first stretch of an excerpt of a recording, mono at 16 kHz."""


def build_page(model: Model, listen: Listen, sessions: Sessions) -> gr.Blocks:
    """The page as a Gradio application, which `serve` runs behind the guard."""

    async def answer(
        recording: dict | None, file: dict | None, start: object, everything: object, request: gr.Request
    ) -> AsyncIterator[tuple]:
        """The parts of the page, as they become available."""
        given = (recording or file or {}).get("path")
        session = sessions.find(request.cookies.get(COOKIE))
        if given is None or session is None or not session.owns(given):
            yield _update(status=show.refusal(GONE))
            return
        if not isinstance(start, int | float) or not 0 <= start < math.inf:
            yield _update(status=show.refusal("Begin at second 0 or later."))
            return
        yield _update(status=show.status("Listening …"))
        try:
            path = Path(given)
            found = await run_in_threadpool(model.face, path, float(start), bool(everything))
            clip = await run_in_threadpool(listen, path, found.heard)
            yield _update(status=show.status("Drawing …"), heard=show.heard(found, clip))
            saved = await run_in_threadpool(show.files_of, found)
        except NotAVoice as error:
            yield _update(status=show.refusal(str(error)))
            return
        except Exception:
            _LOG.exception("A voice could not be answered.")
            yield _update(status=show.refusal(BROKEN))
            return
        done = {"heard": show.heard(found, clip), "trust": show.trust(found)}
        yield _update(status=show.status("Drawing …"), **done)
        done["face"] = show.face(found, saved)
        yield _update(status=show.status("Drawing …"), **done)
        yield _update(status=show.done(), details=show.details(found, saved), **done)

    async def leave(request: gr.Request) -> None:
        sessions.leave(request.cookies.get(COOKIE), request.session_hash)

    with gr.Blocks(title="What a voice says about a face", analytics_enabled=False) as page:
        gr.HTML(show.opening())
        with gr.Row(elem_classes="s2f-input"):
            recorder = gr.Audio(
                sources=["microphone"],
                type="filepath",
                format="wav",
                label=f"Record a voice (up to {RECORD_SECONDS} s)",
                elem_id="recorder",
                buttons=[],
            )
            file = gr.File(label="Or drop a recording: any sound or video file", elem_id="file", height=180)
        with gr.Accordion("Another part of the recording", open=False):
            start = gr.Number(0, label="Begin at second", minimum=0)
            everything = gr.Checkbox(label="Use the whole recording, not only its first six seconds of speech")
            again = gr.Button("Answer", variant="primary")
        parts = [gr.HTML(elem_id=f"part-{part}") for part in _PARTS]

        page.load(None, js="() => { document.documentElement.lang = 'en'; }")
        recorder.start_recording(None, js=_STOP)
        recorder.stop_recording(None, js=_STOPPED)
        recorder.stop_recording(None, js=_NOTHING, outputs=file)
        file.upload(None, js=_NOTHING, outputs=recorder)
        gr.on(
            [recorder.stop_recording, file.upload, again.click],
            answer,
            inputs=[recorder, file, start, everything],
            outputs=parts,
            # Gradio's own preprocessing leaves copies of the recording, or fails with messages of its own.
            preprocess=False,
            show_progress="hidden",
            trigger_mode="always_last",
            concurrency_limit=1,
            api_visibility="private",
        )
        page.unload(leave)
    page.queue(max_size=WAITING)
    return page


def waits(page: gr.Blocks, session: Session) -> bool:
    """Whether a question of that browser waits in the queue."""
    queues = page._queue.event_queue_per_concurrency_id.values()
    return any(event.session_hash in session.names for queue in queues for event in queue.queue)


async def forget_closed(page: gr.Blocks, sessions: Sessions) -> None:
    """Drop what Gradio keeps of closed tabs: answers that were not fetched, questions that wait, and their state."""
    queue, states = page._queue, page.state_holder.session_data
    kept: tuple[MutableMapping[str, Any], ...] = (queue.pending_messages_per_session, queue.pending_event_ids_session)
    for tab in sessions.closed({*kept[0], *kept[1], *states}):
        await queue.clean_events(session_hash=tab)
        for mapping in (*kept, states):
            mapping.pop(tab, None)


def _update(**parts: str) -> tuple:
    """All parts in order; empty where not given."""
    return tuple(parts.get(part, "") for part in _PARTS)


def theme() -> dict[str, object]:
    """The style of the page, as arguments of Gradio."""
    return {"theme": _THEME, "css": _STYLE.read_text(encoding="utf-8")}
