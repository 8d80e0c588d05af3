"""As much of Kubernetes' API as Snakemake's executor asks for, on the loopback address; pods are processes here."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONFIG = """
apiVersion: v1
kind: Config
current-context: test
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
clusters: [{{name: test, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: test, user: {{}}}}]
"""


class Cluster:
    """What was asked of it, and what runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "kubeconfig"
        """For the environment variable KUBECONFIG."""
        self.jobs: dict[str, dict[str, Any]] = {}
        """Every job as it was sent."""
        self.processes: dict[str, subprocess.Popen] = {}

    def create(self, job: dict[str, Any]) -> None:
        """Start the pod of a job: in an empty folder of its own, like a container's /workdir."""
        name = job["metadata"]["name"]
        container = job["spec"]["template"]["spec"]["containers"][0]
        workdir = self.folder / name
        workdir.mkdir()
        self.jobs[name] = job
        with (workdir / "log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                [*container["command"], *container["args"]], cwd=workdir, stdout=log, stderr=log
            )

    def status(self, name: str) -> dict[str, Any]:
        """A job with how it stands."""
        code = self.processes[name].poll()
        told = {} if code is None else {"failed": 1} if code else {"succeeded": 1}
        return self.jobs[name] | {"status": told}

    def logs(self) -> str:
        """What every pod has said."""
        return "".join(path.read_text() for path in self.folder.glob("*/log"))


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.startswith("/apis/batch/v1/namespaces/default/jobs"):
                cluster.create(body)
            self.answer(body)

        def do_GET(self) -> None:
            if job := re.fullmatch(r"/apis/batch/v1/namespaces/default/jobs/([\w-]+)/status", self.path):
                self.answer(cluster.status(job[1]))
            else:
                # Of pods; what the status of a job says is enough.
                self.answer({"items": []})

        def do_DELETE(self) -> None:
            self.answer({})

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster that is there inside the block."""
    here = Cluster(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(here)) as server:
        here.config.write_text(CONFIG.format(port=server.server_address[1]))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield here
        finally:
            server.shutdown()
            for process in here.processes.values():
                process.kill()
                process.wait()
