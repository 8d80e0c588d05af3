"""A browser without a window: it asks the page's server for what the page would ask."""

import base64
import http.client
import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

PATIENCE_SECONDS = 300
"""Machines are shared: how long an answer takes says nothing about the page."""
JSON = {"Content-Type": "application/json"}


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Browser:
    def __init__(self, port: int, cookie: str | None = None) -> None:
        self.port, self.cookie = port, cookie
        self.tab = secrets.token_hex(6)
        self.config: dict = {}

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        own = {"Cookie": f"speech2face={self.cookie}"} if self.cookie else {}
        connection.request(method, path, body, own | (headers or {}))
        response = connection.getresponse()
        reply = Reply(response.status, response.headers, response.read())
        connection.close()
        return reply

    def open(self, stay: bool = True) -> Reply:
        """Load the page.

        Args:
            stay: keep a connection open, as a tab does until it is closed.
        """
        reply = self.ask("GET", "/")
        if given := reply.headers.get("Set-Cookie"):
            self.cookie = given.split(";")[0].removeprefix("speech2face=")
        if found := re.search(r"window\.gradio_config = (\{.*?\});</script>", reply.text):
            self.config = json.loads(found[1])
        if stay and self.cookie:
            self.heart = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
            cookie = {"Cookie": f"speech2face={self.cookie}"}
            self.heart.request("GET", f"/gradio_api/heartbeat/{self.tab}", headers=cookie)
        return reply

    def send(self, content: bytes, name: str = "voice.wav", **headers: str) -> Reply:
        """Upload a recording."""
        boundary = secrets.token_hex(8)
        written = name.replace("\\", "\\\\").replace('"', '\\"')
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{written}"\r\n\r\n'
        body = head.encode(errors="surrogateescape") + content + f"\r\n--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.ask("POST", "/gradio_api/upload", body, kind | headers)

    def file(self, path: str, **headers: str) -> Reply:
        """Fetch a recording."""
        return self.ask("GET", f"/gradio_api/file={quote(path)}", None, headers)

    def join(self, path: object, start: object = 0, tab: str | None = None, everything: object = False) -> Reply:
        """Ask for the answer to a recording."""
        number = next(dependency["id"] for dependency in self.config["dependencies"] if len(dependency["inputs"]) == 4)
        given = {"path": path, "meta": {"_type": "gradio.FileData"}} if path is not None else None
        question = {"data": [None, given, start, everything], "fn_index": number, "session_hash": tab or self.tab}
        return self.ask("POST", "/gradio_api/queue/join", json.dumps(question).encode(), JSON)

    def events(self) -> Iterator[dict]:
        """What the server tells this tab, as it comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        headers = {"Cookie": f"speech2face={self.cookie}"}
        connection.request("GET", f"/gradio_api/queue/data?session_hash={self.tab}", headers=headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        for line in response:
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                yield event | {"time": time.monotonic()}
                if event["msg"] == "close_stream":
                    break
        connection.close()

    def answer(self, path: object, **options: object) -> str:
        """The page's parts that answer a recording, as they are in the end."""
        joined = self.join(path, **options)
        assert joined.status == 200, joined.text
        last = [event for event in self.events() if event["msg"] == "process_completed"][-1]
        assert last["success"], last
        return "".join(part for part in last["output"]["data"] if isinstance(part, str))


def downloads(page: str) -> dict[str, bytes]:
    """What the links of an answer hold, by the names under which it is saved."""
    links = re.findall(r'href="data:[^;]+;base64,([^"]+)" download="([^"]+)"', page)
    return {name: base64.b64decode(content) for content, name in links}


def sent(browser: Browser, content: bytes, name: str = "voice.wav") -> str:
    """Where a recording lies that was taken."""
    reply = browser.send(content, name)
    assert reply.status == 200, reply.text
    (path,) = json.loads(reply.body)
    return path
