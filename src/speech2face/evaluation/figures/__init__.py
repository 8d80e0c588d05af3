"""Figures: one module a figure, each with a `draw` that turns tables into a picture for a paper.

Notebooks in notebooks/ load what a figure needs, call its `draw` and save. `style` holds the look, `people` the
choice and the naming of talkers, `summary` the figures of the metrics phase.
"""
