"""What is said in the conversation, over standings and facts made by hand, in every language."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from compressor import message_catalogue, presets, timeline, unsupported
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import edits
from gifweb import errors
from gifweb.studio import replies
from gifweb.studio.project_snapshot import REASONS, Facts, Result, Standing, Started
from gifweb.studio.replies.answers import KINDS

LANGUAGES = message_catalogue.languages()
PARTY = MediaInfo("gif", "video", "gif", 488_213, 488, 320, 55, True, 4800, 4800, 11.46, loop=0)
PIZZA = MediaInfo("gif", "video", "gif", 90_000, 128, 128, 10, True, 1000, 1000, 10.0, loop=0)
PHOTO = MediaInfo("jpeg", "image", "jpeg", 500, 800, 600, 1)
SONG = MediaInfo("mp3", "audio", "mp3", 700, duration_ms=61_000, shown_ms=61_000, has_audio=True)
INFOS = {"party": PARTY, "pizza": PIZZA, "photo": PHOTO, "song": SONG}
NAMES = {"party": "partyblob.gif", "pizza": "pizza parrot.gif", "photo": "me.jpg", "song": "tune.mp3"}
DRAFT = timeline.draft_for("party", PARTY, "partyblob.gif")
REPORT = {
    "input": {"bytes": 488_213, "width": 488, "height": 320, "frames": 55, "duration_ms": 4800, "shown_ms": 4800},
    "output": {"codec": "gif", "frames": 48, "shown_ms": 4800, "loop": 0},
    "attempts": [
        {"bytes": 70_000, "plan": {"settings": {"colors": 256}}},
        {"bytes": 49_812, "plan": {"settings": {"colors": 64}}},
    ],
    "seconds": 6.3,
}
LAST = Result(49_812, "gif", 320, 210, 10.0, 48, 4800, 61.2, 50_000, True, "partyblob.gif", REPORT)
KEYS = [name for name in presets.names() if "-" in name and name != "ko-fi"]
TITLE = edits.AddText("Friday vibes", position="top")


def stands(goal: dict[str, Any] | None = None, *wishes: edits.Edit, draft: timeline.Draft = DRAFT) -> Standing:
    made = timeline.apply_all(draft, list(wishes), INFOS).draft
    return Standing(made, Goal.from_json(goal or {}), "party", "partyblob.gif", PARTY, INFOS)


def facts(standing: Standing | None = None, **more: Any) -> Facts:
    known: dict[str, Any] = {
        "standing": standing or stands(),
        "names": NAMES,
        "first": stands(),
        "available": 97,
        "price": 3,
    }
    return Facts(**(known | more))


def told(before: Standing, after: Standing, lang: str = "en", last: Result | None = None) -> str:
    return " ".join(replies.changed(before, after, lang, names=NAMES, last=last))


def shown(text: str) -> str:
    """The text with figures as English writes them."""
    return re.sub(r"(?<=\d),(?=\d)", ".", text).replace("Ko", "KB").replace("Mo", "MB")


# --- what changed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "more", "sentence"),
    [
        ({}, {"max_bytes": 500_000, "format": "gif", "width": 480}, "At most 500 KB now. As GIF, 480 px wide."),
        ({"max_bytes": 50_000}, {"max_bytes": 37_300}, "At most 37.3 KB now, 25 % less than the last result."),
        ({"max_bytes": 40_000}, {"max_bytes": 30_000}, "At most 30 KB now, 25 % less than the limit before."),
        ({"max_bytes": 50_000}, {"max_bytes": 80_000}, "At most 80 KB now; the limit was 50 KB."),
        ({}, {"max_ratio": 0.5}, "At most 244.106 KB now, 50 % of the file."),
        ({"max_bytes": 50_000}, {}, "The limit of 50 KB is gone."),
        ({"fps": 10}, {"keep_every": 2}, "One frame of every 2."),
        ({"width": 300}, {"width": 480, "height": 320}, "480 × 320 px."),
        ({"format": "gif", "fps": 10}, {"format": "gif"}, "Taken back: 10 frames per second."),
        ({"grayscale": True}, {}, "Taken back: black and white."),
        ({"quality": 80}, {"lossless": True}, "Lossless."),
    ],
)
def test_a_change_of_the_goal_is_told_in_figures(goal: dict[str, Any], more: dict[str, Any], sentence: str) -> None:
    assert told(stands(goal), stands(more), last=LAST) == sentence


def test_a_limit_that_was_worked_out_says_from_what() -> None:
    assert told(stands(), stands({"max_bytes": 366_000})) == "At most 366 KB now, 25 % less than the file."
    assert told(stands(), stands({"max_bytes": 360_000})) == "At most 360 KB now."


def test_a_place_is_told_with_what_it_takes_and_taken_back_with_what_stays() -> None:
    emoji = stands({"preset": "slack-emoji"})
    assert told(stands(), emoji).startswith("Now for Slack emoji: as GIF, at most 128 KB, 128 × 128 px")
    tighter = stands({"preset": "slack-emoji", "max_bytes": 64_000})
    assert "at most 64 KB" in told(stands(), tighter)
    assert told(stands(), tighter).count("64 KB") == 1
    assert told(emoji, stands()) == "No longer for Slack emoji; its limits are gone."
    assert told(tighter, stands({"max_bytes": 64_000})).endswith("Your limit of 64 KB stays.")
    assert told(emoji, stands({"max_bytes": 2_000_000})).endswith("At most 2 MB now.")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ([], [edits.Trim(start_ms=2000)], "Cut off the first 2 s; it lasts 2.8 s now."),
        ([], [edits.Trim(end_ms=4000)], "Cut off the last 0.8 s; it lasts 4 s now."),
        ([], [edits.Trim(1000, 4000)], "Kept from 1 s to 4 s; it lasts 3 s now."),
        ([edits.Trim(1000, 4000)], [], "Nothing is cut off any more; it lasts 4.8 s."),
        ([edits.Speed(0.5)], [edits.Speed(0.625)], "It plays at 0.625 times the original speed and lasts 7.68 s."),
        ([edits.Speed(2)], [], "It plays at its original speed again and lasts 4.8 s."),
        ([], [edits.Reverse()], "It plays backwards now."),
        ([edits.Boomerang()], [], "It plays one way only again, 4.8 s."),
        ([], [edits.Shape(aspect="1:1")], "Shape 1:1, what does not fit is cut off."),
        ([], [edits.Shape(aspect="1:1", fit="pad")], "Shape 1:1, nothing cut off, bars fill the rest."),
        ([edits.Rotate(90)], [], "Taken back: turned by 90°."),
        ([], [TITLE], "Added the text “Friday vibes”: at the top."),
        ([TITLE], [], "Removed the text “Friday vibes”."),
        ([TITLE], [replace(TITLE, position="bottom")], "The text “Friday vibes” is now: at the bottom."),
        ([TITLE], [replace(TITLE, color="yellow")], "The text “Friday vibes” is now: yellow."),
        ([TITLE], [replace(TITLE, text="Bye")], "The text is “Bye” now, instead of “Friday vibes”."),
        ([replace(TITLE, size=40)], [replace(TITLE, size=60)], "The text “Friday vibes” is now: larger, 60 px."),
        ([TITLE], [replace(TITLE, start_ms=2800)], "The text “Friday vibes” is now: from 2.8 s to the end."),
        ([TITLE], [TITLE, edits.AddText("B", color="red")], "Added the text “B”: at the bottom, red."),
        ([TITLE, edits.AddText("B")], [], "Removed all texts."),
        ([], [edits.SetMusic(loop_name="lo-fi", volume=0.4)], "Added the music “Lo-fi” at 40 %."),
        ([edits.SetMusic(volume=0.4)], [edits.SetMusic(volume=0.3)], "The music is quieter: 30 % instead of 40 %."),
        ([edits.SetMusic()], [edits.SetMusic(media="song", name="tune")], "The music is “tune” now, at 100 %."),
        ([edits.SetMusic()], [], "Removed the music."),
        ([], [edits.AddClip("pizza", "pizza parrot.gif")], "Added “pizza parrot” at the end. It lasts 5.8 s in all."),
        ([edits.AddClip("pizza", "p.gif")], [], "Removed the clip “pizza parrot”. It lasts 4.8 s in all."),
        (
            [edits.AddClip("pizza", "p.gif")],
            [edits.AddClip("pizza", "p.gif"), edits.MoveClip(1, 0)],
            "The order now: 1. pizza parrot, 2. partyblob.",
        ),
        ([], [edits.Grayscale(), edits.Loop(3)], "Black and white. Plays 3 times."),
    ],
)
def test_a_change_of_the_timeline_is_told_from_the_difference(
    before: list[Any], after: list[Any], sentence: str
) -> None:
    assert told(stands(None, *before), stands(None, *after)) == sentence


def test_one_clip_of_several_is_named() -> None:
    two = stands(None, edits.AddClip("pizza", "pizza.gif"))
    slower = stands(None, edits.AddClip("pizza", "pizza.gif"), edits.Speed(0.5, clip=1), edits.Rotate(90, clip=0))
    assert told(two, slower) == (
        "pizza parrot: It plays at 0.5 times the original speed and lasts 2 s. It lasts 6.8 s in all. "
        "partyblob: Turned by 90°."
    )


def test_nothing_is_told_twice() -> None:
    pair = edits.AddClip("pizza", "pizza.gif")
    slower = told(stands(None, pair), stands(None, pair, edits.Speed(0.5)))
    assert slower == "It plays at 0.5 times the original speed and lasts 11.6 s."
    clear = told(stands(), stands({"transparent": True}, edits.Background("transparent")))
    assert clear == "Transparent background."
    music = edits.SetMusic(loop_name="lo-fi", volume=0.3)
    assert told(stands(None, music), stands(None, music, edits.Volume(0.5))) == (
        "The music is louder: 50 % instead of 30 %."
    )
    loose = told(stands(), stands({"preset": "slack-emoji", "max_bytes": 2_000_000}))
    assert "at most 128 KB" in loose
    assert "2 MB" not in loose


def test_nothing_changed_is_nothing_told() -> None:
    one = stands({"max_bytes": 500_000}, TITLE)
    assert replies.changed(one, one, "en", names=NAMES) == []


EVERY_EDIT = [
    edits.Trim(1000, 2000), edits.KeepLast(1000), edits.MaxDuration(1000), edits.Speed(2), edits.Reverse(),
    edits.Boomerang(), edits.Loop(1), edits.Shape(aspect="16:9"), edits.CropTo(0, 0, 100, 90), edits.Rotate(180),
    edits.Flip("horizontal"), edits.Flip("vertical"), edits.Background("#ffffff"), edits.Background("transparent"),
    edits.Grayscale(), TITLE, edits.SetMusic(), edits.Volume(0.5), edits.Mute(), edits.AddClip("pizza", "pizza.gif"),
    edits.AddClip("photo", "me.jpg", at=0), edits.Rename("Party"),
]  # fmt: skip
EVERY_GOAL: list[dict[str, Any]] = [
    {"format": "webp"}, {"max_bytes": 12_345}, {"max_ratio": 0.25}, {"quality": 70}, {"lossless": True},
    {"keep_quality": True}, {"width": 100}, {"height": 100}, {"short_side": 720}, {"scale": 0.5}, {"fps": 12},
    {"keep_every": 3}, {"colors": 16}, {"dither": False}, {"grayscale": True}, {"loop": 0}, {"transparent": True},
    *({"preset": name} for name in presets.names()),
]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_edit_and_every_wish_is_told_there_and_back(lang: str) -> None:
    plain = stands()
    for after in [*(stands(None, edit) for edit in EVERY_EDIT), *(stands(goal) for goal in EVERY_GOAL)]:
        for sentence in (*replies.changed(plain, after, lang, names=NAMES), told(after, plain, lang)):
            assert sentence.strip(), after
            assert not re.search(r"[{}]|None|\b\w+_\w+\b", sentence), sentence
            assert not [key for key in KEYS if key in sentence], sentence


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_limit_and_a_new_text_stand_in_the_reply_of_every_language(lang: str) -> None:
    assert "37.4 KB" in shown(told(stands({"max_bytes": 50_000}), stands({"max_bytes": 37_400}), lang, LAST))
    assert "1.04 MB" in shown(told(stands(), stands({"max_bytes": 1_040_000}), lang))
    assert "限时五折" in told(stands(None, TITLE), stands(None, replace(TITLE, text="限时五折")), lang)
    assert "{name} %s" in told(stands(), stands(None, replace(TITLE, text="{name} %s")), lang)


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("last", [None, LAST])
@pytest.mark.parametrize("ask", [*KINDS, "unheard_of"])
def test_every_question_has_an_answer_in_every_language(ask: str, last: Result | None, lang: str) -> None:
    standing = stands({"max_bytes": 50_000, "format": "gif"}, TITLE)
    for one in (facts(standing, last=last, place="discord-emoji"), facts(Standing(), names={}, price=None)):
        text = replies.answer(ask, {}, one, lang)
        assert text
        assert not re.search(r"[{}]|None|discord-emoji|render_", text), text
        if lang != "en":
            assert text != replies.answer(ask, {}, one, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figures_of_the_answers(lang: str) -> None:
    standing = stands({"max_bytes": 50_000}, edits.Trim(end_ms=4000))
    known = {
        "size": ["488 KB", "50 KB"], "dimensions": ["488 × 320"], "duration": ["4 ", "4.8"], "frames": ["55", "11.46"],
        "price": ["3", "97"], "credits": ["97"], "limits": ["50 KB", "200 MB"], "formats": ["MP4", "GIF", "WebP"],
        "changes": ["50 KB"], "why": ["488 × 320", "50 KB"],
    }  # fmt: skip
    made = {"size": ["49.8 KB", "90", "488 KB"], "dimensions": ["320 × 210"], "frames": ["48"], "status": ["49.8 KB"]}
    made |= {"why": ["50 KB", "320 × 210", "488 × 320", "10", "11.5", "64", "61"], "time": ["6"]}
    for figures, last in ((known, None), (made, LAST)):
        for ask, wanted in figures.items():
            text = shown(replies.answer(ask, {}, facts(standing, last=last, render_state="finished"), lang))
            for one in wanted:
                assert one.strip() in text, (ask, one, text)


def test_why_names_only_levers_that_were_used() -> None:
    same = replace(LAST, width=488, height=320, fps=11.46, frames=55, report=REPORT | {"attempts": []})
    text = replies.answer("why", {}, facts(last=same), "en")
    assert "Size and frame rate are those of the file; fine detail was left out instead." in text
    assert "colours" not in text
    assert replies.answer("why", {}, facts(last=replace(same, max_bytes=None)), "en").startswith("No limit of bytes")
    assert "WhatsApp sticker asks for: at most 500 KB, 512 × 512 px." in replies.answer(
        "why", {}, facts(stands({"preset": "whatsapp-sticker"})), "en"
    )


@pytest.mark.parametrize(
    ("place", "last", "parts"),
    [
        (
            "slack-emoji",
            None,
            ["No, the file", "at most 128 KB (this: 488 KB)", "exactly 128 × 128 px", "not confirmed"],
        ),
        ("discord-emoji", LAST, ["No, the last result", "exactly 128 × 128 px (this: 320 × 210 px)"]),
        (
            "discord-attachment",
            LAST,
            ["Yes, the last result passes for Discord attachment", "49.8 KB of at most 10 MiB"],
        ),
        (
            "telegram-sticker",
            None,
            ["only WebM (this: GIF)", "512 px on the longer side", "at most 3 s long (this: 4.8 s)"],
        ),
        (
            "instagram-reel",
            None,
            ["only MP4, MOV", "at least 540 × 960 px", "at least 23 frames per second (this: 11.46)"],
        ),
        ("google-display", None, ["one of 20 fixed sizes", "fewer than 5 frames", "over within 30 s"]),
    ],
)
def test_fits_names_the_rules_that_fail(place: str, last: Result | None, parts: list[str]) -> None:
    text = replies.answer("fits", {"preset": place}, facts(last=last), "en")
    for part in parts:
        assert part in text
    assert ("made to fit" in text) == text.startswith("No")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("place", presets.names())
def test_every_place_can_be_asked_about(place: str, lang: str) -> None:
    for ask in ("fits", "limits"):
        text = replies.answer(ask, {"preset": place}, facts(), lang)
        assert text
        assert "-" not in place or place not in text.replace("Ko-fi", "").replace("E-mail", "")
        if lang in ("zh", "ja", "ko") and ask == "fits":
            assert not re.search(r"\b(at most|at least|exactly|only)\b", text)


def test_a_size_can_be_asked_about_as_well_as_a_place() -> None:
    assert replies.answer("fits", {"max_bytes": 60_000}, facts(last=LAST), "en").startswith(
        "Yes: the last result is 49.8 KB"
    )
    assert replies.answer("fits", {"max_bytes": 60_000}, facts(), "en").startswith("Not as it is: the file is 488 KB")
    assert "?" in replies.answer("fits", {}, facts(), "en")


@pytest.mark.parametrize(
    ("about", "part"),
    [
        ({"fps": 8}, "11.46 frames per second; with 8"),
        ({"fps": 30}, "only 11.46 frames per second, so 30 would change nothing"),
        ({"colors": 32}, "With 32 colours"),
        ({"width": 300}, "488 × 320 px"),
        ({"format": "gif"}, "256 colours"),
        ({"max_bytes": 100_000}, "20 % of the file"),
        ({"grayscale": True}, "black and white"),
        ({}, "measured when it is exported"),
    ],
)
def test_a_question_about_looks_changes_nothing_and_says_how_to_try(about: dict[str, Any], part: str) -> None:
    text = replies.answer("quality", about, facts(), "en")
    assert part in text
    assert ("Nothing was changed" in text) == (bool(about) and about != {"fps": 30})


@pytest.mark.parametrize(
    ("ask", "about", "part"),
    [
        ("size", {"width": 360}, "say “360 px wide” to try it"),
        ("frames", {"keep_every": 2}, "With “one frame of every 2” it would have about 28 frames."),
        ("frames", {"fps": 5}, "about 24 frames"),
        ("formats", {"preset": "email-safe"}, "E-mail: only GIF, at most 1 MB"),
        ("fits", {"preset": "x-gif", "max_bytes": 14_000_000}, "Yes: X (Twitter) GIF takes up to 15 MB"),
        ("fits", {"preset": "x-gif", "max_bytes": 16_000_000}, "No: X (Twitter) GIF takes at most 15 MB"),
        ("fits", {"preset": "twitch-emote-animated", "max_frames": 60}, "at most 60 frames"),
        ("capability", {"format": "webm"}, "for example “as WebM”"),
        ("why", {"format": "mp4"}, "It comes as MP4, which is smaller than GIF"),
        ("why", {"fps": 10}, "Asked for: 10 frames per second."),
        ("help", {"dither": True}, "Dithering mixes dots"),
        ("quality", {"quality": 50}, "at 50 it is plain to see"),
    ],
)
def test_what_a_question_is_about_is_answered(ask: str, about: dict[str, Any], part: str) -> None:
    standing = stands({"fps": 10} if about == {"fps": 10} else {})
    assert part in replies.answer(ask, about, facts(standing), "en")
    for lang in LANGUAGES[1:]:
        assert replies.answer(ask, about, facts(standing), lang) != replies.answer(ask, about, facts(standing), "en")


def test_abilities_and_privacy() -> None:
    own = replies.answer("capability", {"music": True}, facts(), "en")
    assert own.startswith("Yes: upload a sound file")
    assert "square" in replies.answer("capability", {"fit": "crop"}, facts(), "en")
    assert "can't" in replies.answer("capability", {"cannot": ["subtitles"]}, facts(), "en")
    assert "after 7 days" in replies.answer("privacy", {}, facts(kept_days=7), "en")
    assert "after 1 day." in replies.answer("privacy", {}, facts(kept_days=1), "en")
    assert "until you delete them" in replies.answer("privacy", {}, facts(), "en")


def test_the_state_of_the_newest_render() -> None:
    def status(**more: Any) -> str:
        return replies.answer("status", {}, facts(**more), "en")

    assert status() == "Nothing has been exported yet. Say “export” when it is as you want it."
    assert status(render_state="queued", queue=2) == "Not yet: the export waits for its turn. 2 exports wait before it."
    assert "40 % done, about 12 s left" in status(render_state="running", progress=40.0, left_s=12.2)
    assert status(render_state="finished", last=LAST) == "Yes, it is done: 49.8 KB as GIF, 320 × 210 px."
    missed = replace(LAST, fits=False, max_bytes=20_000)
    assert "more than the limit of 20 KB" in status(render_state="finished", last=missed)
    failed = status(render_state="failed", render_error="The file is damaged or not complete.")
    assert "damaged" in failed
    assert "Nothing was charged" in failed


# --- what is not done ------------------------------------------------------------------------------------------------

BEYOND = [
    "remove_watermark", "remove_background", "blur_part", "enhance", "generate", "subtitles", "translate", "post",
    "draw", "other",
]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_beyond_us_is_one_sentence_of_its_own_kind(lang: str) -> None:
    said = [replies.cannot([kind], lang) for kind in BEYOND]
    assert len(set(said)) == len(BEYOND)
    for text in said:
        assert len(re.findall(r"[.!?。](?:\s|$)", text)) <= 2
        assert 10 < len(text) <= 220
    assert replies.cannot(["remove_watermark", "other", "remove_watermark"], lang) == said[0]
    assert replies.cannot(["never heard of"], lang) == replies.cannot([], lang) == said[-1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_nothing_was_changed(lang: str) -> None:
    standing = stands({"max_bytes": 50_000})
    said = {}
    for reason in (*REASONS, "told", "no_bytes_left"):
        said[reason] = replies.nothing_changed(reason, facts(standing, last=LAST, new=("b.gif",)), lang)
        assert said[reason]
        assert not re.search(r"[{}]|None|_", said[reason])
    assert "49.8 KB" in shown(said["best_fits"])
    assert "50 KB" in shown(said["best_fits"])
    assert "50 KB" in shown(said["no_room"])
    over = replies.nothing_changed("no_room", facts(stands({"max_bytes": 36_800}), last=LAST), lang)
    assert "49.8 KB" in shown(over)
    assert "36.8 KB" in shown(over)
    assert "pizza parrot.gif" in said["which_file"]
    assert "b.gif" in said["uploaded"]
    assert "partyblob.gif" in said["uploaded"]
    assert replies.nothing_changed("nothing_to_undo", facts(), lang) == said["no_undo"]
    assert replies.nothing_changed("unheard of", facts(), lang)


DOUBTS: list[tuple[dict[str, Any], str]] = [
    ({"max_duration_ms": None}, "4.8"), ({"end_ms": None}, "4.8"), ({"start_ms": None}, "4.8"),
    ({"remove": None}, "4.8"),
    ({"crop": None}, "16:9"), ({"fit": None}, "16:9"), ({"max_bytes": None}, "49.8 KB"), ({"more_bytes": None}, "MB"),
    ({"width": None}, "480"), ({"fps": None}, "12"), ({"colors": None}, "64"), ({"speed": None}, ""),
    ({"text": None}, ""), ({"text": {"text": None}}, ""), ({"change_text": {"which": None}}, ""),
    ({"change_text": {"position": None}}, ""), ({"change_text": {"color": None}}, ""), ({"format": None}, "MP4"),
    ({"preset": None}, "Slack"), ({"music": None}, "Lo-fi"), ({"volume": None}, "50"),
    ({"media": None}, "partyblob.gif"),
    ({"remove": {"clip": None}}, ""), ({"remove": {"text": None}}, ""), ({"rotate": None}, ""), ({"loop": None}, ""),
    ({"never_heard_of": None}, ""), ({}, ""), ({"grayscale": True}, ""), ({"max_bytes": 90_000}, "90 KB"),
    ({"remove": {"text": "SALE"}}, "SALE"), ({"remove": {"clip": 2}}, "2"), ({"start_ms": 1000, "end_ms": 3000}, "3"),
]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_doubt_is_asked_about(lang: str) -> None:
    for wish, part in DOUBTS:
        text = replies.doubt(wish, facts(stands({"max_bytes": 50_000}), last=LAST), lang)
        assert re.search("[?？]", text), (wish, text)
        assert part in shown(text), (wish, text)
        assert not re.search(r"[{}]|None|_", text)


def test_a_yes_is_said_where_a_yes_does_it() -> None:
    standing = facts(stands({"max_bytes": 50_000}))
    assert replies.doubt({"grayscale": True}, standing, "en") == (
        "Do you want this: black and white? Say “yes” and it is done."
    )
    assert replies.doubt({"max_bytes": 90_000}, standing, "zh") == (
        "现在的上限是 50 KB。要改成 90 KB 吗？说“好的”就改。"
    )
    assert "2 s" in replies.doubt({"max_duration_ms": None}, standing, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_not_understood_is_quoted(lang: str) -> None:
    text = replies.unclear(["blorp the wug", "帮我 {x}"], lang)
    assert "blorp the wug" in text
    assert "帮我 {x}" in text
    assert replies.unclear([], lang) == replies.unclear(["  "], lang) == ""
    assert len(replies.unclear(["x" * 500], lang)) < 200


@pytest.mark.parametrize(
    ("words", "lang", "reply"),
    [
        ("thanks!!", "en", "You're welcome!"),
        ("awesome thanks", "en", "You're welcome!"),
        ("hi", "en", "Hello! What shall I do with your file?"),
        ("lol ok cool", "en", "Glad you like it!"),
        ("嗯嗯好的", "zh", "好的。"),
        ("哈哈你真棒", "zh", "你喜欢就好！"),
        ("danke dir!", "de", "Gern geschehen!"),
        ("merci beaucoup", "fr", "Avec plaisir\u00a0!"),
        ("ありがとう", "ja", "どういたしまして！"),
        ("grazie mille", "it", "Prego!"),
        ("obrigada", "pt", "De nada!"),
        ("고마워", "ko", "천만에요!"),
        ("ok", "es", "De acuerdo."),
        ("weather is fine today", "en", "All right."),
        ("今天天气怎么样", "zh", unsupported.cannot(["other"], "zh")),
        ("how is the weather today", "en", unsupported.cannot(["other"], "en")),
        ("do you like cats?", "en", unsupported.cannot(["other"], "en")),
    ],
)
def test_small_talk_is_short_and_kind(words: str, lang: str, reply: str) -> None:
    assert replies.small_talk(words, lang) == reply


# --- exports, errors, files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_start_of_an_export_names_render_price_and_format(lang: str) -> None:
    text = replies.export_started([Started("a.gif", "render_abc123", 3, "mp4", format_said=False)], lang)
    assert "render_abc123" in text
    assert "3" in text
    assert "MP4" in text
    assert "GIF" in text  # how to keep it
    said = replies.export_started([Started("a.gif", "render_abc123", 1, "webp")], lang)
    assert said.count("WebP") == 1
    assert "GIF" not in said


def test_several_exports_say_how_many_what_at_most_and_which_was_refused() -> None:
    broke = errors.OutOfCredits("…", available=1, required=3)
    made = [Started("a.gif", "r1", 3, "gif"), Started("b.gif", "r2", 2, "gif"), Started("c.gif", error=broke)]
    assert replies.export_started(made, "en") == (
        "2 exports started, at most 5 credits together: “a.gif” (r1), “b.gif” (r2). "
        "“c.gif” was not exported: This costs up to 3 credits, and 1 are left. It comes as GIF."
    )
    assert replies.export_started(made[2:], "en").startswith("It was not exported: This costs up to 3 credits")
    assert "costs nothing" in replies.export_started([Started("a.gif", "r1", 0, "gif")], "en")


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_errors_are_said_in_the_language_with_their_figures(lang: str) -> None:
    broke = replies.refused(errors.OutOfCredits("…", available=1, required=3), lang)
    assert "3" in broke
    assert "1" in broke
    short = shown(replies.refused(BadRequest("It is only 4.8 s long, so nothing is left after 9 s."), lang))
    assert "4.8" in short
    assert "9" in short
    beyond = errors.BeyondPlan("That is beyond the free plan: …", reason="longest_side 5000 of 1920")
    assert "1920" in replies.refused(beyond, lang)
    assert "5" in replies.refused(errors.TooMany("…", retry_after=5), lang)
    for error in (
        errors.NotFound(),
        errors.Conflict("A sentence that nobody knows."),
        BadRequest("Nor this."),
        ValueError(),
    ):
        text = replies.refused(error, lang)
        assert text
        assert "nobody" not in text
        assert text != replies.refused(error, "en")


def test_every_error_of_the_timeline_is_translated() -> None:
    """What somebody can run into by words; the errors of a program's own draft stay English."""
    title = edits.AddText("x", start_ms=9000)
    wrong = [
        edits.RemoveClip(0), edits.RemoveClip(4), edits.Trim(start_ms=9000), edits.Trim(3000, 2000),
        edits.RemoveText(3),
        edits.StillLength(100), edits.CropTo(900, 0, 10, 10), title, edits.SetMusic(media="pizza", name="p"),
    ]  # fmt: skip
    draft = stands(None, TITLE).draft
    for edit in wrong:
        with pytest.raises(BadRequest) as caught:
            timeline.apply(draft, edit, INFOS)
        for lang in LANGUAGES[1:]:
            assert replies.refused(caught.value, lang) != replies.refused(BadRequest("Unknown."), lang), edit


