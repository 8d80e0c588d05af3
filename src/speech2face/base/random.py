"""Random streams by name: each use of random numbers in a run has its own.

Changing a number changes results. A new name takes an unused number.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

NUMBERS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "talkers": (),
        "recordings": (),
        "glasses": (1,),
        "epochs": (),
        "galleries": (1,),
        "retrieval": (2,),
        "generation": (3,),
        "attributes": (4,),
        "similarity": (21,),
        "lengths": (21,),
        "features": (22,),
        "consistency": (22,),
        "languages": (23,),
        "association": (31,),
        "leakage_galleries": (32,),
        "leakage": (33,),
        "confusion": (41,),
        "population": (42,),
        "failures": (47,),
        "craniofacial": (53,),
        "convergence": (61,),
        "comparison": (),
        "comparison_galleries": (),
        "folds": (),
        "information": (),
        "pixel_doubt": (),
        "audit_people": (),
        "audit": (71,),
        "heads": (91,),
        "judges": (95,),
        "sharpness": (96,),
        "scaling": (97,),
        "draws": (98,),
        "gain": (99,),
    }
)
"""The numbers that follow the seed, by name. Names with equal numbers are listed in the test of this module."""


def stream(seed: int, name: str, *keys: int) -> np.random.Generator:
    """The generator of a named stream.

    Args:
        seed: of the run, or of the object that is drawn.
        name: a key of `NUMBERS`.
        keys: select one of several streams of the name, such as the number of a talker. A last key of 0 gives the
            same stream as none.

    Raises:
        KeyError: the name is unknown.
    """
    return np.random.default_rng([seed, *NUMBERS[name], *keys])
