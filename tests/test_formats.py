"""One table of formats: whoever lists or asks about formats reads it."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from importlib import import_module
from pathlib import Path

import pytest

from compressor import cli, codecs, formats, setting_labels
from compressor.errors import BadRequest, UnsupportedMedia
from compressor.goal import Goal
from compressor.probe.sniff import sniff
from gifweb import errors, stored_files
from gifweb.api.v1.schemas import GoalIn

ROOT = Path(__file__).resolve().parent.parent
NAMES = re.compile(r"\b(" + "|".join({*formats.OUTPUTS, *formats.INPUTS}) + r")s?\b", re.IGNORECASE)


@pytest.mark.parametrize("path", sorted((ROOT / "compressor" / "search").glob("*.py")), ids=lambda p: p.name)
def test_the_search_names_no_format(path: Path) -> None:
    assert not NAMES.findall(path.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted((ROOT / "compressor" / "search").glob("*.py")), ids=lambda p: p.name)
def test_the_search_asks_no_class_and_removes_no_file(path: Path) -> None:
    """What differs between predictions is a method of theirs, and a workspace removes what nobody holds."""
    code = path.read_text("utf-8")
    assert "isinstance(" not in code
    assert "unlink(" not in code or path.name == "encoder_session.py"  # the workspace


@pytest.mark.parametrize(
    "module", ["verify", "engine", "compose/composition", "compose/size", "codecs/copying", "codecs/video_file"]
)
def test_no_format_is_asked_for_by_its_name(module: str) -> None:
    code = (ROOT / "compressor" / f"{module}.py").read_text("utf-8")
    assert not re.findall(rf"[\"'](?:{'|'.join(formats.OUTPUTS)})[\"']", code)


@pytest.mark.parametrize("row", [*formats.OUTPUTS.values(), *formats.INPUTS.values()])
def test_a_row_is_frozen(row: object) -> None:
    with pytest.raises(FrozenInstanceError):
        row.name = "other"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", formats.OUTPUTS)
def test_an_output_has_its_codecs(name: str) -> None:
    spec = formats.OUTPUTS[name]
    assert spec.name == name
    assert codecs.by_format(name).spec is spec
    for coding in spec.codings:
        codec = getattr(import_module(f"compressor.codecs.{coding.module}"), coding.constant)
        assert (codec.spec, codec.codec) == (spec, coding.name)


@pytest.mark.parametrize("name", formats.OUTPUTS)
def test_what_is_made_is_taken_too(name: str) -> None:
    made, taken = formats.OUTPUTS[name], formats.INPUTS[name]
    assert (made.label, made.mime, made.media) == (taken.label, taken.mime, taken.media)


@pytest.mark.parametrize("row", formats.INPUTS.values(), ids=lambda row: row.name)
def test_kin_are_outputs(row: formats.InputSpec) -> None:
    assert formats.OUTPUTS[row.keeps_alpha_as].has_alpha
    if row.as_output:
        assert formats.same_kind(row.name, row.as_output)
        assert row.as_output in formats.OUTPUTS


def test_the_table_says_nothing_twice() -> None:
    suffixes = [suffix for row in formats.OUTPUTS.values() for suffix in row.suffixes]
    assert len(suffixes) == len(set(suffixes)) == len(formats.SUFFIXES)
    assert {f.name for f in fields(formats.FormatSpec)} >= {"alpha", "sound", "even_sides", "step_us", "exact"}


def test_the_command_line_offers_the_table() -> None:
    options = {o: a for a in cli.parser()._actions for o in a.option_strings}
    assert tuple(options["--format"].choices or ()) == formats.NAMES
    assert all(row.label in cli.parser().format_help() for row in formats.INPUTS.values() if row.media != "sound")


def test_the_api_offers_the_table() -> None:
    assert GoalIn.model_json_schema()["properties"]["format"]["anyOf"][0]["enum"] == list(formats.NAMES)


def test_the_pages_offer_the_table() -> None:
    from gifweb.studio import project_page, start_page

    assert project_page.FORMATS is start_page.FORMATS is formats.NAMES


def test_the_contract_keeps_its_list() -> None:
    assert " ".join(errors.ACCEPTED) == "mp4 mov avi webm mkv jpg jpeg png apng gif webp mp3 wav m4a aac"


def test_names_and_types_come_from_the_table() -> None:
    for row in (*formats.OUTPUTS.values(), *formats.INPUTS.values()):
        assert setting_labels.format_name(row.name) == row.label
        assert stored_files.mime(row.name) == row.mime
    assert stored_files.mime("bin") is None


def test_refusals_list_the_table() -> None:
    with pytest.raises(BadRequest) as unknown:
        Goal(format="bmp")
    assert all(name in unknown.value.message for name in formats.NAMES)
    with pytest.raises(UnsupportedMedia) as refused:
        sniff(b"BM" + bytes(40))
    assert all(row.label in refused.value.message for row in formats.INPUTS.values() if row.media != "sound")


def test_a_codec_goes_with_its_format() -> None:
    from compressor.deciding.goal_changes import merge
    from gifweb.api import payloads
    from gifweb.errors import Unusable

    assert [formats.holder(codec) for codec in ("h264", "vp9")] == ["mp4", "webm"]
    assert codecs.by_format("webm", "vp9") is codecs.by_format("webm")
    with pytest.raises(BadRequest):
        codecs.by_format("gif", "h264")
    with pytest.raises(BadRequest) as refused:
        Goal(format="gif", codec="h264")
    assert "MP4 may hold it" in refused.value.message
    with pytest.raises(BadRequest):
        Goal(codec="mpeg2")
    assert merge({"format": "mp4", "codec": "h264"}, {"format": "gif"}) == {"format": "gif"}
    assert merge({"format": "gif"}, {"codec": "h264"}) == {"codec": "h264"}
    assert merge({"format": "webm", "codec": "vp9"}, {"format": "gif"}) == {"format": "gif"}
    assert payloads.goal_fields({"codec": "vp9"}) == {"codec": "vp9"}
    with pytest.raises(Unusable):
        payloads.goal_fields({"codec": "mpeg2"})


def test_the_codecs_of_films_are_offered_everywhere() -> None:
    options = {o: a for a in cli.parser()._actions for o in a.option_strings}
    assert tuple(options["--codec"].choices or ()) == formats.CODEC_CHOICES
    assert GoalIn.model_json_schema()["properties"]["codec"]["anyOf"][0]["enum"] == list(formats.CODEC_CHOICES)
