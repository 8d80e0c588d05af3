"""Figures: one module a figure, each with a function `draw` from tables to a Matplotlib figure.

The notebook of a figure reads its inputs, calls `draw` and saves the figure; its title and caption are in
workflow/captions, and its inputs in workflow/rules/figures.smk. Shared: `style`, the choice and labels of speakers in
`people`, measures and methods in `summary`, decoded faces in `decoded`, pages of thumbnails in `mosaic`.
"""
