"""Limits of the page, listed in docs/app.md too, and its messages when they are reached."""

HOST = "127.0.0.1"
PORT = 7860
MAX_MB = 50
"""Largest recording that may be uploaded."""
RECORD_SECONDS = 60
"""Length at which the microphone stops by itself."""
WAITING = 40
"""Voices that may wait for an answer at once."""
BROWSERS = 200
"""Browsers that the page remembers at once."""
RECORDINGS = 3
"""Recordings of one browser that are kept at once."""
KEPT_SECONDS = 15 * 60
"""How long a recording is kept at most, and a browser without requests is remembered."""
CLOSED_SECONDS = 3
"""How long a tab may have no connection before it counts as closed; one that is closed counts at once."""
SWEEP_SECONDS = 1
ALL_MB = 2000
"""All recordings of all browsers together."""

TOO_LARGE = f"This recording is larger than {MAX_MB} MB: cut out a minute of speech and try that."
BUSY = f"More than {WAITING} voices are waiting for an answer: try again in a minute."
WAITS = "Your last recording still waits for its answer: let it finish, then try again."
FULL = "There is no room for more recordings here just now: try again in a quarter of an hour."
CROWDED = f"More than {BROWSERS} browsers have this page open: try again in a minute."
STRANGER = "This page was opened before the app was started, or lay idle for long: load it anew."
"""To a browser without a session."""
GONE = "This recording is no longer kept: record it or choose the file again."
BROKEN = "Something went wrong here, not with your recording. The terminal in which the app runs says what."
