"""The edits, as frozen data. ``apply_edits`` holds what each of them does.

``clip`` is the number of a clip from 0, None: all of them. Each edit travels as ``{"edit": "trim", …}`` with the names
of its fields; ``from_json`` checks every value and raises BadRequest in plain words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from ..errors import BadRequest
from .draft import Part
from .edit_checks import CHECKS


@dataclass(frozen=True, slots=True)
class Edit:
    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if value is not None:
                object.__setattr__(self, f.name, CHECKS[f.name](value))
            elif f.default is not None:
                raise BadRequest(f"{f.name} must be given.", field=f.name)

    def to_json(self) -> dict[str, Any]:
        """Only what was said; what must be said comes first."""
        said = ((f.name, getattr(self, f.name)) for f in sorted(fields(self), key=lambda f: bool(f.kw_only)))
        plain = {name: asdict(v) if isinstance(v, Part) else v for name, v in said if v is not None}
        return {"edit": self.kind} | plain


@dataclass(frozen=True, slots=True)
class AddClip(Edit):
    """Puts a file on the video track, at the end or at place ``at``; a still is shown ``d_ms``."""

    kind: ClassVar[str] = "add_clip"
    media: str
    name: str = ""
    at: int | None = None
    d_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveClip(Edit):
    kind: ClassVar[str] = "remove_clip"
    clip: int


@dataclass(frozen=True, slots=True)
class MoveClip(Edit):
    kind: ClassVar[str] = "move_clip"
    clip: int
    at: int


@dataclass(frozen=True, slots=True)
class StillLength(Edit):
    """How long still pictures are shown."""

    kind: ClassVar[str] = "still_length"
    d_ms: int
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Trim(Edit):
    """Keeps the piece from ``start_ms`` to ``end_ms`` of the timeline (of one clip, if ``clip`` says which)."""

    kind: ClassVar[str] = "trim"
    start_ms: int | None = None
    end_ms: int | None = None
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class KeepLast(Edit):
    kind: ClassVar[str] = "keep_last"
    last_ms: int


@dataclass(frozen=True, slots=True)
class MaxDuration(Edit):
    """Cuts the end off if it is longer."""

    kind: ClassVar[str] = "max_duration"
    max_duration_ms: int


@dataclass(frozen=True, slots=True)
class Speed(Edit):
    """2.0 plays twice as fast as the file. The sound keeps its pitch."""

    kind: ClassVar[str] = "speed"
    speed: float
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Reverse(Edit):
    kind: ClassVar[str] = "reverse"
    on: bool = True
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Boomerang(Edit):
    """Forwards, then back, in twice the time."""

    kind: ClassVar[str] = "boomerang"
    on: bool = True
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Loop(Edit):
    kind: ClassVar[str] = "loop"
    loop: int


@dataclass(frozen=True, slots=True)
class Shape(Edit):
    """The canvas: its ``aspect`` and how pictures of another shape are fitted; "original" takes the wish back."""

    kind: ClassVar[str] = "shape"
    aspect: str | None = None
    fit: str | None = None


@dataclass(frozen=True, slots=True)
class CropTo(Edit):
    """Keeps a rectangle of the picture as it is seen now (after earlier crops and turns)."""

    kind: ClassVar[str] = "crop"
    x: int
    y: int
    w: int
    h: int
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Rotate(Edit):
    """Turns the picture clockwise, from how it stands now."""

    kind: ClassVar[str] = "rotate"
    rotate: int
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Flip(Edit):
    """Mirrors the picture as it stands now: left to right (horizontal) or top to bottom (vertical)."""

    kind: ClassVar[str] = "flip"
    flip: str
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Background(Edit):
    """A colour behind the picture, or "transparent"."""

    kind: ClassVar[str] = "background"
    background: str


@dataclass(frozen=True, slots=True)
class Grayscale(Edit):
    kind: ClassVar[str] = "grayscale"
    on: bool = True


@dataclass(frozen=True, slots=True)
class SetTransition(Edit):
    """How the clip goes over into the next one (None: all of them): "cut", "crossfade" (shown at once, so it gets
    shorter) or "fade" (through ``color``, black if not said), within ``d_ms`` (half a second if not said)."""

    kind: ClassVar[str] = "set_transition"
    transition: str
    clip: int | None = None
    d_ms: int | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Over(Edit):
    """What texts and layers have in common: their place (a position takes the place of both shares), their time (a
    start without an end lasts to the end), how they come and go. What is left out of a change stays."""

    position: str | None = None
    x_share: float | None = None
    y_share: float | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    fade_in_ms: int | None = None
    fade_out_ms: int | None = None
    slide: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLook(Over):
    color: str | None = None
    size: float | None = None
    outline: str | None = None


@dataclass(frozen=True, slots=True)
class AddText(TextLook):
    """Words over the picture; see ``draft.Title`` for the fields."""

    kind: ClassVar[str] = "add_text"
    text: str


@dataclass(frozen=True, slots=True)
class ChangeText(TextLook):
    """Restyles the text ``number`` (from 0)."""

    kind: ClassVar[str] = "change_text"
    number: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveText(Edit):
    """Takes one text away (its number from 0), or all."""

    kind: ClassVar[str] = "remove_text"
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLook(Over):
    """See ``draft.Layer`` for the fields. ``part`` is the piece of its picture that is shown."""

    width_share: float | None = None
    margin: float | None = None
    opacity: float | None = None
    angle: float | None = None
    shape: str | None = None
    part: Part | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    repeat: bool | None = None
    volume: float | None = None


@dataclass(frozen=True, slots=True)
class AddLayer(LayerLook):
    """Puts a file over the clips."""

    kind: ClassVar[str] = "add_layer"
    media: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ChangeLayer(LayerLook):
    """Changes the layer ``number`` (from 0, the lowest first)."""

    kind: ClassVar[str] = "change_layer"
    number: int


@dataclass(frozen=True, slots=True)
class MoveLayer(Edit):
    """Puts a layer at place ``at`` of the layers, 0 being the lowest."""

    kind: ClassVar[str] = "move_layer"
    number: int
    at: int


@dataclass(frozen=True, slots=True)
class RemoveLayer(Edit):
    """Takes one layer away (its number from 0), or all."""

    kind: ClassVar[str] = "remove_layer"
    number: int | None = None


@dataclass(frozen=True, slots=True)
class SetMusic(Edit):
    """Music under the whole picture, in place of any other: a built-in loop or a file. Without either it changes the
    volume of the music that is there, or takes the first built-in loop."""

    kind: ClassVar[str] = "music"
    loop_name: str | None = None
    media: str | None = None
    name: str | None = None
    volume: float | None = None
    fade_out_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RemoveMusic(Edit):
    kind: ClassVar[str] = "remove_music"


@dataclass(frozen=True, slots=True)
class Volume(Edit):
    """The volume of all that sounds, or of one clip."""

    kind: ClassVar[str] = "volume"
    volume: float
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Mute(Edit):
    """``on`` False lets everything sound again."""

    kind: ClassVar[str] = "mute"
    on: bool = True
    clip: int | None = None


@dataclass(frozen=True, slots=True)
class Rename(Edit):
    kind: ClassVar[str] = "rename"
    title: str


KINDS: dict[str, type[Edit]] = {
    kind.kind: kind
    for kind in (
        AddClip, RemoveClip, MoveClip, StillLength, Trim, KeepLast, MaxDuration, Speed, Reverse, Boomerang, Loop, Shape,
        CropTo, Rotate, Flip, Background, Grayscale, AddText, ChangeText, RemoveText, AddLayer, ChangeLayer, MoveLayer,
        RemoveLayer, SetTransition, SetMusic, RemoveMusic, Volume, Mute, Rename,
    )
}  # fmt: skip


def from_json(value: Any) -> Edit:
    """The edit that ``to_json`` wrote, or that a program sent; BadRequest names the field that is wrong."""
    if not isinstance(value, Mapping):
        raise BadRequest("An edit must be an object.", field="edit")
    kind = KINDS.get(str(value.get("edit")))
    if kind is None:
        raise BadRequest(f"There is no such edit; there are: {', '.join(KINDS)}.", field="edit")
    names = {f.name for f in fields(kind)}
    unknown = [str(k)[:40] for k in value if k not in names and k != "edit"]
    if unknown:
        raise BadRequest(
            f"The edit {kind.kind} has no {unknown[0]}; it has: {', '.join(sorted(names))}.", field=unknown[0]
        )
    try:
        return kind(**{k: v for k, v in value.items() if k != "edit"})
    except TypeError as error:
        raise BadRequest(f"The edit {kind.kind} lacks a value.", field="edit", detail=str(error)) from error
