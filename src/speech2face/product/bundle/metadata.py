"""The metadata block of a model card as Hugging Face's hub reads it.

Source: https://huggingface.co/docs/hub/model-cards
"""

from collections.abc import Mapping
from typing import Any

import yaml

from speech2face.uncertainty.calibration.coverage import coverage_rows

_TAGS = ("speech2face", "voice-to-face", "uncertainty", "conformal-prediction")


def card_metadata(description: Mapping[str, Any]) -> str:
    """The block with its fences, for the start of the card: licence, tags, and coverage as results of the model.

    A model of talkers has the licence of this project. That of a model of real people is for its maker to choose, who
    knows what they agreed to.
    """
    talkers, coverage = description["source"] == "talkers", description["coverage"]
    licence = {"license": "apache-2.0"} if talkers else {"license": "other", "license_name": "ask-the-maker"}
    dataset = {"type": f"speech2face-{description['source']}", "name": description["world"]}
    results = [
        {
            "task": {"type": "voice-to-face", "name": "Voice to face"},
            "dataset": dataset,
            "metrics": [
                {
                    "type": "coverage",
                    "name": f"Coverage of {name.replace('_', ' ')} at nominal {coverage['nominal']:.0%}",
                    "value": round(row["value"], 4),
                }
                for name, row in coverage_rows(coverage["overall"]).items()
                if row["value"] is not None
            ],
        }
    ]
    return _block(
        licence
        | {
            "library_name": "speech2face",
            "tags": [*_TAGS, *(["synthetic"] if talkers else [])],
            "metrics": ["coverage"],
            "model-index": [{"name": "speech2face", "results": results}],
        }
    )


def _block(values: Mapping[str, Any]) -> str:
    return f"---\n{yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=100)}---\n\n"
