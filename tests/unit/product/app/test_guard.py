"""The guard and the server behind it read every request alike."""

import json
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import pytest
from fastapi import Body, FastAPI
from gradio.data_classes import PredictBody
from starlette.testclient import TestClient

from speech2face.product.app.guard import COOKIE, Guard
from speech2face.product.app.sessions import Sessions

MINE, OTHERS = "mine", "others"
PORT = 7860


@pytest.fixture
def read() -> list[str | None]:
    """The tabs that the server's own parser found in requests that passed."""
    return []


@pytest.fixture
def noted() -> dict[str, float]:
    """The tabs that the guard took for this browser's."""
    return {}


@pytest.fixture
def client(tmp_path: Path, read: list[str | None], noted: dict[str, float]) -> TestClient:
    """A browser whose tab is MINE; OTHERS is another's."""
    app = FastAPI()

    # The signatures of Gradio's functions.
    @app.get("/gradio_api/queue/data")
    async def queue_data(session_hash: str) -> None:
        read.append(session_hash)

    @app.get("/gradio_api/heartbeat/{session_hash}")
    def heartbeat(session_hash: str) -> None:
        read.append(session_hash)

    @app.post("/gradio_api/queue/join")
    async def queue_join(body: Annotated[PredictBody, Body()]) -> None:
        read.append(body.session_hash)

    sessions = Sessions(tmp_path)
    mine, other = sessions.begin(), sessions.begin()
    for cookie, tab in ((mine, MINE), (other, OTHERS)):
        session = sessions.find(cookie)
        assert session is not None and sessions.claim(session, tab)
        if tab == MINE:
            session.names = noted
            noted[MINE] = 0.0
    made = TestClient(Guard(app, sessions, PORT, lambda session: False), base_url=f"http://127.0.0.1:{PORT}")
    made.cookies.set(COOKIE, mine)
    return made


QUERIES = [
    f"session_hash={MINE}&session_hash={OTHERS}",
    f"session_hash={OTHERS}&session_hash={MINE}",
    f"session_hash={MINE}&session%5Fhash={OTHERS}",
    f"session_hash={MINE};session_hash={OTHERS}",
    f"session_hash=&session_hash={OTHERS}",
    f"session_hash={OTHERS}&session_hash=",
    f"session_hash={MINE}&session_hash[]={OTHERS}",
    f"session_hash={MINE}%00{OTHERS}",
    f"session_hash={MINE}%26session_hash={OTHERS}",
    f"session_hash={MINE}%23&session_hash={OTHERS}",
    f"session_hash={MINE}&session_hash={OTHERS}%20",
    f"session_hash={MINE}&Session_Hash={OTHERS}",
    f"session_hash=%6Fthers&session_hash={MINE}",
    "",
]
TABS = [
    f"{OTHERS}?x",
    f"{OTHERS}#x",
    f"{MINE}?{OTHERS}",
    f"{OTHERS};x",
    f"{MINE}/../{OTHERS}",
    f" {MINE}",
]
BODIES = [
    f'{{"session_hash": "{MINE}", "session_hash": "{OTHERS}", "data": []}}',
    f'{{"session_hash": "{OTHERS}", "session_hash": "{MINE}", "data": []}}',
    f'{{"session_hash": "{MINE}", "session\\u005fhash": "{OTHERS}", "data": []}}',
    f'{{"session_hash": "{MINE}", "data": [], "a": {{"session_hash": "{OTHERS}"}}}}',
    f'\ufeff{{"session_hash": "{OTHERS}", "data": []}}',
    f'{{"session_hash": ["{OTHERS}"], "data": []}}',
    f'{{"session_hash": "{MINE}", "data": []}} {{"session_hash": "{OTHERS}"}}',
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_read_alike(client, read, noted, query):
    """The guard read the first of two names, the server the last: that gave another user's answer."""
    status = client.get(f"/gradio_api/queue/data?{query}").status_code
    assert set(read) <= noted.keys() - {OTHERS}
    assert status == (200 if read else 403)


@pytest.mark.parametrize("tab", TABS)
def test_a_path_is_read_alike(client, read, noted, tab):
    client.get(f"/gradio_api/heartbeat/{quote(tab, safe='')}")
    assert set(read) <= noted.keys() - {OTHERS}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-16", "text/plain"])
def test_a_body_is_read_alike(client, read, noted, body, kind):
    client.post("/gradio_api/queue/join", content=body.encode(), headers={"Content-Type": kind})
    assert set(read) <= noted.keys() - {OTHERS}


def test_what_the_page_asks_passes(client, read):
    assert client.get(f"/gradio_api/queue/data?session_hash={MINE}").status_code == 200
    assert client.get(f"/gradio_api/heartbeat/{MINE}").status_code == 200
    question = {"session_hash": MINE, "data": ["ä"], "fn_index": 3}
    assert client.post("/gradio_api/queue/join", content=json.dumps(question)).status_code == 200
    assert read == [MINE, MINE, MINE]


@pytest.mark.parametrize(
    ("port", "host", "status"),
    [(80, "127.0.0.1", 404), (80, "localhost", 404), (80, "127.0.0.1:80", 404), (80, "evil.test", 403),
     (7860, "127.0.0.1:7860", 404), (7860, "127.0.0.1", 403)],
)  # fmt: skip
def test_the_usual_port_need_not_be_named(tmp_path, port, host, status):
    app = Guard(FastAPI(), Sessions(tmp_path), port, lambda session: False)
    answer = TestClient(app).get("/nothing", headers={"Host": host, "Origin": f"http://{host}"})
    assert answer.status_code == status
