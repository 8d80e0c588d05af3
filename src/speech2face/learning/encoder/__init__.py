"""The voice encoder: from the sound of a voice to a face embedding."""
