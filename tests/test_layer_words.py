"""What is said of layers and transitions: read in its context, decided into edits, without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compressor import deciding, language, timeline
from compressor.deciding import Decided
from compressor.deciding.file_state import Standing
from compressor.goal import Goal
from compressor.language import Context
from compressor.media import MediaInfo
from compressor.timeline import edits

GIF = MediaInfo("gif", "video", "gif", 1_000_000, 400, 300, 100, True, 10_000, 10_000, 10.0, loop=0)
LOGO = MediaInfo("png", "image", "png", 5000, 100, 50, 1, True, 0, 0, 0.0)
INFOS = {"a": GIF, "logo": LOGO, "b": replace(GIF, bytes=500_000), "badge": LOGO}
NAMES = {"a": "city.gif", "logo": "logo.png", "b": "webcam.gif", "badge": "badge.png"}


def standing(*made: edits.Edit, infos: dict[str, MediaInfo] = INFOS) -> Standing:
    draft = timeline.apply_all(timeline.draft_for("a", GIF, "city.gif"), list(made), infos).draft
    return Standing(draft, Goal(), "a", "city.gif", GIF, infos)


def decided(explain: dict[str, Any], stands: Standing) -> Decided:
    return deciding.apply(explain, stands, names={m: NAMES[m] for m in stands.infos})


def test_a_file_is_put_over_the_clips() -> None:
    done = decided({"layer": {"position": "top-left", "width": 0.2, "opacity": 0.5, "rotate": 90}}, standing())
    (layer,) = done.draft.layers
    assert (layer.media, layer.position, layer.width, layer.opacity, layer.rotate) == (
        "badge",  # the last still picture that is no clip
        "top-left",
        0.2,
        0.5,
        90.0,
    )
    for said, media in ((2, "logo"), ("logo", "logo"), ("webcam.gif", "b"), ("last", "badge")):
        assert decided({"layer": {"file": said}}, standing()).draft.layers[0].media == media
    last = decided({"layer": {"file": 2, "start_ms": -2000, "mute": True, "loop": False}}, standing()).draft.layers[0]
    assert (last.at_ms, last.d_ms, last.volume, last.repeat) == (8000, None, 0.0, False)


def test_times_and_distances_are_worked_out() -> None:
    def layer(**wish: Any) -> Any:
        return decided({"layer": {"file": "logo", **wish}}, standing()).draft.layers[0]

    held = layer(start_ms=4000, last_ms=2000)
    assert (held.at_ms, held.d_ms) == (4000, 2000)
    assert (layer(last_ms=2000).at_ms, layer(last_ms=2000).d_ms) == (0, 2000)
    assert layer(end_ms=-3000).d_ms == 7000  # until 3 seconds before the end
    assert layer(start_ms=-60_000).at_ms == 0  # the film is shorter
    assert (layer(margin=15).margin, layer(margin=0.1).margin, layer(margin=0).margin) == (0.05, 0.1, 0)
    stands = standing(edits.AddLayer("logo", "logo", start_ms=1000, end_ms=2000))
    longer = decided({"change_layer": {"last_ms": 5000}}, stands).draft.layers[0]
    assert (longer.at_ms, longer.d_ms) == (1000, 5000)


def test_what_is_no_layer_is_said() -> None:
    alone = standing(infos={"a": GIF})
    assert decided({"layer": {}}, alone).refused == ("no_layer_file",)
    films = standing(infos={"a": GIF, "b": GIF, "logo": replace(GIF)})
    assert decided({"layer": {}}, films).refused == ("which_file",)
    assert decided({"change_layer": {"width": "bigger"}}, standing()).refused == ("no_layer",)
    assert decided({"remove": {"layer": "logo"}}, standing()).refused == ("no_layer",)
    two = standing(edits.AddLayer("logo", "logo"), edits.AddLayer("badge", "badge"))
    assert decided({"change_layer": {"opacity": "less"}}, two).refused == ("which_layer",)
    assert decided({"change_layer": {"which": 3, "opacity": 0.1}}, two).refused == ("no_layer",)


def test_a_layer_is_changed_and_taken_away() -> None:
    two = standing(edits.AddLayer("logo", "logo", width_share=0.2), edits.AddLayer("badge", "badge"))
    bigger = decided({"change_layer": {"which": "logo.png", "width": "bigger", "opacity": "less"}}, two).draft.layers[0]
    assert (bigger.width, bigger.opacity) == (0.25, 0.7)
    front = decided({"change_layer": {"which": "logo", "to": "front"}}, two).draft
    assert [one.media for one in front.layers] == ["badge", "logo"]
    back = decided({"change_layer": {"which": "last", "to": "back", "shape": "circle"}}, two).draft
    assert [(one.media, one.shape) for one in back.layers] == [("badge", "circle"), ("logo", "rectangle")]
    assert [one.media for one in decided({"remove": {"layer": 1}}, two).draft.layers] == ["badge"]
    assert decided({"remove": {"layer": True}}, two).draft.layers == ()


def test_clips_go_over_into_each_other() -> None:
    two = standing(edits.AddClip("b", "webcam"))
    fade = (
        decided({"transition": {"kind": "fade", "color": "white", "duration_ms": 400}}, two).draft.clips[0].transition
    )
    assert fade
    assert (fade.kind, fade.color, fade.d_ms) == ("fade", "#ffffff", 400)
    cross = decided({"transition": {"duration_ms": 300}}, two)
    assert cross.draft.clips[0].transition
    assert cross.draft.clips[0].transition.kind == "crossfade"
    assert decided({"transition": {"kind": "cut", "after": 1}}, replace(two, draft=cross.draft)).draft == two.draft
    assert decided({"transition": {"kind": "crossfade"}}, standing()).refused  # there is one clip


def test_texts_fade_and_slide() -> None:
    shown = decided({"text": {"text": "Hi", "fade_in_ms": 500, "slide": "left"}}, standing())
    assert (shown.draft.titles[0].fade_in_ms, shown.draft.titles[0].slide) == (500, "left")
    changed = decided({"change_text": {"fade_out_ms": 300}}, replace(standing(), draft=shown.draft)).draft.titles[0]
    assert (changed.fade_in_ms, changed.fade_out_ms) == (500, 300)


@pytest.mark.parametrize(
    ("words", "context", "explain"),
    [
        ("put my logo bottom right at 15 %", {}, {"layer": {"position": "bottom-right", "width": 0.15}}),
        ("watermark it with my logo, half transparent", {}, {"layer": {"opacity": 0.5}}),
        (
            "put webcam.mp4 over the screen in a circle, top left",
            {"files": ("screen.mp4", "webcam.mp4")},
            {"layer": {"file": "webcam.mp4", "position": "top-left", "shape": "circle"}},
        ),
        ("右下角加上我的logo", {}, {"layer": {"position": "bottom-right"}}),
        ("两段之间淡入淡出", {"clips": 2}, {"transition": {"kind": "crossfade"}}),
        ("cross-fade between them", {"files": ("a.mp4", "b.mp4")}, {"transition": {"kind": "crossfade"}}),
        (
            "add screen-tour.gif and fade through black between them",
            {"files": ("a.gif", "screen-tour.gif")},
            {"transition": {"kind": "fade", "color": "black"}},
        ),
        ("fade through black between the clips", {"clips": 2}, {"transition": {"kind": "fade", "color": "black"}}),
        ("make the logo bigger", {"layers": ("logo.png",)}, {"change_layer": {"which": "logo.png", "width": "bigger"}}),
        ("remove the logo", {"layers": ("logo.png",)}, {"remove": {"layer": "logo.png"}}),
        ("remove the logo", {}, {"cannot": ["remove_watermark"]}),
        ("ロゴを右下に入れて", {}, {"layer": {"position": "bottom-right"}}),
        ("badge top right for the last 4 seconds", {}, {"layer": {"position": "top-right", "start_ms": -4000}}),
        ("logo bottom left with a margin of 24 px", {}, {"layer": {"position": "bottom-left", "margin": 24}}),
        (
            "timer.webm top left, muted",
            {"files": ("talk.mp4", "timer.webm")},
            {"layer": {"file": "timer.webm", "position": "top-left", "mute": True}},
        ),
        (
            "timer in the top left",
            {"files": ("talk.mp4", "timer.webm")},
            {"layer": {"file": "timer.webm", "position": "top-left"}},
        ),
        ("can i put a logo over my clip?", {}, {"action": "ask", "ask": "capability", "about": {"layer": {}}}),
        ("hide the qr code", {"layers": ("qr_code.png",)}, {"remove": {"layer": "qr_code.png"}}),
        ("a bit smaller", {"layers": ("logo.png",), "said": "logo top left"}, {"change_layer": {"width": "smaller"}}),
        (
            "dip to black between clip 2 and clip 3",
            {"clips": 4},
            {"transition": {"kind": "fade", "color": "black", "after": 2}},
        ),
        ("Logo unten links", {}, {"layer": {"position": "bottom-left"}}),
        (
            "cam.mp4 in the centre, without its audio",
            {"files": ("talk.mp4", "cam.mp4")},
            {"layer": {"file": "cam.mp4", "position": "center", "mute": True}},
        ),
        ("delete the second overlay", {"layers": ("a.png", "b.gif", "c.png")}, {"remove": {"layer": 2}}),
        (
            "第二个图层移到左上角",
            {"layers": ("a.png", "b.gif", "c.png")},
            {"change_layer": {"which": 2, "position": "top-left"}},
        ),
        (
            "第二段和第三段中间用白色淡入淡出",
            {"clips": 4},
            {"transition": {"kind": "fade", "color": "white", "after": 2}},
        ),
        (
            "fade through white after the second clip",
            {"clips": 3},
            {"transition": {"kind": "fade", "color": "white", "after": 2}},
        ),
        ("can i put two logos on it?", {}, {"action": "ask", "ask": "capability", "about": {"layer": {}}}),
    ],
)
def test_layers_are_read(words: str, context: dict[str, Any], explain: dict[str, Any]) -> None:
    assert language.read(words, Context(**context)).explain == explain


@pytest.mark.parametrize(
    ("words", "position"),
    [
        ("put the logo in the left corner at the bottom", "bottom-left"),
        ("logo at the top edge in the middle", "top"),
        ("das Logo unten rechts", "bottom-right"),
    ],
)
def test_two_places_of_one_layer_are_one(words: str, position: str) -> None:
    assert language.read(words).explain["layer"]["position"] == position


def test_the_name_of_a_file_is_no_text_and_what_is_beyond_us_is_about_no_file() -> None:
    context = Context(files=("cake.mp4", "price.png"))
    assert "text" not in language.read("show price.png in the center from second 4 to second 7", context).explain
    assert language.read("cut the background out of my price picture", context).explain == {
        "cannot": ["remove_background"]
    }


def test_a_mood_is_the_music_that_has_it() -> None:
    assert language.read("加点轻松的音乐，音量三成").explain == {"music": {"name": "calm", "volume": 0.3}}


def test_a_mark_of_the_picture_is_neither_a_text_nor_a_layer() -> None:
    said = Context(goal={"preset": "discord-attachment"}, said="能发到Discord吗？")
    assert language.read("去掉右下角的水印，再压到50K以内", said).explain == {
        "max_bytes": 50_000, "cannot": ["remove_watermark"],
    }  # fmt: skip
    assert language.read("remove the watermark, add my own logo top left").explain == {
        "cannot": ["remove_watermark"], "layer": {"position": "top-left"},
    }  # fmt: skip


@pytest.mark.parametrize("layers", [(), ("logo.png",)])
def test_words_to_show_are_no_layer(layers: tuple[str, ...]) -> None:
    read = language.read("put SALE at the top in yellow for the first second", Context(layers=layers))
    assert read.explain == {"text": {"text": "SALE", "position": "top", "color": "yellow", "end_ms": 1000}}


def test_a_file_in_quotation_marks_is_no_text() -> None:
    read = language.read('float "subscribe.gif" at the bottom left', Context(files=("vlog.mp4", "subscribe.gif")))
    assert read.explain == {"layer": {"file": "subscribe.gif", "position": "bottom-left"}}


def test_a_text_is_timed_without_a_colour_too() -> None:
    read = language.read("put SALE at the top for the first second")
    assert read.explain == {"text": {"text": "SALE", "position": "top", "end_ms": 1000}}


SALE = {"text": "SALE"}


@pytest.mark.parametrize("layers", [(), ("logo.png",)])
@pytest.mark.parametrize(
    ("words", "text", "layer"),
    [
        ("text SALE for 2 seconds, logo for the last 3", {"end_ms": 2000}, {"start_ms": -3000}),
        (
            "write SALE at the top and put my logo bottom right at 15 %",
            {"position": "top"},
            {"position": "bottom-right", "width": 0.15},
        ),
        (
            "logo top left for 4 seconds, text SALE at the bottom from 1 to 3 s",
            {"position": "bottom", "start_ms": 1000, "end_ms": 3000},
            {"position": "top-left", "end_ms": 4000},
        ),
        ("右上角放logo，下面写“SALE”，前3秒", {"position": "bottom", "end_ms": 3000}, {"position": "top-right"}),
    ],
)
def test_what_is_said_of_a_text_and_of_a_layer_is_kept_apart(
    words: str, text: dict[str, Any], layer: dict[str, Any], layers: tuple[str, ...]
) -> None:
    read = language.read(words, Context(layers=layers)).explain
    head = {"change_layer": {"which": "logo.png"} | layer} if layers else {"layer": layer}
    assert read == {"text": SALE | text} | head


def test_each_of_two_texts_has_what_stands_beside_it() -> None:
    read = language.read("前2秒左边写“甲”，最后3秒右边写“乙”").explain
    assert read == {
        "text": [
            {"text": "甲", "position": "left", "end_ms": 2000},
            {"text": "乙", "position": "right", "last_ms": 3000},
        ]
    }


@pytest.mark.parametrize(
    ("words", "music"),
    [
        ("put nocturne.mp3 beneath it at 90 %", {"name": "nocturne.mp3", "volume": 0.9}),
        ("take the drums instead, at 30 %", {"name": "drums.wav", "volume": 0.3}),
    ],
)
def test_an_uploaded_sound_is_heard_and_lies_over_nothing(words: str, music: dict[str, Any]) -> None:
    read = language.read(words, Context(files=("clip.mp4", "nocturne.mp3", "drums.wav"))).explain
    assert read == {"music": music}
