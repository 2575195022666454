"""The command ``brim``: many files on the command line, a folder that is watched, and MCP over standard input.

It reads arguments and shows what happens; the work is done by ``compressor``. It never imports ``gifweb``:
``brim site`` hands its words to Django, which finds the site by its settings.
"""

from __future__ import annotations

__all__ = ["version"]


def version() -> str:
    """The version of engine and command."""
    from compressor import __version__

    return __version__
