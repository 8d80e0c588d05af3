"""Bundles on a hub: https://huggingface.co, or another server with its API (environment variable HF_ENDPOINT)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from huggingface_hub import HfApi

from speech2face.base.files import is_of_disk
from speech2face.base.options import Option
from speech2face.base.weights import ModelError
from speech2face.product.bundle.files import CARD, CONFIG, read_config, weights_of

_FILES = [CONFIG, CARD, "*.safetensors"]
"""All that a bundle has; nothing else of a repository is downloaded, and nothing in it is run."""


def fetch_bundle(name: str, revision: str) -> Path:
    """The folder of a bundle that a hub has, downloaded into the hub's cache where it is not there yet.

    `read_config` checks its files against its own list of hashes, as those of every bundle.

    Args:
        name: `owner/name` of the model on the hub.
        revision: commit, tag or branch. Only a commit's hash always names the same files.

    Raises:
        ModelError: the hub has no such model or revision, or cannot be reached.
    """
    with _naming(f"The hub gave no model {name} at revision {revision}"):
        return Path(HfApi().snapshot_download(name, revision=revision, allow_patterns=_FILES))


def push_bundle(
    repo: Annotated[str, Option(metavar="OWNER/NAME")],
    *,
    bundle: Annotated[Path, Option(name="model")] = Path("results/bundle"),
    public: bool = False,
) -> None:
    """Upload a bundle to a hub as one commit, and print how it is loaded from there.

    Args:
        repo: owner and name of the model on the hub; it is made where it does not exist.
        bundle: folder of the bundle.
        public: open a new model to everybody; otherwise only its owner sees it.

    Raises:
        ModelError: the bundle is not whole, or the hub refuses it.
    """
    config, _ = read_config(bundle)
    with _naming(f"The hub did not take the bundle as {repo}"):
        api = HfApi()
        api.create_repo(repo, private=not public, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repo,
            folder_path=bundle,
            allow_patterns=[CONFIG, CARD, *weights_of(config)],
            commit_message=f"Bundle made by speech2face {config['versions']['speech2face']}",
        )
    print(f'load_model("{repo}", revision="{commit.oid}")')


@contextlib.contextmanager
def _naming(what: str) -> Iterator[None]:
    """Make an error in the block a ModelError that says what did not work, and why in one line."""
    try:
        yield
    except Exception as error:  # of the hub, of names, and of the network library, which has classes of its own
        if is_of_disk(error):
            raise
        # Further lines repeat addresses and advice about passwords.
        raise ModelError(f"{what}: {str(error).strip().partition(chr(10))[0]}") from error
