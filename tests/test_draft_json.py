"""The draft's JSON: what we write, what we take, what we refuse, and the schema that says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from compressor import timeline
from compressor.errors import BadRequest
from compressor.timeline import Draft, edits, music_names

from .test_timeline import city, done

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "draft.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)

FULL = {
    "t": [
        {"tt": 0, "sg": [{"media": "a", "name": "one", "d": 2000, "from": 500, "to": 4500, "speed": 2,
                          "reverse": True, "boomerang": False, "crop": {"x": 1, "y": 2, "w": 30, "h": 40}, "rotate": 90,
                          "flip": True, "volume": 0.5, "muted": True},
                         {"media": "b", "d": 1500, "still": True}]},
        {"tt": 0, "sg": [{"media": "d", "at": 500, "d": 1000, "width": 0.5, "position": "top", "margin": 0.1, "x": 0.4,
                          "y": 0.6, "rotate": 15, "opacity": 0.5, "shape": "circle", "fade_in": 200, "fade_out": 300,
                          "slide": "left", "repeat": False, "volume": 0.5, "muted": True, "from": 10, "to": 900},
                         {"media": "e", "still": True, "to_end": True}]},
        {"tt": 1, "sg": [{"loop": "calm", "volume": 0.35, "to_end": True, "fade_out": 500},
                         {"media": "c", "at": 200, "d": 900, "from": 100}]},
        {"tt": 7, "sg": [{"text": "Hi 你好", "at": 100, "d": 400, "position": "top-left", "x": 0.1, "y": 0.2,
                          "size": 40, "color": "#ff0000", "outline": "none"}]},
    ],
    "d": 3500,
    "m": {"title": "t", "width": 100, "height": 50, "fps": 12.5, "aspect": "4:5", "fit": "blur",
          "background": "#102030", "grayscale": True, "loop": 2},
}  # fmt: skip


def test_everything_comes_back_as_it_was() -> None:
    draft = Draft.from_json(FULL)
    again = Draft.from_json(draft.to_json())
    assert again == draft
    assert (draft.clips[0].speed, draft.clips[0].crop, draft.sounds[0].d_ms) == (2, timeline.Crop(1, 2, 30, 40), None)
    written = draft.to_json()
    assert written["t"][0]["sg"][1]["at"] == 2000
    assert written["t"][2]["sg"][0]["d"] == 3500


def test_unknown_keys_are_kept_in_their_place() -> None:
    value = json.loads(json.dumps(FULL))
    value["zoom"] = 1.5
    value["m"]["theme"] = {"dark": True}
    value["t"][0]["locked"] = True
    value["t"][3]["sg"][0]["font"] = "Comic"
    value["t"].append({"tt": 3, "sg": [{"sticker": "cat"}]})
    draft = Draft.from_json(value)
    written = draft.to_json()
    assert written["zoom"] == 1.5
    assert written["m"]["theme"] == {"dark": True}
    assert written["t"][0]["locked"] is True
    assert written["t"][3]["sg"][0]["font"] == "Comic"
    assert written["t"][4] == {"tt": 3, "sg": [{"sticker": "cat"}]}
    edited = timeline.apply(draft, edits.Rename("x"), {}).draft.to_json()
    assert edited["t"][0]["locked"] is True
    assert edited["zoom"] == 1.5


def test_another_order_and_a_string_in_its_place_are_the_same_draft() -> None:
    draft = Draft.from_json(FULL)
    turned = {key: FULL[key] for key in reversed(FULL)}
    text = json.dumps(turned, ensure_ascii=False)
    assert Draft.from_json(turned) == draft
    assert Draft.from_json(text) == draft
    assert Draft.from_json(json.dumps(text)) == draft
    assert Draft.from_json(text.encode()) == draft


def _with(path: list[Any], value: Any) -> Any:
    changed = json.loads(json.dumps(FULL))
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


REFUSED = [
    [],
    "not json",
    "[]",
    7,
    None,
    _with(["t"], {}),
    _with(["t", 0], "x"),
    _with(["t", 0, "tt"], "video"),
    _with(["t", 0, "sg"], [3]),
    _with(["t", 0, "sg", 0, "media"], 3),
    _with(["t", 0, "sg", 0, "media"], ""),
    _with(["t", 0, "sg", 0, "d"], -5),
    _with(["t", 0, "sg", 0, "d"], "2000"),
    _with(["t", 0, "sg", 0, "d"], 1e18),
    _with(["t", 0, "sg", 0, "to"], 100),
    _with(["t", 0, "sg", 0, "speed"], 0),
    _with(["t", 0, "sg", 0, "rotate"], 45),
    _with(["t", 0, "sg", 0, "crop"], {"x": 0}),
    _with(["t", 0, "sg", 0, "reverse"], "yes"),
    _with(["t", 2, "sg", 0, "loop"], "death metal"),
    _with(["t", 2, "sg", 0], {"volume": 1}),
    _with(["t", 2, "sg", 0, "volume"], 40),
    _with(["t", 3, "sg", 0, "text"], ""),
    _with(["t", 3, "sg", 0, "text"], {"$ne": 1}),
    _with(["t", 3, "sg", 0, "position"], "everywhere"),
    _with(["t", 3, "sg", 0, "color"], "javascript:alert(1)"),
    _with(["m"], "x"),
    _with(["m", "aspect"], "1:0"),
    _with(["m", "fit"], "stretch"),
    _with(["m", "loop"], -1),
]


@pytest.mark.parametrize("value", REFUSED)
def test_nonsense_is_refused_in_words(value: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        Draft.from_json(value)
    assert caught.value.message.endswith(".")


def test_what_is_deep_or_long_is_refused_before_it_hurts() -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"x": deep}
    for value in (_with(["m", "deep"], deep), "[" * 100_000, '{"t":[' + "0," * 1_000_000 + "0]}"):
        with pytest.raises(BadRequest):
            Draft.from_json(value)
    many = _with(["t", 0, "sg"], [{"media": "a", "d": 1}] * 600)
    with pytest.raises(BadRequest):
        Draft.from_json(many)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["t", "tt", "sg", "d", "m", "media", "text", "at", "crop", "x"]), inner, max_size=5
        ),
    ),
    max_leaves=25,
)


@given(json_values)
def test_anything_at_all_is_read_or_refused_and_never_breaks(value: Any) -> None:
    try:
        draft = Draft.from_json(value)
    except BadRequest:
        return
    assert Draft.from_json(draft.to_json()) == draft


def test_the_schema_holds_for_what_we_write() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    rich = done(
        edits.AddClip("photo", "p.jpg"), edits.Trim(start_ms=500), edits.Speed(1.5),
        edits.CropTo(0, 0, 100, 100, clip=0),
        edits.Rotate(90), edits.Flip("horizontal"), edits.Shape("1:1", "blur"), edits.Background("transparent"),
        edits.AddText("Hi", size=20, color="red"), edits.SetMusic(loop_name="epic"), edits.Mute(), edits.Loop(1),
    ).draft  # fmt: skip
    for draft in (Draft(), city(), rich, Draft.from_json(FULL)):
        VALIDATOR.validate(draft.to_json())
    VALIDATOR.validate(FULL)


@pytest.mark.parametrize("value", [v for v in REFUSED if not isinstance(v, str)])
def test_the_schema_refuses_what_we_refuse(value: Any) -> None:
    # What no schema can say: that one number is larger than another, that a word is a colour.
    beyond = [_with(["t", 0, "sg", 0, "to"], 100), _with(["t", 3, "sg", 0, "color"], "javascript:alert(1)")]
    beyond.append(_with(["m", "aspect"], "1:0"))
    if value not in beyond:
        assert not VALIDATOR.is_valid(value)


def test_the_schema_names_every_field_that_the_code_reads() -> None:
    fields = SCHEMA["$defs"]
    assert set(fields["clip"]["properties"]) == {"at"} | {
        {"d_ms": "d", "from_ms": "from", "to_ms": "to"}.get(name, name)
        for name in timeline.Clip.__slots__
        if name != "extra"
    }
    renamed = {"d_ms": "d", "from_ms": "from", "at_ms": "at", "fade_out_ms": "fade_out", "fade_in_ms": "fade_in"}
    renamed |= {"to_ms": "to"}
    for kind, cls in (("layer", timeline.Layer), ("sound", timeline.Sound), ("title", timeline.Title)):
        names = {renamed.get(n, n) for n in cls.__slots__ if n != "extra"} | {"to_end"}
        assert set(fields[kind]["properties"]) == names
    assert set(fields["meta"]["properties"]) == {n for n in timeline.Meta.__slots__ if n != "extra"}
    assert fields["sound"]["properties"]["loop"]["enum"] == [*music_names.TITLES, None]
