"""Which paths the local server may touch: the folders named with ``--root``, else the client's roots. Nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from compressor.errors import BadRequest


def folders(uris: Iterable[str]) -> list[Path]:
    """The folders that ``file://`` addresses name; other addresses are left out."""
    found = []
    for uri in uris:
        parts = urlsplit(uri)
        if parts.scheme == "file" and parts.netloc in ("", "localhost"):
            found.append(Path(unquote(parts.path)))
    return found


def inside(path: str, roots: Sequence[Path]) -> Path:
    """The real path of ``path`` when it lies inside of a root, symbolic links followed. A relative one is meant within
    the first root. Raises BadRequest."""
    if not roots:
        raise BadRequest("The client names no folders (roots). Start the server with --root FOLDER.")
    if "\0" in path:
        raise BadRequest("A path has no NUL character.")
    if path.startswith("file:"):
        path = str(folders([path])[0]) if folders([path]) else ""
    real = (roots[0] / Path(path).expanduser()).resolve()
    if not path or not any(real.is_relative_to(root.resolve()) for root in roots):
        raise BadRequest(f"{path} is outside of the folders that this server may use: {', '.join(map(str, roots))}.")
    return real
