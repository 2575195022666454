"""What stands on the command line, sorted into files and words, and where each result goes. Pure but for a look at
which files there are."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compressor import formats
from compressor.errors import BadRequest

STDIN = STDOUT = "-"
# The endings that are looked for in folders; what a file is, is decided by its content.
TAKEN = frozenset(f".{suffix}" for row in formats.INPUTS.values() if row.media != "sound" for suffix in row.suffixes)
TEMPLATE = "{stem}.{ext}"
BESIDE = "{stem}-small.{ext}"
_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Source:
    """One input. ``under`` is the folder that it was found in with ``-r``: its place below it is kept in the output."""

    path: Path
    under: Path | None = None

    @property
    def shown(self) -> str:
        return STDIN if self.is_stdin else str(self.path)

    @property
    def is_stdin(self) -> bool:
        return str(self.path) == STDIN


def sorted_out(given: Sequence[str], *, recursive: bool) -> tuple[list[Source], str]:
    """Files and words of a command line. Raises BadRequest.

    An argument is a file when there is such a file, when it is a pattern that finds files, or when it is ``-``. A name
    with the ending of a media file that is not there is an error; everything else is words.
    """
    sources: list[Source] = []
    words: list[str] = []
    for text in given:
        path = Path(text)
        if text == STDIN or _is_file(path):
            sources.append(Source(path))
        elif _is_dir(path) and (recursive or "/" in text or not sources):
            sources += _inside(path, recursive)
        elif any(c in text for c in "*?[") and (found := sorted(glob.glob(text, recursive=recursive))):
            sources += [Source(Path(name)) for name in found if _is_file(Path(name))]
        elif _names_a_file(text, first=not sources):
            raise BadRequest(f"There is no file {text}.")
        else:
            words.append(text)
    return list(_once(sources)), " ".join(words)


def _names_a_file(text: str, first: bool) -> bool:
    """Whether somebody who writes this means a file: it has the ending of one, or stands first and looks like a path
    or a pattern. Words have blanks."""
    if any(c.isspace() for c in text):
        return False
    path = Path(text)
    return (path.suffix.lower() in TAKEN and bool(path.stem)) or (first and any(c in text for c in "/*?["))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # words can be longer than a name may be
        return False


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _inside(folder: Path, recursive: bool) -> list[Source]:
    if not recursive:
        raise BadRequest(f"{folder} is a folder; -r takes the files inside it.")
    found = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in TAKEN and p.is_file()]
    return [Source(path, folder) for path in found]


def _once(sources: Sequence[Source]) -> Iterator[Source]:
    seen: set[Path] = set()
    for source in sources:
        key = source.path if source.is_stdin else source.path.resolve()
        if key not in seen:
            seen.add(key)
            yield source


def check_template(template: str) -> None:
    """Raises BadRequest when the template names a field that there is not, or leads out of the folder."""
    unknown = set(_FIELD.findall(template)) - {"stem", "ext", "parent", "n"}
    if unknown or "{" in _FIELD.sub("", template) or "}" in _FIELD.sub("", template):
        raise BadRequest(f"--name takes the fields {{stem}}, {{ext}}, {{parent}} and {{n}}, not “{template}”.")
    if template.startswith("/") or ".." in Path(template).parts or not template.strip():
        raise BadRequest("--name is a name inside the output folder.")


def named(template: str, source: Source, ext: str, number: int) -> str:
    """The name of a result: ``stem`` and ``parent`` of the source, the ending of the result, the file's number."""
    values = {
        "stem": "stdin" if source.is_stdin else source.path.stem,
        "ext": ext,
        "parent": source.path.resolve().parent.name,
        "n": str(number),
    }
    return _FIELD.sub(lambda field: values[field[1]], template)


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go: ``place`` is what ``-o`` says ("" for nothing), ``folder`` whether that is a folder."""

    place: str
    folder: bool
    template: str = ""

    @classmethod
    def meant(cls, place: str, sources: Sequence[Source], template: str, formats: int = 1) -> Output:
        """Whether ``-o`` names a file or a folder; several files, or one in several formats, need a folder. Raises
        BadRequest."""
        check_template(template or TEMPLATE)
        if place == STDOUT:
            if len(sources) * formats > 1:
                raise BadRequest("Standard output takes one file, not several.")
            return cls(place, False, template)
        many = len(sources) * formats > 1 or any(source.under for source in sources) or bool(template)
        folder = bool(place) and (many or place.endswith("/") or Path(place).is_dir())
        if folder and Path(place).is_file():
            raise BadRequest(f"{place} is a file, and several results need a folder.")
        if folder and Path(place).suffix.lower() in TAKEN and not Path(place).is_dir() and not place.endswith("/"):
            raise BadRequest(
                f"Several results need a folder, and {place} looks like a file. Write {place}/ if it is one."
            )
        return cls(place, folder, template)

    def path(self, source: Source, ext: str, number: int) -> Path:
        """The path of one result; ``-`` is standard output."""
        if self.place and not self.folder:
            return Path(self.place)
        if not self.place and source.is_stdin:
            return Path(STDOUT)
        name = named(self.template or (TEMPLATE if self.place else BESIDE), source, ext, number)
        if not self.place:
            return source.path.parent / name
        below = source.path.parent.relative_to(source.under) if source.under else Path()
        return Path(self.place) / below / name
