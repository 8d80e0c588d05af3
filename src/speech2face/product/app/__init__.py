"""The page to try a model on: a voice in, a face and how sure it is out, in a browser on the same machine."""
