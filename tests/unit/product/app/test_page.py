"""The page's server, asked as browsers ask it and as they never would."""

import base64
import http.client
import io
import json
import signal
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from speech2face.product.app.limits import (
    BROKEN,
    GONE,
    MAX_MB,
    STRANGER,
    TOO_LARGE,
)
from speech2face.product.inference.answer import NOTICE
from tests.unit.product.app.browser import JSON, PATIENCE_SECONDS, Browser, downloads, sent
from tests.unit.product.app.sounds import tone, wav
from tests.unit.product.app.stand_in import BREAKS_AT, DOUBT, shade_of

HOSTILE_NAMES = [
    "../../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\voice.wav",
    "<img src=x onerror=alert(1)>.wav",
    "${7*7}{{7*7}}.wav",
    "a" * 1000 + ".wav",
    'quote".wav',
    "null\0byte.wav",
    "line\r\nX-Header: 1.wav",
    "\udcff\u202egnp.wav",
    ".wav",
    "",
    "-rf",
    "CON.wav",
]


def test_answer_is_in_words_pictures_and_files_that_say_what_they_are(browser):
    sound = tone(140)
    page = browser.answer(sent(browser, wav(sound)), start=0.5)
    sound = sound[8000:]
    model = f"stand-in-{shade_of(sound):03d}"
    assert NOTICE in page and model in page and "invented talkers" in page
    assert page.index("What was heard") < page.index('id="s2f-trust"') < page.index('id="s2f-face"')
    assert page.count('src="data:image/png') == 10
    files = downloads(page)
    assert set(files) == {"speech2face.zip", "sheet.png", "answer.json", "head.glb"}
    assert files["head.glb"].startswith(b"glTF")
    archive = zipfile.ZipFile(io.BytesIO(files["speech2face.zip"]))
    pictures = [name for name in archive.namelist() if name.endswith(".png")]
    assert len(pictures) == 11
    for name in pictures:
        text = Image.open(io.BytesIO(archive.read(name))).text
        assert text["Description"] == NOTICE and model in text["Software"]
    numbers = json.loads(files["answer.json"])
    assert numbers["model"] == model and numbers["notice"] == NOTICE
    clip = page.split('src="data:audio/wav;base64,')[1].split('"')[0]
    assert np.array_equal(np.frombuffer(base64.b64decode(clip)[44:], "<i2"), sound)


def test_parts_come_one_after_the_other_the_doubt_before_the_face(browser):
    pitch = next(pitch for pitch in range(100, 200) if shade_of(tone(pitch)) % 2)
    assert browser.join(sent(browser, wav(tone(pitch)))).status == 200
    steps = [json.dumps(event["output"]["data"]) for event in browser.events() if "generating" in event["msg"]]
    first = [next(at for at, step in enumerate(steps) if text in step) for text in ("Listening", "What was heard")]
    first += [next(at for at, step in enumerate(steps) if text in step) for text in ("Doubt first", "s2f-pictures")]
    assert first == sorted(set(first))
    assert DOUBT in steps[first[2]]


def test_every_user_is_answered_and_sees_no_other_ones_recording(server, soak):
    with soak("users of the page at once", small=6, full=20) as tally:
        sounds = [tone(100 + 7 * number) for number in range(tally.count)]
        together = threading.Barrier(tally.count)
        paths: list[str] = [""] * tally.count

        def use(number: int) -> None:
            browser = Browser(server.port)
            browser.open()
            together.wait(PATIENCE_SECONDS)
            paths[number] = path = sent(browser, wav(sounds[number]))
            page = browser.answer(path)
            others = sorted({f"stand-in-{shade_of(sound):03d}" for sound in sounds})
            seen = [model for model in others if model in page]
            tally.check(seen == [f"stand-in-{shade_of(sounds[number]):03d}"], f"user {number} sees {seen}")
            together.wait(PATIENCE_SECONDS)
            tally.check(browser.file(path).body == wav(sounds[number]), f"user {number} cannot hear the recording")
            for other in paths[:number] + paths[number + 1 :]:
                tally.check(browser.file(other).status == 404, f"user {number} fetches {other}")
            other = paths[number - 1]
            tally.check(browser.join(other).status == 404, f"user {number} asks about {other}")
            together.wait(PATIENCE_SECONDS)

        with ThreadPoolExecutor(tally.count) as pool:
            list(pool.map(use, range(tally.count)))


