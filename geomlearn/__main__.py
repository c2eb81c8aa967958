"""`python -m geomlearn`: the command line."""

import sys


def main() -> int | str:
    """The command line; in a folder of the sources that are not installed from there, a sentence."""
    try:
        from geomlearn.app.cli.main import main as command_line
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("geomlearn."):
            raise
        return (
            f"error: this folder holds part of the sources of geomlearn, and hides what is installed ({error.name} is "
            "missing).\n       Go to another folder, or run `python -m pip install -e .` here."
        )
    return command_line()


if __name__ == "__main__":
    sys.exit(main())
