"""The catalogue is whole: every sentence of the code is translated, in every language, with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compressor import language, message_catalogue, number_format, presets
from compressor.setting_labels import labels

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = [lang for lang in message_catalogue.languages() if lang != "en"]
PLURALS = {"zh": 1, "ja": 1, "ko": 1}  # forms; the others have two


def said(path: Path) -> Iterator[tuple[str, ...]]:
    """The sentences of a module: ``say("…")``, ``say.plain("…")``, ``later("…")``, and pairs of ``say.many``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        count = {"say": 1, "say.plain": 1, "later": 1, "say.many": 2}.get(name, 0)
        texts = [a.value for a in node.args[:count] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if count and len(texts) == count:
            yield tuple(texts)


def sentences() -> set[tuple[str, ...]]:
    paths = [*(ROOT / "compressor").glob("*.py"), *(ROOT / "gifweb" / "studio" / "replies").glob("*.py")]
    found = {one for path in paths for one in said(path)}
    return found | {(place.title,) for place in presets.PRESETS.values()}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def catalogue_of(lang: str) -> dict[str, list[str]]:
    path = message_catalogue.FOLDER / lang / "LC_MESSAGES" / "django.po"
    return message_catalogue.entries(path.read_text(encoding="utf-8"))


def test_the_languages_of_the_conversation_are_all_there() -> None:
    assert message_catalogue.languages() == ["en", "de", "es", "fr", "it", "ja", "ko", "pt", "zh"]
    assert len(sentences()) > 300


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_is_translated_with_its_placeholders_and_plural_forms(lang: str) -> None:
    found = catalogue_of(lang)
    missing = [s for s in sentences() if "\x00".join(s) not in found]
    assert not missing, f"{lang}: not translated: {missing[:5]} ({len(missing)})"
    for one in sentences():
        forms = found["\x00".join(one)]
        assert len(forms) == (PLURALS.get(lang, 2) if len(one) == 2 else 1), f"{lang}: {one[0]}"
        for form in forms:
            # A form for exactly one may leave the number out ("once").
            assert fields(form) <= fields(one[-1]), f"{lang}: {form}"
            assert fields(one[-1]) - fields(form) <= ({"n"} if form != forms[-1] else set()), f"{lang}: {form}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_translation_is_left_over(lang: str) -> None:
    known = {"\x00".join(s) for s in sentences()} | {""}
    assert not catalogue_of(lang).keys() - known


@pytest.mark.parametrize("lang", LANGUAGES)
def test_translations_are_as_gettext_would_read_them(lang: str) -> None:
    text = (message_catalogue.FOLDER / lang / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    ids = re.findall(r'^msgid (".*")$', text, re.MULTILINE)
    assert len(ids) == len(set(ids)), "a sentence stands twice"
    assert f"Language: {lang}\\n" in text
    assert "charset=UTF-8" in text
    assert "Plural-Forms: nplurals=" in text


def test_a_broken_entry_is_not_taken(tmp_path: Path) -> None:
    text = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        '#, fuzzy\nmsgid "a"\nmsgstr "b"\n\n'
        'msgid "c"\nmsgstr ""\n\n'
        '# a comment\nmsgid ""\n"two "\n"lines"\nmsgstr "zwei "\n"Zeilen"\n\n'
        'msgctxt "verb"\nmsgid "open"\nmsgstr "öffnen"\n\n'
        'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "{n} Tag"\nmsgstr[1] "{n} Tage"\n'
    )
    found = message_catalogue.entries(text)
    assert found.keys() == {"", "two lines", "verb\x04open", "{n} day\x00{n} days"}
    made = tmp_path / "django.mo"
    made.write_bytes(message_catalogue.binary(found))
    import gettext

    with made.open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("two lines") == "zwei Zeilen"
    assert read.pgettext("verb", "open") == "öffnen"
    assert [read.ngettext("{n} day", "{n} days", n) for n in (1, 2)] == ["{n} Tag", "{n} Tage"]
    assert read.gettext("c") == "c"


def test_compiled_files_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = message_catalogue.FOLDER / "de" / "LC_MESSAGES" / "django.po"
    (folder / "django.po").write_bytes(source.read_bytes())
    monkeypatch.setattr(message_catalogue, "FOLDER", tmp_path)
    assert message_catalogue.compile_all() == 1
    assert message_catalogue.compile_all() == 0
    assert (folder / "django.mo").stat().st_size > 1000


@pytest.mark.parametrize(
    ("tag", "lang"), [("zh-CN", "zh"), ("pt_BR", "pt"), ("DE", "de"), ("xx", "en"), ("../de", "en"), ("", "en")]
)
def test_a_language_tag_finds_its_catalogue_or_english(tag: str, lang: str) -> None:
    assert message_catalogue.words(tag).lang == lang


def test_values_are_never_read_as_a_pattern() -> None:
    say = message_catalogue.words("de")
    assert "{0.__class__} %s" in say("“{text}”", text="{0.__class__} %s")


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("en", ["999 bytes", "500 KB", "1.04 MB", "256 KiB", "10 MiB", "1 MB",
         "12,345", "0.63", "4.25 s", "15.1 s", "35 %"]),
        ("de", ["999 Bytes", "500 KB", "1,04 MB", "256 KiB", "10 MiB", "1 MB",
         "12\u202f345", "0,63", "4,25 s", "15,1 s", "35 %"]),
        ("fr", ["999 octets", "500 Ko", "1,04 Mo", "256 Kio", "10 Mio", "1 Mo",
         "12\u202f345", "0,63", "4,25 s", "15,1 s", "35 %"]),
        ("zh", ["999 字节", "500 KB", "1.04 MB", "256 KiB", "10 MiB", "1 MB",
         "12,345", "0.63", "4.25 秒", "15.1 秒", "35%"]),
    ],
)  # fmt: skip
def test_figures_are_written_as_the_language_does(lang: str, texts: list[str]) -> None:
    say = message_catalogue.words(lang)
    sizes = [number_format.size(n, say) for n in (999, 500_000, 1_042_799, 262_144, 10 << 20, 999_999)]
    rest = [number_format.number(12_345, say), number_format.number(0.625, say), number_format.seconds(4250, say)]
    rest += [number_format.seconds(15_060, say), number_format.percent(0.35, say)]
    assert sizes + rest == texts