def test_same_recording_of_two_users_lies_in_two_places(server):
    one, other = Browser(server.port), Browser(server.port)
    one.open(), other.open()
    assert sent(one, wav(tone(150))) != sent(other, wav(tone(150)))


def test_tab_of_another_user_cannot_be_listened_to(server, browser):
    path = sent(browser, wav(tone(160)))
    assert browser.join(path).status == 200
    other = Browser(server.port)
    other.open()
    other.tab = browser.tab
    assert other.ask("GET", f"/gradio_api/queue/data?session_hash={browser.tab}").status == 403
    assert other.ask("GET", f"/gradio_api/heartbeat/{browser.tab}").status == 403
    assert other.join(sent(other, wav(tone(161)))).status == 403


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: ascii(name[:20]))
def test_hostile_names_are_neither_used_nor_shown(browser, server, name):
    path = sent(browser, wav(tone(170)), name)
    assert path.startswith(str(server.temporary)) and path.rsplit("/", 1)[1] in {"voice.wav", "voice"}
    assert "s2f-pictures" in browser.answer(path)


@pytest.mark.parametrize(
    ("content", "start", "sentence"),
    [
        (b"no sound at all" * 100, 0, "This is no audio or video file that can be read."),
        (b"", 0, ""),
        (wav(tone(150))[:1000] + b"\xff" * 5000, 0, ""),
        (wav(np.zeros(16000, np.int16)), 0, "There is only silence"),
        (wav(tone(150)), 10, "There is no sound from that moment on."),
        (wav(tone(150)), -1, "Begin at second 0 or later."),
        (wav(tone(150)), "soon", "Begin at second 0 or later."),
        (wav(tone(150)), None, "Begin at second 0 or later."),
        (wav(tone(150)), BREAKS_AT, BROKEN),
    ],
    ids=["text", "empty", "damaged", "silent", "late", "before", "word", "never", "defect"],
)
def test_what_is_not_answered_is_refused_in_a_sentence(browser, content, start, sentence):
    page = browser.answer(sent(browser, content), start=start)
    if "s2f-pictures" not in page or sentence:
        assert 'role="alert"' in page and sentence in page
        assert "Traceback" not in page and "LookupError" not in page and "/voice" not in page


def test_odd_recordings_are_answered_or_refused_and_the_page_lives_on(browser, soak):
    with soak("odd recordings on the page", small=8, full=300) as tally:
        for number in range(tally.count):
            rng = np.random.default_rng(number)
            content = bytearray(wav(tone(150 + number, seconds=1.0), rate=int(rng.choice([8000, 44100, 192000, 3]))))
            if number % 4 == 1:
                content = content[: rng.integers(len(content))]
            elif number % 4 == 2:
                for at in rng.integers(60, size=4):
                    content[at] = rng.integers(256)
            elif number % 4 == 3:
                content = bytearray(rng.bytes(rng.integers(20_000)))
            reply = browser.send(bytes(content), HOSTILE_NAMES[number % len(HOSTILE_NAMES)])
            page = browser.answer(json.loads(reply.body)[0]) if reply.status == 200 else ""
            good = ("s2f-pictures" in page) != ('role="alert"' in page)
            tally.check(good and BROKEN not in page, f"{number}: {reply.status} {page[:200]}")


def test_what_is_too_large_is_not_taken(browser, server):
    before = len(server.recordings)
    reply = browser.send(bytes(MAX_MB * 2**20 + 1))
    assert (reply.status, reply.text) == (413, TOO_LARGE)
    assert len(server.recordings) <= before
    assert browser.send(bytes(MAX_MB * 2**20)).status == 200


def test_what_is_no_recording_is_not_taken(browser):
    assert browser.ask("POST", "/gradio_api/upload", b"x", JSON).status == 400
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    for body in (
        b"",
        b"--b\r\n\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\nx\r\n--b--\r\n',
    ):
        assert browser.ask("POST", "/gradio_api/upload", body, kind).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/proc/self/environ",
        "http://192.0.2.1/voice.wav",
        "",
        {"path": "/etc/passwd"},
        7,
        ["/etc/passwd"],
    ],
    ids=str,
)
def test_only_own_recordings_can_be_named(browser, path):
    reply = browser.join(path)
    assert (reply.status, reply.text) == (404, json.dumps({"detail": GONE}, separators=(",", ":")))
    if isinstance(path, str):
        assert browser.file(path).status == 404


