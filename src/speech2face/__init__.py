"""Speech2Face: a voice recording in, a picture of a plausible face out.

A reproduction of Oh et al., *Speech2Face: Learning the Face Behind a Voice*, CVPR 2019, as one workflow from
videos of people talking to every figure. Each subpackage is one phase of that workflow and carries the noun
that its rule file, config section and results folder carry too; phases meet only through files.
"""

__version__ = "0.1.0"
