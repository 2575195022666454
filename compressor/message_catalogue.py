"""Translations: gettext catalogues, one .po file for each language.

English is written in the code and is the key (msgid); ``language/<lang>/LC_MESSAGES/django.po`` holds the
translations, where Django finds those of the pages too. Python's ``gettext`` reads only the binary form (.mo), which
msgfmt, a program of the system, usually makes. Making it takes forty lines, so they stand here instead of a program or
a package: ``words`` makes the binary form in memory, so that the command line and the tests always see the .po file as
it is; ``compile_all`` writes the .mo files that Django reads (``manage.py prepare``).
"""

from __future__ import annotations

import gettext
import io
import struct
from ast import literal_eval
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "language"
DOMAIN = "django"


class Words:
    """The sentences of one language. ``say("At most {size}", size="500 KB")`` gives the translation, filled in.

    A sentence without a translation is said in English. Values are put in as they are, whatever characters they hold.
    """

    def __init__(self, lang: str, found: gettext.NullTranslations) -> None:
        self.lang = lang
        self._found = found

    def __call__(self, sentence: str, /, **values: Any) -> str:
        return self._found.gettext(sentence).format(**values)

    def many(self, one: str, more: str, n: int, /, **values: Any) -> str:
        """The sentence in the plural form that the language has for ``n``; ``{n}`` in it is the number."""
        return self._found.ngettext(one, more, n).format(n=n, **values)

    def plain(self, sentence: str) -> str:
        """The translation as it is, for words with braces that are not ours to fill."""
        return self._found.gettext(sentence)


def later(sentence: str) -> str:
    """Mark a sentence that stands in a table and is translated where it is used. Returns it unchanged."""
    return sentence


def languages() -> list[str]:
    """The languages that can be answered in, English first."""
    return ["en", *sorted(path.parent.parent.name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))]


@lru_cache(maxsize=32)
def words(lang: str) -> Words:
    """The sentences for a language tag (``de``, ``zh-CN``, ``pt_BR``); English for one that is not here."""
    code = lang.replace("_", "-").split("-")[0].lower()
    path = FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not code.isalpha() or not path.is_file():
        return Words("en", gettext.NullTranslations())
    return Words(code, gettext.GNUTranslations(io.BytesIO(binary(entries(path.read_text(encoding="utf-8"))))))


def entries(source: str) -> dict[str, list[str]]:
    """The entries of a .po file: key → its translations, one for each plural form. The header has the key ""; a context
    stands before the key, a plural after it, as in a .mo file. Fuzzy entries and those without a translation are left
    out, as msgfmt does."""
    found: dict[str, list[str]] = {}
    for block in source.split("\n\n"):
        parts: dict[str, str] = {}
        name = ""
        fuzzy = False
        for line in block.splitlines():
            if line.startswith("#"):
                fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
                continue
            if not line.startswith('"'):
                name, _, line = line.partition(" ")
            if line:
                text = line[1:-1] if "\\" not in line else literal_eval(line)
                parts[name] = parts.get(name, "") + text
        forms = [value for key, value in sorted(parts.items()) if key.startswith("msgstr")]
        if "msgid" not in parts or fuzzy or not all(forms):
            continue
        key = parts["msgid"]
        if "msgctxt" in parts:
            key = f"{parts['msgctxt']}\x04{key}"
        if "msgid_plural" in parts:
            key = f"{key}\x00{parts['msgid_plural']}"
        found[key] = forms
    return found


def binary(found: dict[str, list[str]]) -> bytes:
    """A .mo file (GNU gettext manual, "The Format of GNU MO Files"): sorted keys, then their translations."""
    pairs = sorted((key.encode(), "\x00".join(forms).encode()) for key, forms in found.items())
    keys_at = 28
    values_at = keys_at + 8 * len(pairs)
    offset = values_at + 8 * len(pairs)
    tables: list[bytes] = []
    body = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(body)))
            body += pair[column] + b"\x00"
    return struct.pack("<7I", 0x950412DE, 0, len(pairs), keys_at, values_at, 0, 0) + b"".join(tables) + body


def compile_all(folder: Path | None = None) -> int:
    """Write the .mo file beside each .po file of a folder (left out: ours) that is newer than it. Returns how many were
    written."""
    written = 0
    for source in (folder or FOLDER).glob("*/LC_MESSAGES/*.po"):
        made = source.with_suffix(".mo")
        wanted = binary(entries(source.read_text(encoding="utf-8")))
        if not made.is_file() or made.read_bytes() != wanted:
            made.write_bytes(wanted)
            written += 1
    return written
