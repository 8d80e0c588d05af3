"""Many who ask at once: everybody gets a turn, and what nobody waits for any more is not kept."""

import json
import os
import time
from pathlib import Path

import numpy as np

from speech2face.product.app.limits import (
    BUSY,
    CLOSED_SECONDS,
    SWEEP_SECONDS,
    WAITING,
    WAITS,
)
from tests.unit.product.app.browser import Browser, sent
from tests.unit.product.app.sounds import tone, wav
from tests.unit.product.app.stand_in import SLOW_AT


def test_crowd_is_told_to_come_back(server, browser):
    silence = wav(np.zeros(16000, np.int16))
    crowd = [Browser(server.port) for _ in range(WAITING + 3)]
    for each in crowd:
        each.open(stay=False)
    voices = [sent(each, silence) for each in crowd]
    assert browser.join(sent(browser, silence), start=SLOW_AT).status == 200
    replies = [each.join(voice) for each, voice in zip(crowd, voices, strict=True)]
    refused = [reply for reply in replies if reply.status != 200]
    assert refused and all((reply.status, json.loads(reply.body)["detail"]) == (429, BUSY) for reply in refused)
    # Of those who went away without waiting, nothing is in the way.
    time.sleep(CLOSED_SECONDS + 2 * SWEEP_SECONDS)
    assert "silence" in browser.answer(sent(browser, silence))


def test_a_browser_waits_in_one_place_and_keeps_nobody_waiting(server, browser):
    """One browser filled all places, and twelve of its questions kept others waiting for 27 s."""
    silence = wav(np.zeros(16000, np.int16))
    path = sent(browser, silence)
    assert browser.join(path, start=SLOW_AT).status == 200
    time.sleep(0.5)
    assert browser.join(path, start=SLOW_AT).status == 200
    refused = [browser.join(path, tab=tab) for tab in (browser.tab, "another-tab", "a-third")]
    assert [(reply.status, json.loads(reply.body)["detail"]) for reply in refused] == [(429, WAITS)] * 3
    other = Browser(server.port)
    other.open()
    assert "silence" in other.answer(sent(other, silence))


def test_nothing_of_an_abandoned_answer_is_kept(server, soak):
    """744 KB with the voice stayed for each, and memory grew by 15 MB with twenty of them."""

    def resident() -> float:
        pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def abandon(count: int) -> None:
        for number in range(count):
            gone = Browser(server.port)
            gone.open(stay=False)
            while gone.join(sent(gone, wav(tone(150 + number % 50)))).status != 200:
                time.sleep(0.1)
        time.sleep(CLOSED_SECONDS + 2 * SWEEP_SECONDS)

    with soak("abandoned answers", small=30, full=1000) as tally:
        # Until what is made once for all answers is made: fonts, buffers, compiled code.
        abandon(60)
        before = resident()
        abandon(tally.count)
        # On a busy machine answers take longer to end than pages to close.
        deadline = time.monotonic() + 30
        while (grown := resident() - before) >= 10 and time.monotonic() < deadline:
            time.sleep(1)
        tally.check(grown < 10, f"memory grew by {grown:.0f} MB")
