"""Voices: the first seconds of a clip, how much of them is speech, and how loud."""
