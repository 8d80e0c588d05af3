"""Streams of random numbers by name: every use of chance in a run has one of its own.

The numbers are those of the first release, so that results stay as they are. A new name takes a number that is free.
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
    }
)
"""What follows the seed for each name. The test of this module lists the names that share their numbers."""


def stream(seed: int, name: str, *keys: int) -> np.random.Generator:
    """The random numbers of a use.

    Args:
        seed: of the run, or of the thing that is drawn.
        name: the use, one of `NUMBERS`.
        keys: which of several streams of that use, such as the number of a talker. numpy does not tell a last key of 0
            from no key.

    Raises:
        KeyError: the name is unknown.
    """
    return np.random.default_rng([seed, *NUMBERS[name], *keys])
