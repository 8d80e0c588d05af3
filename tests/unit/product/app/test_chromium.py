"""The page in a real Chromium, whose microphone plays a file."""

import io
import json
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from speech2face.product.app.limits import RECORD_SECONDS
from speech2face.product.inference.answer import NOTICE
from tests.unit.product.app.sounds import tone, wav

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium); docs/app.md"
)
PATIENCE_MS = 300_000
PHONE = {"width": 375, "height": 700}
# What a screen reader has to say for something that can be used.
UNNAMED = """() => [...document.querySelectorAll("button, input, select, audio, a[href], img")]
    .filter(e => e.checkVisibility() && !(e.getAttribute("aria-label") || e.getAttribute("alt") || e.innerText?.trim()
        || e.title || [...(e.labels || [])].some(label => label.innerText.trim())))
    .map(e => e.outerHTML.slice(0, 200))"""

HURRY = """slow => {
    const later = window.setTimeout;
    window.setTimeout = (call, ms, ...rest) => later(call, ms === slow ? 1500 : ms, ...rest);
}"""
DURATION = """audio => audio.readyState ? audio.duration
    : new Promise(done => audio.addEventListener("loadedmetadata", () => done(audio.duration)))"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    voice = tmp_path_factory.mktemp("microphone") / "voice.wav"
    voice.write_bytes(wav(tone(150, seconds=10)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={voice}",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(permissions=["microphone"])
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def asked(context: BrowserContext) -> Iterator[list[str]]:
    """Every address that any page of the context asks for; nothing but this machine's may be among them."""
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    yield asked
    outside = [url for url in asked if urlsplit(url).scheme not in ("data", "blob") and _host(url) != "127.0.0.1"]
    assert asked and not outside


@pytest.fixture
def page(context: BrowserContext, server, asked: list[str]) -> Iterator[Page]:
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.locator("#recorder .record-button")).to_be_enabled(timeout=PATIENCE_MS)
    yield page
    assert not wrong


def _host(url: str) -> str | None:
    return urlsplit(url.removeprefix("blob:")).hostname


def answered(page: Page) -> None:
    expect(page.locator(".s2f-details, .s2f-refused")).to_be_visible(timeout=PATIENCE_MS)


def hand_in(page: Page, content: bytes, name: str = "voice.wav") -> None:
    page.locator("#file input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_voice_is_recorded_the_face_seen_and_everything_downloaded(page, server, tmp_path):
    page.locator("#recorder .record-button").click()
    page.wait_for_timeout(2500)
    page.locator("#recorder .stop-button:visible").click()
    answered(page)
    face = page.get_by_role("img", name="Generated picture of the expected face; not a likeness of anyone")
    expect(face).to_be_visible()
    assert face.evaluate("image => image.complete && image.naturalWidth") == 96
    assert page.locator(".s2f-others img").count() == 8
    seconds = page.locator(".s2f-step audio").evaluate(DURATION)
    assert 1 < seconds < 6
    with page.expect_download() as started:
        page.get_by_role("link", name="Everything (ZIP)").click()
    started.value.save_as(tmp_path / "all.zip")
    assert started.value.suggested_filename == "speech2face.zip"
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        picture = Image.open(io.BytesIO(archive.read("speech2face/face.png")))
        numbers = json.loads(archive.read("speech2face/answer.json"))
    assert picture.text["Description"] == NOTICE and numbers["heard"]["seconds"] == pytest.approx(seconds, abs=0.1)
    assert len(server.recordings) == 1
    page.close()
    for _ in range(6000):
        if not server.recordings:
            break
        time.sleep(0.05)
    assert not server.recordings


def test_file_with_a_hostile_name_is_refused_in_a_sentence(page):
    hand_in(page, b"no sound" * 1000, "<img src=x onerror=alert(1)>${alert(2)}{{alert(3)}}.mp3")
    answered(page)
    assert "This is no audio or video file that can be read." in page.get_by_role("alert").inner_text()
    assert page.locator("img[src=x]").count() == 0


def test_page_can_be_read_on_a_phone_and_by_a_screen_reader(page):
    page.set_viewport_size(PHONE)
    hand_in(page, wav(tone(150)))
    answered(page)
    page.locator("summary").click()
    page.get_by_role("button", name="Another part of the recording").click()
    expect(page.get_by_label("Begin at second")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate(UNNAMED) == []
    headings = page.locator("h1, h2").all_inner_texts()
    assert headings[:2] == ["What a voice says about a face", "What this is not for"] and len(headings) == 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page, scheme):
    """Before an answer and with one, in both colour schemes."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.reload()
    found = Axe().run(page).response["violations"]
    hand_in(page, wav(tone(150)))
    answered(page)
    page.locator("summary").click()
    found += Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not [(one["id"], node["html"][:300]) for one in serious for node in one["nodes"]]


def test_another_part_is_answered_from_the_keyboard(page):
    hand_in(page, wav(tone(150, seconds=5)))
    answered(page)
    page.get_by_role("button", name="Another part of the recording").press("Enter")
    page.get_by_label("Begin at second").fill("2")
    page.get_by_role("button", name="Answer").press("Enter")
    expect(page.get_by_text(re.compile("it begins 2.0 s into"))).to_be_visible(timeout=PATIENCE_MS)


def test_forgotten_recorder_stops_by_itself(page):
    page.evaluate(HURRY, RECORD_SECONDS * 1000)
    page.locator("#recorder .record-button").click()
    answered(page)


def test_nothing_is_left_when_the_page_ends_while_it_is_open(page, server):
    hand_in(page, wav(tone(150)))
    answered(page)
    assert server.recordings
    assert server.end() == 0
    assert not list(server.temporary.iterdir())
    page.goto("about:blank")
