"""How a parameter of a function is typed on the command line, where its name alone does not say it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """Metadata of an annotation: `output: Annotated[Path, Option(short="-o")]`."""

    short: str = ""
    """A short flag beside the long one."""
    name: str = ""
    """The long flag without dashes, where it is not the parameter's name."""
    metavar: str = ""
    """What stands for the value in the help."""
