"""Formats that people ask for and that are not made: nothing else is made in silence, and what serves is named."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from click.testing import CliRunner

from brim import cli as brim_cli
from brim.request import Asked, of_name, wish
from compressor import cli, formats, language, message_catalogue, unsupported, words_to_draft
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from gifweb.studio import words_to_request

INFO = MediaInfo("gif", "video", "gif", 1_000_000, 160, 90, 40, True, 4000, 4000, 10.0, loop=0)


@pytest.mark.parametrize(
    ("words", "unmade"),
    [
        ("export as mov", "mov"), ("convert to avi", "avi"), ("in mkv format", "mkv"), ("as heic", "heic"),
        ("as pdf", "pdf"), ("encode with hevc", "hevc"), ("extract the audio as mp3", "mp3"),
        ("save the audio", "sound"),
        ("导出为mov", "mov"), ("提取音频", "sound"), ("als mov exportieren", "mov"), ("extrahiere den Ton", "sound"),
        ("en avi, por favor", "avi"), ("extrae el audio", "sound"), ("en mp3", "mp3"), ("extrais l'audio", "sound"),
        ("movに変換して", "mov"), ("音声を抽出して", "sound"), ("em pdf", "pdf"), ("mov 파일로 저장", "mov"),
    ],
)  # fmt: skip
def test_a_format_that_is_not_made_is_heard(words: str, unmade: str) -> None:
    found = language.read(words)
    assert (found.explain, found.unmade) == ({"cannot": ["other"]}, unmade)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mov, under 5MB", {"max_bytes": 5_000_000, "cannot": ["other"]}),
        ("als H265 mp4", {"format": "mp4", "cannot": ["other"]}),
        # what is told of the source asks for nothing
        ("convert this avi to gif", {"format": "gif"}),
        ("mov to gif", {"format": "gif"}),
        ("heic to jpg", {"format": "jpeg"}),
        ("compress my mov under 5MB", {"max_bytes": 5_000_000}),
        ("make my heic smaller", {"relative": "smaller"}),
        ("make this gif smaller", {"relative": "smaller"}),
        ("use the mp3 as music", {"music": {}}),
        # one picture, and the moment that it is taken from
        ("as jpg", {"format": "jpeg"}),
        ("save the frame at 2 s as a jpeg", {"format": "jpeg", "start_ms": 2000}),
        ("captura a los 2 s en png", {"format": "png", "start_ms": 2000}),
        ("2秒のところをjpgで", {"format": "jpeg", "start_ms": 2000}),
        ("first 2 seconds as png", {"format": "png", "end_ms": 2000}),
        ("last frame as jpg", {"format": "jpeg", "last_ms": 10}),
    ],
)
def test_the_rest_of_the_message_is_read(words: str, expected: dict[str, object]) -> None:
    assert language.read(words).explain == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("as mp4, mov and gif", ["mp4", "mov", "gif"]),
        ("not mp4, gif please", []),
        ("my phone sends mp4, i need gif", []),
        ("convert the mp4 and webm files to gif", []),
        ("h265 mp4", []),
    ],
)
def test_a_list_of_formats(words: str, expected: list[str]) -> None:
    assert list(language.several(words)) == expected


@pytest.mark.parametrize("lang", message_catalogue.languages())
@pytest.mark.parametrize("name", formats.OTHERS)
def test_the_sentence_names_what_serves_instead(name: str, lang: str) -> None:
    said, row = unsupported.cannot(["other"], lang, name), formats.OTHERS[name]
    assert row.label in said
    assert formats.label(row.instead) in said
    assert row.instead in formats.OUTPUTS
    assert lang == "en" or said != unsupported.not_made(name)


def test_the_tables_do_not_overlap() -> None:
    assert not formats.OTHERS.keys() & formats.OUTPUTS.keys()
    assert formats.INPUTS.keys() <= formats.OTHERS.keys() | formats.OUTPUTS.keys()
    assert [formats.named(text) for text in (".JPG", "jpeg", "m4v", "heif", "doc")] == [
        "jpeg", "jpeg", "mp4", "heic", "doc",
    ]  # fmt: skip


def test_every_door_says_the_same() -> None:
    sentence = unsupported.not_made("mov")
    with pytest.raises(BadRequest) as refused:
        Goal.from_json({"format": "mov"})
    assert (refused.value.message, refused.value.data["instead"]) == (sentence, "mp4")
    with pytest.raises(argparse.ArgumentTypeError, match=sentence):
        cli.format_named("mov")
    with pytest.raises(ValueError, match=sentence):
        unsupported.asked_format("MOV")
    with pytest.raises(BadRequest, match=sentence):
        of_name("out.mov")
    with pytest.raises(BadRequest, match=sentence):
        wish(Asked("as mov"), INFO, "a.gif")
    assert wish(Asked("as mov", {"format": "gif"}), INFO, "a.gif").goal.format == "gif"  # a flag wins
    tried = CliRunner().invoke(brim_cli.make, ["a.gif", "--format", "mov"])
    assert sentence in " ".join(tried.output.split())
    assert Goal.from_json({"format": "jpg"}).format == "jpeg"


def test_what_is_beyond_us_is_said_on_a_command_line() -> None:
    found = words_to_draft.read("remove the watermark, under 50 KB", INFO, "a.gif")
    assert found.goal == {"max_bytes": 50_000}
    assert found.refused == (unsupported.cannot(["remove_watermark"], "en"),)


@pytest.mark.parametrize(
    ("words", "key", "values"),
    [
        ("30 KB and 200 KB", "max_bytes", {30_000: "30 KB", 200_000: "200 KB"}),
        ("200 KB or 30 KB", "max_bytes", {30_000: "30 KB", 200_000: "200 KB"}),
        ("15 fps and 30 fps", "fps", {15: "15 fps", 30: "30 fps"}),
        ("480 wide and 640 wide", "width", {480: "480", 640: "640"}),
        ("100KB 和 50KB 以内", "max_bytes", {100_000: "100KB", 50_000: "50KB"}),
    ],
)
def test_of_two_values_for_one_thing_the_one_left_out_is_named(words: str, key: str, values: dict[int, str]) -> None:
    """Which of the two is taken is the reader's choice."""
    found = words_to_draft.read(words, INFO, "a.gif")
    assert found.goal.keys() == {key}
    del values[found.goal[key]]
    assert len(found.refused) == 1
    assert [left in found.refused[0] for left in values.values()] == [True]
    assert [one["text"] for one in words_to_request.meaning(words)["missed"]] == list(found.refused)


