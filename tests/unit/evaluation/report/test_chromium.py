"""The report in a real Chromium: nothing is asked for elsewhere, it fits a phone, and everybody can read it."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium); docs/app.md"
)
PHONE = {"width": 375, "height": 700}


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, {"width": 1300, "height": 900}], ids=["phone", "desk"])
def test_the_report_asks_for_nothing_fits_and_has_no_serious_finding_of_axe(chromium, written, scheme, size):
    page = chromium.new_page(color_scheme=scheme, viewport=size)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    address = (written("one") / "report.html").as_uri()
    page.goto(address)
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    violations = Axe().run(page).response["violations"]
    assert not [found for found in violations if found["impact"] in ("serious", "critical")], violations
    page.close()


def test_the_keyboard_skips_to_the_report(chromium, written):
    page = chromium.new_page()
    page.goto((written("one") / "report.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the report"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.close()
