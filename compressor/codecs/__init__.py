"""The protocol of all codecs: what the search needs to know of a format, and how a plan is encoded.

Each codec is a module with a constant ``CODEC`` (an object of the shape below); ``by_format`` finds it by the name that
a goal uses. The search knows no format: it turns one number, the codec's lever, and measures what comes out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from .. import formats
from ..errors import BadRequest
from ..formats import FormatSpec
from ..goal import Goal, Plan
from ..media import Frame

if TYPE_CHECKING:
    from ..decode import AudioBlock

Tick = Callable[[int], None]  # called with the number of frames finished so far; raises Cancelled to stop


@dataclass(frozen=True, slots=True)
class Lever:
    """One number that trades bytes for quality: a CRF, a λ, a quality 0-100.

    ``finest`` gives the most bytes, ``coarsest`` the fewest; either may be the greater number. ``slope`` is a first
    guess of d(ln bytes) / d(one unit), where a unit is one step of the number itself, or of its natural logarithm when
    ``log`` is set. ``step`` is the smallest difference (in the same unit) that changes the file. ``whole`` numbers are
    rounded before use. ``start`` is where the first attempt begins when nothing is known. ``unsure``: the slope is far
    flatter in some clips.
    """

    name: str
    finest: float
    coarsest: float
    start: float
    slope: float
    step: float = 0.25
    log: bool = False
    whole: bool = False
    unsure: bool = False

    def of(self, plan: Plan) -> float:
        """Where this stands in ``plan``."""
        return float(plan.settings[self.name])

    @property
    def fall(self) -> float:
        """``slope`` along ``place``: below zero."""
        return -abs(self.slope)

    def place(self, value: float) -> float:
        """``value`` on a scale on which coarser is greater, in the unit of ``slope``."""
        return (math.log(value) if self.log else value) * (1 if self.coarsest > self.finest else -1)

    def at(self, place: float) -> float:
        """The value at a place, or the nearest that there is."""
        raw = place * (1 if self.coarsest > self.finest else -1)
        return self.clamp(math.exp(min(raw, 700.0)) if self.log else raw)

    def clamp(self, value: float) -> float:
        low, high = sorted((self.finest, self.coarsest))
        value = min(max(value, low), high)
        for end in (low, high):
            if math.isclose(value, end, rel_tol=1e-9):  # logarithms do not come back to the very number
                value = end
        return float(round(value)) if self.whole else value


@dataclass(frozen=True, slots=True)
class Shape:
    """The facts of a composition that a plan depends on: pixels as they will be in the file, times in µs."""

    width: int
    height: int
    frame_count: int
    duration_us: int
    has_alpha: bool = False
    has_audio: bool = False
    source_format: str = ""  # of the first, as MediaInfo names it: a GIF is dithered, a film is not
    dithered: bool = False  # half-transparent areas have to be dithered (see ``one_bit_alpha``)


@dataclass(frozen=True, slots=True)
class CodecSettings:
    """The settings of one codec, typed; each codec derives its own. A plan has them as flat JSON, None left out."""

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Those of a plan; what it says of other things (sound, the prefilter, a card's encoder) is not looked at."""
        return cls(**{f.name: plan.settings[f.name] for f in fields(cls) if f.name in plan.settings})

    def to_json(self) -> dict[str, Any]:
        return {k: v for k, v in asdict(self).items() if v is not None}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a codec can beyond what its format can hold.

    ``finest_is_exact``: the lever's finest gives the very pixels, where the format can hold them. ``careful``: it knows
    ``care_frames``, frames with less of the lever than the others. ``cards``: an encoder of a graphics card may do it.
    ``least_side``: pixels; the encoder takes no less.
    """

    finest_is_exact: bool = False
    careful: bool = False
    cards: bool = False
    least_side: int = 1


@dataclass(frozen=True, slots=True)
class UsualBits:
    """How a lever goes with bits a pixel in clips like others: ``value`` at ``bits``, ``fold`` less for each factor of
    e, within ``least`` and ``most``."""

    bits: float
    value: float
    fold: float
    least: float
    most: float
    whole: bool = False


class Codec(Protocol):
    """What a codec module's ``CODEC`` offers. All methods are pure but ``prepare`` and ``encode``.

    A codec's class inherits from this one: what is said here of ``guess`` and those after it is what holds unless the
    codec knows better.
    """

    spec: FormatSpec  # the format that it writes
    codec: str  # what is in it, as MediaInfo names it; one of ``spec.codings``
    can: Capabilities = Capabilities()
    usual_bits: UsualBits | None = None
    carries: tuple[str, ...] = ()  # settings that stay good at another size or rate

    @property
    def format(self) -> str:
        """The goal's word."""
        return self.spec.name

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        """The plan to begin with: the lever at its start, or the lossless one when ``goal.lossless``."""

    def lever(self, plan: Plan) -> Lever | None:
        """The number that the search turns under this plan; None: this plan has only one outcome (lossless)."""

    def variant_bytes(self, value: float) -> float:
        """Of the plain plan's bytes at ``value`` of the lever those that a variant has, as a rule."""
        return 1.0

    def variants(self, plan: Plan, goal: Goal, shape: Shape) -> list[Plan]:
        """Other plans worth an attempt, the most promising first, same size and lever value; may be empty."""

    def idle(self, ready: Iterable[Any], plan: Plan, variant: Plan) -> bool:
        """Whether ``variant`` would give the file of ``plan`` again; ``ready`` is what ``prepare`` gave."""
        return False

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Iterable[Any]:
        """What is worth doing once for many attempts of one size: the answer goes to ``encode`` in place of frames.

        May return ``frames`` itself. It is restartable, and its memory is bounded (each codec states its bound).
        """

    def prepared_for(self, plan: Plan) -> Hashable:
        """Of ``plan`` what ``prepare`` depends on beside its size: plans of the same answer share what is prepared."""
        return None

    def sampled(self, plan: Plan) -> Plan:
        """The plan by which a sample of the frames is coded: ``plan`` without what takes long and moves few bytes."""
        return plan

    def carried(self, plan: Plan) -> dict[str, Any]:
        """The settings of ``plan`` that were found to be good and stay so at another size or rate."""
        return {name: plan.settings[name] for name in self.carries if name in plan.settings}

    def encode(
        self,
        frames: Iterable[Any],
        plan: Plan,
        out: Path,
        *,
        loop: int | None = None,
        tick: Tick | None = None,
        audio: Iterable[AudioBlock] | None = None,
    ) -> None:
        """Write ``out`` from Frames (or what ``prepare`` gave) of exactly ``plan.width`` x ``plan.height``.

        Times are kept exactly (to the format's own grain), the last frame's hold included. ``loop``: 0 for ever, N
        plays N times, None: the format's default (0). Raises EncoderFailure; what ``tick`` raises passes through;
        the caller removes a half-written ``out``.
        """

    def cleaned(self, data: bytes) -> bytes | None:
        """A picture file of this format without notes about it, its pixels untouched; None where its parts do not add
        up, or where nobody knows how."""
        return None

    def recoded(self, data: bytes) -> bytes:
        """What ``cleaned`` gave with the same content in fewer bytes, where somebody knows how."""
        return data

    def guess(self, shape: Shape, limit: int) -> float | None:
        """The lever's value at which a clip like others would fill ``limit`` bytes: a start, no more."""
        usual = self.usual_bits
        if usual is None:
            return None
        bits = 8.0 * limit / max(shape.width * shape.height * shape.frame_count, 1)
        value = usual.value - usual.fold * math.log(max(bits, 1e-9) / usual.bits)
        value = min(max(value, usual.least), usual.most)
        return float(round(value)) if usual.whole else value

    def quick(self, plan: Plan) -> Plan | None:
        """A cheaper plan whose bytes move with the lever as the real one's do."""
        return None

    def quick_share(self, quick: Plan) -> float:
        """Of the bytes of a ``quick`` plan those that the real one has."""
        return 1.0

    def two_passes(self, quick: Plan) -> bool:
        """Whether a ``quick`` plan may be the first of two passes: then ``encode`` takes a ``which`` (``passes.Pass``),
        where no card's encoder is asked for."""
        return False

    def second(self, plan: Plan, drawn: bool) -> Plan:
        """``plan`` for the second of two passes; ``drawn``: a program seems to have drawn the pictures."""
        return plan

    def fixed_bytes(self, shape: Shape) -> int | None:
        """What does not shrink with the pictures, where the rest goes with their pixels."""
        return None

    def fillers(self, ready: Iterable[Any], plan: Plan) -> list[Plan]:
        """Plans for where the lever leaps over a ceiling just above ``plan``; ``ready`` is what ``prepare`` gave."""
        return []


def by_format(name: str, codec: str | None = None) -> Codec:
    """The codec for a goal's format and ``codec`` (None: the format's usual one); loaded only when asked for. Raises
    BadRequest for an unknown name, or for a codec that the format may not hold."""
    spec = formats.output(name)
    if spec is None:
        raise BadRequest(f"Unknown format “{name}”. Known: {', '.join(formats.NAMES)}.", field="format")
    coding = spec.coding(codec)
    if coding is None:
        raise BadRequest(f"{spec.label} may not hold the codec “{codec}”.", field="codec")
    found: Codec = getattr(import_module(f"{__name__}.{coding.module}"), coding.constant)
    return found


def turned(codec: Codec, plan: Plan, value: float) -> Plan:
    """The same plan with the codec's lever at ``value`` (within its bounds)."""
    lever = codec.lever(plan)
    if lever is None:
        return plan
    value = lever.clamp(value)
    return replace(plan, settings=plan.settings | {lever.name: int(value) if lever.whole else value})