@pytest.mark.parametrize(
    "words", ["30 KB, no, 200 KB", "30 KB, sorry, 200 KB", "from 2 MB to 500 KB", "under 200 KB and 480 px wide"]
)
def test_what_is_corrected_or_of_another_kind_is_not_left_out(words: str) -> None:
    assert words_to_draft.read(words, INFO, "a.gif").refused == ()


@pytest.mark.parametrize("words", ["要好看", "压到200KB，要好看", "压到200KB，画质要高"])
def test_a_quality_beside_a_limit_is_heard_in_chinese(words: str) -> None:
    assert words_to_draft.read(words, INFO, "a.gif").explain["quality"] == "high"


@pytest.mark.django_db
def test_the_chat_names_what_was_not_done() -> None:
    from .test_turn import Room

    room = Room("party.gif")
    for lang, words in (("en", "who is president of France?"), ("zh", "法国总统是谁？")):
        assert room.say(words) == unsupported.cannot(["other"], lang)
    assert unsupported.cannot(["post"], "en") in room.say("compress to 200 KB and send to my boss by email")
    assert "KB” was left out" in room.say("30 KB and 100 KB")


def test_the_engine_alone_writes_no_other_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.gif").write_bytes(b"x")
    assert cli.main([str(tmp_path / "a.gif"), "-o", str(tmp_path / "b.mov"), "--in-process"]) == 2
    assert unsupported.not_made("mov") in capsys.readouterr().err


@pytest.mark.django_db
def test_the_chat_names_it_and_exports_nothing() -> None:
    from gifweb.renders.models import Render

    from .test_turn import Room

    room = Room("party.gif")
    assert room.say("export as mov") == unsupported.not_made("mov")
    said = room.say("als heic, höchstens 200 KB")
    assert unsupported.not_made("heic", "de") in said
    assert "200" in said
    assert unsupported.not_made("mov") in room.say("is mov possible?")
    assert not Render.objects.exists()


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("under 5 KB for MySpace", ("MySpace",)),
        ("不超过 5 KB，用于小红书", ("小红书",)),
        ("发到知乎，2MB 以内", ("知乎",)),
        ("给微博用，2MB 以内", ()),
        ("用于 QQ 表情，2MB 以内", ()),
        ("Etsy rejected it yesterday. Under 2 MB please", ()),
        ('under 2 MB with the text "follow us on Tumblr"', ()),
        ("under 2 MB for Discord", ()),
    ],
)
def test_a_place_whose_limits_are_not_known_is_named(words: str, places: tuple[str, ...]) -> None:
    assert language.read(words).unknown_places == places
    assert [p in " ".join(words_to_draft.read(words, INFO, "a.gif").refused) for p in places] == [True] * len(places)
