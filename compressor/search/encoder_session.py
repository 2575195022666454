"""What a search works with: temporary files, compositions by size, and how a plan is encoded, weighed and looked at."""

from __future__ import annotations

import glob
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import formats
from ..codecs import Codec, Shape, one_bit_alpha
from ..codecs.two_pass import Pass, Stats
from ..errors import EncoderFailure
from ..events import Said, Tried
from ..goal import Attempt, Goal, Plan, Quality
from ..media import Frame
from ..progress import Progress

if TYPE_CHECKING:
    from ..compose import Composition
    from ..quality import Judge
    from .glimpse import Runs, Sampler

LOOK_PIXELS = 6_000_000  # of the source, looked at per attempt
FEWEST_LOOKS, MOST_LOOKS = 4, 12
LOOK_SHARE = 0.3  # of a usual pass over all frames, as progress counts: a quick encode, or a look
SIDE_BY_SIDE_PIXELS = 120_000_000  # in all, up to which what is prepared for several plans is kept


class TempFile:
    """A file of a workspace, and all that an encoder writes beside it under the same beginning of a name. It is removed
    when nothing refers to it any more, so an attempt that loses needs no clearing away."""

    __slots__ = ("__weakref__", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, _remove, path)

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size


class Workspace:
    """Temporary files ``folder/name.1.part``, ``folder/name.2.part`` and so on."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._number = folder, name, 0

    def file(self) -> TempFile:
        """Another file; nothing is written yet."""
        self._number += 1
        return TempFile(self._folder / f"{self._name}.{self._number}.part")

    def close(self) -> None:
        """Remove every file of this workspace that is still there."""
        for left in self._folder.glob(f"{glob.escape(self._name)}.*.part*"):
            left.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    for left in path.parent.glob(f"{glob.escape(path.name)}*"):
        left.unlink(missing_ok=True)


@dataclass
class Made:
    """An attempt and its file, which lives as long as this does."""

    attempt: Attempt
    file: TempFile
    fps: float | None = None
    stats: Stats | None = None  # of a first pass, for a second one

    @property
    def path(self) -> Path:
        return self.file.path

    @property
    def plan(self) -> Plan:
        return self.attempt.plan

    @property
    def bytes(self) -> int:
        return self.attempt.bytes

    @property
    def quality(self) -> Quality | None:
        return self.attempt.quality


def best_of(key: Callable[[Made], float], first: Made | None, *others: Made | None) -> Made | None:
    """The attempt with the greatest ``key``, of equal ones the first; None where there is none."""
    made = [one for one in (first, *others) if one is not None]
    return max(made, key=key, default=None)


def most_bytes(made: Made) -> float:
    """Within a ceiling more bytes is finer."""
    return made.bytes


def fewest_bytes(made: Made) -> float:
    return -made.bytes


@dataclass
class Best:
    """What the search came to. ``fits`` False: the closest; ``would_fit`` says what would."""

    made: Made
    attempts: list[Attempt]
    composition: Composition
    fits: bool = True
    would_fit: str = ""
    below: str = ""  # why the quality that was asked for is not reached


@dataclass
class Stage:
    """Everything a search shares: how to compose at a size, where to write, who is told, what was tried."""

    compose: Callable[[tuple[int, int] | None, float | None], Composition]  # (size, fps)
    codec: Codec
    goal: Goal
    workspace: Workspace
    progress: Progress
    encoder: str = ""
    source_format: str = ""
    source_bytes: int = 0  # of the one source that this shows from its beginning to its end, else 0
    max_bytes: int | None = None
    sound: bool = True
    size: tuple[int, int] | None = None  # what to begin with where no size and no rate were asked for
    fps: float | None = None
    reference: Composition | None = None  # what results are compared with, where ``whole`` is made even
    attempts: list[Attempt] = field(default_factory=list)
    runs: Runs | None = None  # of frames, which samples are made of
    _judge: Judge | None = None
    _whole: Composition | None = None

    @property
    def whole(self) -> Composition:
        """The composition as it was asked for: what every result is compared with."""
        if self._whole is None:
            self._whole = self.compose(self.size, self.fps)
        return self._whole

    def close(self) -> None:
        """Let go of what the compositions keep, and of every temporary file."""
        self.workspace.close()
        for kept in (self._whole, self.reference):
            if kept is not None:
                kept.close()

    def judge(self) -> Judge:
        from ..quality import Judge

        if self._judge is None:
            pixels = self.whole.width * self.whole.height
            looks = min(max(LOOK_PIXELS // max(pixels, 1), FEWEST_LOOKS), MOST_LOOKS)
            shown = self.reference or self.whole
            self._judge = Judge(shown.frames, length_us=shown.duration_us, samples=min(looks, shown.frame_count))
        return self._judge

    @property
    def same_format(self) -> bool:
        """The source is of the kind that is made."""
        return formats.same_kind(self.source_format, self.codec.format)

    @cached_property
    def glass(self) -> float:
        """The largest part of a picture that is half transparent and cannot be in this format; 0 where all can. Sources
        with one bit of alpha have none, and what scaling makes of their edges is cut off."""
        from ..quality import picks

        full = [i for i in self.whole.infos if i.has_alpha and formats.INPUTS[i.format].alpha == "full"]
        if self.codec.spec.alpha != "one bit" or not self.whole.has_alpha or not full:
            return 0.0
        wanted = picks(self.whole.clock(), FEWEST_LOOKS)
        return max(one_bit_alpha.share(f.rgba) for number, f in enumerate(self.whole.frames()) if number in wanted)

    def tried(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        fits = self.max_bytes is None or attempt.bytes <= self.max_bytes
        self.progress.tell(Tried(attempt=attempt.to_json(), number=len(self.attempts), fits=fits))


class Bench:
    """One composition at one size: its frames are prepared once and encoded as often as the search needs."""

    def __init__(self, stage: Stage, size: tuple[int, int] | None = None, fps: float | None = None) -> None:
        self.stage = stage
        self.codec = stage.codec
        self.fps = fps
        whole = stage.whole
        same = (size is None or size == (whole.width, whole.height)) and fps in (None, stage.fps)
        self.composition = whole if same else stage.compose(size, fps if fps is not None else stage.fps)
        c = self.composition
        facts = c.frame_count, c.duration_us, c.has_alpha, c.has_audio
        self.shape = Shape(c.width, c.height, *facts, stage.source_format, stage.glass > 0)
        plan = self.codec.plan(stage.goal, self.shape)
        if stage.encoder:
            plan = replace(plan, settings=plan.settings | {"encoder": stage.encoder})
        self.plan = replace(plan, fps=fps if fps is not None else stage.fps)
        self._prepared: dict[Any, Iterable[Any]] = {}

    @cached_property
    def sampler(self) -> Sampler:
        """Samples of these frames."""
        from .glimpse import Sampler

        return Sampler(self)

    def frames(self, plan: Plan) -> Iterable[Any]:
        key = self.codec.prepared_for(plan)
        if key not in self._prepared:
            if self.pixels > SIDE_BY_SIDE_PIXELS:
                self._prepared.clear()  # one at a time: the memory bound is each codec's own
            self._prepared[key] = self.codec.prepare(self.composition, plan)
        return self._prepared[key]

    @property
    def pixels(self) -> int:
        """Of all frames."""
        return self.shape.width * self.shape.height * self.shape.frame_count

    def variants(self, plan: Plan) -> list[Plan]:
        """The codec's other plans, but for those that would give the file of ``plan`` again."""
        found = self.codec.variants(plan, self.stage.goal, self.shape)
        return [other for other in found if not self.codec.idle(self.frames(plan), plan, other)]

    def encode(self, plan: Plan, *, share: float = 1.0, tell: bool = True, which: Pass | None = None) -> Made:
        """Encode ``plan`` to a file of its own; ``which``: of two passes. An encoder that fails is replaced by the
        software's, once, and said."""
        stage = self.stage
        if not stage.encoder:
            plan = _without_encoder(plan)  # it may have failed since the plan was made
        out = stage.workspace.file()
        begun = time.perf_counter()
        try:
            self._encode(plan, out.path, share, which)
        except EncoderFailure:
            if not plan.settings.get("encoder"):
                raise
            text = f"The encoder {plan.settings['encoder']} failed; this is made by the processor instead."
            stage.progress.tell(Said(text=text, code="encoder_fallback"))
            stage.encoder = ""
            self.plan, plan = _without_encoder(self.plan), _without_encoder(plan)
            self._encode(plan, out.path, share)
        seconds = time.perf_counter() - begun
        made = Made(Attempt(plan, out.bytes, seconds), out, self.fps, which.stats if which else None)
        if tell:
            stage.tried(made.attempt)
        return made

    @property
    def _sounds(self) -> bool:
        return self.codec.spec.sound is not None and self.composition.has_audio and self.stage.sound

    def sound_bytes(self, plan: Plan) -> float:
        """What the sound of ``plan`` takes, about."""
        if not self._sounds:
            return 0.0
        return float(plan.settings["audio_bitrate"]) / 8 * self.shape.duration_us / 1e6

    def _encode(self, plan: Plan, out: Path, share: float, which: Pass | None = None) -> None:
        stage = self.stage
        more = {"which": which} if which is not None else {}
        self.codec.encode(
            self.frames(plan),
            plan,
            out,
            loop=self.composition.loop,
            tick=stage.progress.ticker("encoding", self.shape.frame_count, share),
            audio=self.composition.audio() if self._sounds else None,
            **more,
        )

    def trial(self, plan: Plan) -> Made:
        """A quick ``plan`` encoded to be weighed and glanced at, not told; where the codec has two passes, as the first
        of them."""
        first = None
        if self.codec.two_passes(plan) and not self.stage.encoder:
            file = self.stage.workspace.file()
            first = Pass(Stats(file.path, file))
        return self.encode(plan, share=LOOK_SHARE, tell=False, which=first)

    def glance(self, made: Made, samples: int) -> Quality:
        """The quality of a file as few frames tell it."""
        quality = self.stage.judge().score(_shown(made), samples=samples, shimmer=False)
        self.stage.progress.passed(LOOK_SHARE)
        return quality

    def look(self, made: Made) -> Made:
        """The same with its quality measured against the whole composition."""
        if made.attempt.quality is not None:
            return made
        judge = self.stage.judge()
        begun = time.perf_counter()
        quality = judge.score(_shown(made))
        self.stage.progress.passed(2 * LOOK_SHARE)
        seconds = made.attempt.seconds + time.perf_counter() - begun
        attempt = replace(made.attempt, quality=quality, seconds=seconds)
        if made.attempt in self.stage.attempts:
            self.stage.attempts[self.stage.attempts.index(made.attempt)] = attempt
        made.attempt = attempt
        return made


def _without_encoder(plan: Plan) -> Plan:
    return replace(plan, settings={k: v for k, v in plan.settings.items() if k != "encoder"})


def _shown(made: Made) -> Iterator[Frame]:
    from .. import decode
    from ..probe import probe

    return decode.frames(made.path, probe(made.path, ours=True))
