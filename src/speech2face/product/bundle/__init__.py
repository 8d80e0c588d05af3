"""The bundle: one folder with all that is needed to answer a voice, and what is to be known before anybody does."""
