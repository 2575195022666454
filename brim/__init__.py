"""The command ``brim``: many files on the command line, a folder that is watched, and MCP over standard input.

It reads arguments and shows what happens; the work is done by ``compressor``. It never imports ``gifweb``, except
that ``brim site`` hands its words to the site's own command line.
"""

from __future__ import annotations

__all__ = ["version"]


def version() -> str:
    """The version of what is installed; in a checkout the one that pyproject.toml names."""
    from importlib import metadata
    from pathlib import Path

    here = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if here.is_file():
        import tomllib

        return str(tomllib.loads(here.read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version("brim-gif")
