"""The panel: talkers who are in no video, for calibrating what is promised and for checking it."""
