"""The bundle: one folder with all that answers need, and a model card."""
