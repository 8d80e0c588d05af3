"""A small server on the loopback address that speaks as much of the hub's API as huggingface_hub needs for a bundle."""

import base64
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub:
    """Models by name: files of each commit, and whether the model is private."""

    def __init__(self) -> None:
        self.commits: dict[str, dict[str, dict[str, bytes]]] = {}
        self.private: dict[str, bool] = {}
        self.address = ""


@contextlib.contextmanager
def serve_hub() -> Iterator[Hub]:
    """A hub with nothing on it, for as long as the block lasts."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != "Bearer hf_made":
            self._json({"error": "Invalid username or password."}, 401)
        elif self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            self.hub.private.setdefault(name, asked["visibility"] == "private")
            self._json({"url": f"{self.hub.address}/{name}"})
        elif self.path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = [{"path": file["path"], "uploadMode": "regular", "shouldIgnore": False} for file in
                     json.loads(body)["files"]]  # fmt: skip
            self._json({"files": files})
        elif found := re.fullmatch(r"/api/models/(.+)/commit/main", self.path):
            lines = [json.loads(line) for line in body.splitlines()]
            files = {
                line["value"]["path"]: base64.b64decode(line["value"]["content"])
                for line in lines
                if line["key"] == "file"
            }
            commit = hashlib.sha1(body).hexdigest()
            self.hub.commits.setdefault(found[1], {})[commit] = files
            self._json(
                {"success": True, "commitOid": commit, "commitUrl": f"{self.hub.address}/{found[1]}/commit/{commit}"}
            )
        else:
            self._json({"error": "Not found"}, 404)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if (found := re.fullmatch(r"/api/models/(.+)/tree/(\w+)", path)) and (files := self._files(*found.groups())):
            self._json(
                [{"type": "file", "path": name, "size": len(data), "oid": _oid(data)} for name, data in files.items()]
            )
        elif (found := re.fullmatch(r"/(.+)/resolve/(\w+)/(.+)", path)) and (files := self._files(found[1], found[2])):
            data = files[found[3]]
            self._send(data, {"ETag": f'"{_oid(data)}"', "X-Repo-Commit": found[2]})
        else:
            self._json({"error": "Not found"}, 404, {"X-Error-Code": "RevisionNotFound"})

    def _files(self, name: str, commit: str) -> dict[str, bytes] | None:
        return self.hub.commits.get(name, {}).get(commit)

    def _json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(json.dumps(value).encode(), {"Content-Type": "application/json"} | (headers or {}), status)

    def _send(self, data: bytes, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *values: object) -> None:
        pass


def _oid(data: bytes) -> str:
    """The name of a file in git."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
