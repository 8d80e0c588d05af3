"""Take the picture of the page that the docs show, with Chromium: page.py BUNDLE VOICE PICTURE (make pictures)."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

PATIENCE_MS = 120_000
SIZE = {"width": 1000, "height": 1500}


def take_picture(bundle: str, voice: str, picture: str) -> None:
    """Open the page, hand in the voice, wait for its face."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("page.py: Chromium is not installed (Debian: apt-get install chromium).")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = subprocess.Popen([sys.executable, "-m", "speech2face.cli", "app", "--model", bundle, "--port", str(port)])
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(PATIENCE_MS)
            for _ in range(PATIENCE_MS // 500):
                with socket.socket() as ready:
                    if ready.connect_ex(("127.0.0.1", port)) == 0:
                        break
                page.wait_for_timeout(500)
            page.goto(f"http://127.0.0.1:{port}/")
            expect(page.locator("#recorder .record-button")).to_be_enabled(timeout=PATIENCE_MS)
            page.locator("#file input[type=file]").set_input_files(
                {"name": "voice.wav", "mimeType": "audio/wav", "buffer": Path(voice).read_bytes()}
            )
            expect(page.locator(".s2f-details, .s2f-refused")).to_be_visible(timeout=PATIENCE_MS)
            page.wait_for_timeout(1000)
            page.screenshot(path=picture, full_page=True)
            browser.close()
    finally:
        app.terminate()
        app.wait()


if __name__ == "__main__":
    take_picture(*sys.argv[1:])
