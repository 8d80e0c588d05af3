"""The web page: a voice in, a face and its uncertainty out, in a browser on the same machine."""