def _bytes(text: str) -> float:
    figure, unit = text.replace(",", "").split(" ")
    return (
        float(figure) * {"byte": 1, "bytes": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20}[unit]
    )


@settings(deadline=None)
@given(st.integers(1, 20_000_000), st.integers(1, 20_000_000), st.floats(0.999, 1.001))
@example(500_300, 500_000, 1)
@example(262_200, 262_144, 1)
@example(1_250_455, 1_249_999, 1)
def test_a_file_and_its_limit_never_contradict_each_other(value: int, limit: int, near: float) -> None:
    say = message_catalogue.words("en")
    for size in (value, round(limit * near)):
        shown, bound = _bytes(number_format.size(size, say, limit)), _bytes(number_format.exact(limit, say))
        assert (shown > bound + 0.02) == (size > limit)
        assert abs(shown - size) <= 0.005 * size
        assert bound == pytest.approx(limit, abs=0.01)
    assert language.read(f"under {number_format.in_words(limit)}").explain["max_bytes"] == limit


def test_the_last_byte_below_a_round_size_is_said_as_that() -> None:
    say = message_catalogue.words("en")
    said = [number_format.limited(n, say) for n in (999_999, 249_999, 262_143, 500_000, 262_144, 999, 36_823)]
    assert said[:3] == ["under 1 MB", "under 250 KB", "under 256 KiB"]
    assert said[3:] == ["at most 500 KB", "at most 256 KiB", "at most 999 bytes", "at most 36.823 KB"]


def test_long_times_have_minutes_and_small_shares_a_decimal() -> None:
    say = message_catalogue.words("en")
    assert number_format.seconds(200_000, say) == "3 min 20 s"
    assert number_format.seconds(240_000, say) == "4 min"
    assert [number_format.percent(x, say) for x in (0, 0.004, 0.256, 1)] == ["0 %", "0.4 %", "26 %", "100 %"]


@pytest.mark.parametrize("lang", ["en", *LANGUAGES])
def test_every_wish_has_a_label_without_a_key_of_ours(lang: str) -> None:
    wishes = {
        "action": "export", "preset": "slack-emoji", "format": "webp", "max_bytes": 500_000, "max_ratio": 0.5,
        "relative": "smaller", "quality": 80, "lossless": True, "keep_quality": True, "width": 480, "height": 320,
        "short_side": 720, "scale": 0.5, "fps": 12.5, "keep_every": 2, "max_frames": 60, "colors": 64, "dither": False,
        "grayscale": True, "start_ms": 1000, "end_ms": 4000, "last_ms": 2000, "max_duration_ms": 5000, "speed": 2,
        "relative_pace": 1.25, "reverse": True, "boomerang": True, "loop": 3, "aspect": "1:1", "fit": "pad",
        "crop": {"x": 1, "y": 2, "w": 30, "h": 40}, "rotate": 90, "flip": "horizontal",
        "text": {"text": "Hi", "position": "top-left", "color": "red", "start_ms": 1000, "end_ms": 2000, "size": 48},
        "change_text": {"color": "#ffff00"}, "remove_text": True, "music": {"name": "lo-fi", "volume": 0.35},
        "remove_music": True, "volume": 0.5, "mute": True, "background": "white", "transparent": True,
        "strip_metadata": True, "less_bytes": 200_000, "more_bytes": 100_000, "start_over": True,
    }  # fmt: skip
    found = labels(wishes, lang)
    assert found.keys() == wishes.keys() - {"end_ms"}  # the end is said with the start
    assert not [label for label in found.values() if re.search(r"[a-z]_[a-z]|slack-emoji|\{|\}|None", label)]
    assert labels({"unknown_key": 1, "width": None}, lang) == {}
    if lang != "en":
        english = labels(wishes, "en")
        assert len([key for key in found if found[key] == english[key]]) <= 1


def test_the_two_ends_of_a_piece_and_of_a_cut() -> None:
    assert labels({"start_ms": 2000, "end_ms": 5000}, "en") == {"start_ms": "from 2 s to 5 s"}
    assert labels({"start_ms": 0, "end_ms": 5000}, "en") == {"end_ms": "the first 5 s"}
    assert labels({"end_ms": -2000}, "en") == {"end_ms": "without the last 2 s"}
    assert labels({"start_ms": 1000, "end_ms": -2000}, "en") == {
        "start_ms": "from 1 s to the end",
        "end_ms": "without the last 2 s",
    }
    assert labels({"text": [{"text": "A"}, {"text": "B", "color": "#123456"}]}, "en") == {
        "text": "the text “A”, the text “B”, #123456"
    }