def test_in_english_an_unknown_sentence_is_said_as_it_is() -> None:
    assert replies.refused(errors.Conflict("A sentence that nobody knows."), "en") == "A sentence that nobody knows."
    assert replies.refused(ValueError("secret"), "en") == "Something went wrong on our side."


@pytest.mark.parametrize("lang", LANGUAGES)
def test_which_file_is_meant(lang: str) -> None:
    assert "pizza.gif" in replies.files("pizza.gif", lang)
    assert "3" in replies.files("", lang, every=3)
    came = replies.files("a.gif", lang, new=["b.gif", "c.gif"])
    assert all(name in came for name in ("a.gif", "b.gif", "c.gif"))
    assert "a.gif" not in replies.files("", lang, new=["b.gif"])


def test_the_summary_stays_the_line_that_agents_know() -> None:
    assert replies.summary(DRAFT, {"party": "partyblob"}) == "Timeline (1 track): 1. Video: partyblob (0-4.8s)"


@pytest.mark.parametrize("lang", ["zh", "ja"])
def test_chinese_and_japanese_sentences_are_in_their_own_letters(lang: str) -> None:
    every = [replies.answer(ask, {}, facts(last=LAST), lang) for ask in KINDS]
    every += [replies.nothing_changed(reason, facts(), lang) for reason in REASONS]
    every += [replies.cannot([kind], lang) for kind in BEYOND]
    own = r"[\u3040-\u30ff]" if lang == "ja" else r"[\u4e00-\u9fff]"
    for text in every:
        for sentence in re.split("[。！？]", text):
            assert not sentence.strip() or re.search(own, sentence), sentence
