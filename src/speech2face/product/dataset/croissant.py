"""Croissant metadata of the talkers' data set: which files there are, and what each column of their tables is.

Source: Croissant format specification 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from speech2face import __version__
from speech2face.base.files import file_sha256
from speech2face.product.dataset.card import DESCRIPTION

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "includes": "cr:includes",
    "md5": "cr:md5",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "sc": "https://schema.org/",
    "source": "cr:source",
}
_FLOATS = {"age", "seconds"}


def croissant(folder: Path, tables: Mapping[str, str], columns: Sequence[str]) -> dict[str, Any]:
    """The metadata as JSON-LD.

    Args:
        folder: of the data set, whose tables are hashed.
        tables: of each split, its table, with slashes from `folder`.
        columns: of every table.
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "invented-talkers",
        "description": DESCRIPTION,
        "license": "https://creativecommons.org/publicdomain/zero/1.0/",
        "citeAs": "Oh et al., Speech2Face: Learning the Face Behind a Voice, CVPR 2019; talkers by speech2face",
        "url": "https://arxiv.org/abs/1905.09773",
        "version": __version__,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{split}-table",
                "name": f"{split}-table",
                "contentUrl": table,
                "encodingFormat": "text/csv",
                "sha256": file_sha256(folder / table),
            }
            for split, table in tables.items()
        ],
        "recordSet": [_records(split, columns) for split in tables],
    }


def _records(split: str, columns: Sequence[str]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{split}/{column}",
                "name": column,
                "dataType": "sc:Float" if column in _FLOATS else "sc:Text",
                "source": {"fileObject": {"@id": f"{split}-table"}, "extract": {"column": column}},
            }
            for column in columns
        ],
    }