def test_path_is_compared_as_it_is_used(browser, server):
    path = sent(browser, wav(tone(150)))
    folder = path.removesuffix("/voice.wav")
    assert browser.file(path).status == 200
    for other in (f"{folder}/../../../lock", f"{path}/../voice.wav/../../../../lock", folder, f"{folder}/"):
        assert browser.file(other).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/proxy=http://192.0.2.1/"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("POST", "/gradio_api/run/answer"),
        ("POST", "/gradio_api/call/answer"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/vibe-code/"),
        ("POST", "/gradio_api/vibe-edit/"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/app_id"),
        ("GET", "/gradio_api/custom_component/1/client/component/index.js"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/svelte/x"),
        ("POST", "/login"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("PUT", "/"),
        ("DELETE", "/gradio_api/upload"),
        ("GET", "//192.0.2.1/"),
    ],
)
def test_what_the_page_does_not_need_is_not_there(browser, method, path):
    assert browser.ask(method, path, b"{}" if method == "POST" else None, JSON).status == 404


def test_parts_of_the_page_lie_in_gradio_alone(browser):
    for path in (
        "/assets/../../../../../../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/%2e%2e/routes.py",
        "/static//etc/passwd",
    ):
        assert browser.ask("GET", path).status >= 400


def test_pages_of_other_addresses_can_ask_for_nothing(browser, server):
    path = sent(browser, wav(tone(150)))
    own = f"127.0.0.1:{server.port}"
    for headers in ({"Host": "faces.example"}, {"Host": own, "Origin": "http://faces.example"}, {"Origin": "null"}):
        assert browser.file(path, **headers).status == 403
        assert browser.send(wav(tone(150)), **headers).status == 403
        assert browser.ask("GET", "/", None, headers).status == 403
    assert browser.file(path, Origin=f"http://{own}").status == 200


def test_browsers_that_the_app_does_not_know_are_told_so(server, browser):
    path = sent(browser, wav(tone(150)))
    stranger = Browser(server.port, cookie="made-up")
    stranger.config = browser.config
    for reply in (stranger.file(path), stranger.join(path), stranger.send(wav(tone(150)))):
        assert reply.status == 403 and STRANGER in reply.text


def test_headers_keep_the_page_to_itself(browser):
    reply = Browser(browser.port).open()
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "http" not in policy and "*" not in policy
    assert "HttpOnly" in reply.headers["Set-Cookie"] and "SameSite=Strict" in reply.headers["Set-Cookie"]
    assert reply.headers["Cache-Control"] == "no-store"
    assert not [address for address in ("googleapis", "gstatic", "cdn", "unpkg") if address in reply.text]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 60000, b'{"session_hash": []}', b"x" * 100000], ids=len)
def test_odd_questions_are_refused(browser, body):
    assert browser.ask("POST", "/gradio_api/queue/join", body, JSON).status in (400, 403)


def test_recordings_go_when_the_tab_is_closed(server):
    browser = Browser(server.port)
    browser.open()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    connection.request(
        "GET", f"/gradio_api/heartbeat/{browser.tab}", headers={"Cookie": f"speech2face={browser.cookie}"}
    )
    response = connection.getresponse()
    response.read(5)
    path = sent(browser, wav(tone(180)))
    assert browser.file(path).status == 200
    response.close()
    connection.close()
    for _ in range(6000):
        if browser.file(path).status != 200:
            break
        time.sleep(0.05)
    assert browser.file(path).status == 404
    assert not [recording for recording in server.recordings if str(recording) == path]


def test_nothing_outside_of_this_machine_is_asked_for(server, browser):
    browser.answer(sent(browser, wav(tone(190))))
    assert not server.calls.exists(), server.calls.read_text()


def test_nothing_is_left_when_the_page_ends(server, browser):
    sent(browser, wav(tone(200)))
    assert server.end(signal.SIGINT) == 0
    assert not list(server.temporary.iterdir())
