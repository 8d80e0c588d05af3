"""A filter before Gradio: only requests that the page needs pass, and each browser can only reach its own files.

Gradio can do much more than this page needs (fetch addresses, run ffmpeg, edit itself), and serves every file that
it keeps to anyone who knows its path. Requests that are not listed here do not reach it, and of the others only what
was read here: the server gets the path, the query and the body as they were understood, written anew.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from speech2face.product.app.limits import BUSY, CROWDED, GONE, HOST, STRANGER, WAITS
from speech2face.product.app.sessions import Crowded, Session, Sessions

COOKIE = "speech2face"
_API = "/gradio_api"
_FILE = f"{_API}/file="
_HEARTBEAT = f"{_API}/heartbeat/"
_JOIN, _EVENTS, _UPLOAD = f"{_API}/queue/join", f"{_API}/queue/data", f"{_API}/upload"
# Parts of the page, the same for everybody.
_PARTS = ("/assets/", "/static/", "/theme.css", "/favicon.ico", f"{_API}/startup-events")
_OF_SESSIONS = {
    "GET": (_FILE, _HEARTBEAT, _EVENTS, "/config", f"{_API}/info", f"{_API}/upload_progress"),
    "POST": (_UPLOAD, _JOIN),
}
_BODY_BYTES = 64 * 1024
"""Largest body of a request other than an upload."""
_HTTP_PORT = 80
_HEADERS = {
    # The browser refuses all other requests of the page. Gradio needs inline scripts.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
        "connect-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """An ASGI application around Gradio's; sets `request.state.session` to the `Session` of the browser.

    Args:
        waits: whether a question of a browser waits for its turn; a second one is refused.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, port: int, waits: Callable[[Session], bool]) -> None:
        self._app, self._sessions, self._waits = app, sessions, waits
        # Any other host name is one that a foreign page made point here (DNS rebinding). Browsers leave out the port
        # that an address without one means.
        shown = [f":{port}", ""] if port == _HTTP_PORT else [f":{port}"]
        self._hosts = {f"{host}{end}" for host in (HOST, "localhost") for end in shown}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(send, _HEADERS))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        # As the server routes it; in an address, an encoded `?` would end the path.
        path = scope["path"]
        if not self._is_own(request):
            await _refuse(403, "Open the page under the address that the app has printed.")(scope, receive, send)
        elif path == "/" and request.method == "GET":
            await self._open(request, scope, receive, send)
        elif request.method == "GET" and path.startswith(_PARTS):
            scope["query_string"] = b""
            await self._app(scope, receive, send)
        elif path.startswith(_OF_SESSIONS.get(request.method, ())):
            await self._answer_session(request, path, scope, receive, send)
        else:
            await _refuse(404, "There is nothing here.")(scope, receive, send)

    def _is_own(self, request: Request) -> bool:
        """Whether the request was meant for this address, and does not come from a page of another one."""
        host, origin = request.headers.get("host"), request.headers.get("origin")
        return host in self._hosts and origin in {None, *(f"http://{own}" for own in self._hosts)}

    async def _open(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the page, with a cookie for a browser that has none."""
        scope["query_string"] = b""
        headers = {"Cache-Control": "no-store"}
        if self._sessions.find(request.cookies.get(COOKIE)) is None:
            try:
                cookie = self._sessions.begin()
            except Crowded:
                await _refuse(503, CROWDED)(scope, receive, send)
                return
            headers["Set-Cookie"] = f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict"
        await self._app(scope, receive, _with_headers(send, headers))

    async def _answer_session(self, request: Request, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what only a browser with a session may request."""
        session = self._sessions.find(request.cookies.get(COOKIE))
        if session is None:
            # Gradio's page shows the whole body if an upload fails, and its `detail` otherwise.
            stranger = PlainTextResponse(STRANGER, 403) if path == _UPLOAD else _refuse(403, STRANGER)
            await stranger(scope, receive, send)
            return
        scope.setdefault("state", {}).update(session=session, sessions=self._sessions)
        tab = _tab(path, request)
        refusal = self._refusal(path, tab, session)
        scope["query_string"] = urlencode({"session_hash": tab}).encode() if path == _EVENTS else b""
        if path == _JOIN and refusal is None:
            question = _parse(await _read(receive))
            refusal = self._refusal_of_question(question, session)
            tab = question["session_hash"] if refusal is None else None  # type: ignore[index]
            receive = _with_body(scope, json.dumps(question).encode(), receive)
            # Gradio's page replaces the message of a 503.
            send = _instead(send, 503, _refuse(429, BUSY), scope, receive)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        with contextlib.nullcontext() if tab is None else self._sessions.connection(session, tab):
            await self._app(scope, receive, _with_headers(send, {"Cache-Control": "no-store"}))

    def _refusal(self, path: str, tab: str | None, session: Session) -> Response | None:
        """The response to a request that is refused; None if it is not."""
        if path.startswith(_FILE) and not session.owns(path.removeprefix(_FILE)):
            return _refuse(404, GONE)
        if tab is not None and not self._sessions.claim(session, tab):
            return _refuse(403, STRANGER)
        if tab is not None and path.startswith(_HEARTBEAT):
            session.tabs.add(tab)
        return None

    def _refusal_of_question(self, question: object, session: Session) -> Response | None:
        """The same for the body of a request: Gradio would fetch or copy any file that it names."""
        try:
            tab = question["session_hash"]  # type: ignore[index]
            paths = list(_paths(question))
        except (TypeError, KeyError, RecursionError):
            return _refuse(400, "This is not what the page asks.")
        if not isinstance(tab, str) or not self._sessions.claim(session, tab):
            return _refuse(403, STRANGER)
        if not all(isinstance(path, str) and session.owns(path) for path in paths):
            return _refuse(404, GONE)
        return _refuse(429, WAITS) if self._waits(session) else None


def _tab(path: str, request: Request) -> str | None:
    """The tab that a request names in its path or query; None where neither names one."""
    if path.startswith(_HEARTBEAT):
        return path.removeprefix(_HEARTBEAT)
    return request.query_params.get("session_hash", "") if path == _EVENTS else None


def _parse(body: bytes | None) -> object:
    """The body of a request; None if it is not JSON."""
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError):
        return None


def _paths(value: object) -> Iterator[object]:
    """All values under the key `path`."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "path":
                yield part
            yield from _paths(part)
    elif isinstance(value, list):
        for part in value:
            yield from _paths(part)


def _refuse(status: int, sentence: str) -> Response:
    return JSONResponse({"detail": sentence}, status)


async def _read(receive: Receive) -> bytes | None:
    """The body of a request; None if it is too long."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _BODY_BYTES:
            return None
    return body


def _with_body(scope: Scope, body: bytes, receive: Receive) -> Receive:
    """Receives `body` in place of one that was read before, then what follows."""
    MutableHeaders(scope=scope).update({"Content-Length": str(len(body)), "Content-Type": "application/json"})
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    """Sends with further headers."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with


def _instead(send: Send, status: int, response: Response, scope: Scope, receive: Receive) -> Send:
    """Sends `response` in place of any response with that status."""
    replaced = False

    async def send_instead(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and message["status"] == status:
            replaced = True
            await response(scope, receive, send)
        elif not replaced:
            await send(message)

    return send_instead
