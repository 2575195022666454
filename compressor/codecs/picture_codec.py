"""What the codecs of moving pictures share: frames are held to the plan, sides to what the format can say."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EncoderFailure
from ..goal import Plan
from ..media import Frame
from . import Codec, Tick

if TYPE_CHECKING:
    from ..decode import AudioBlock


class PictureCodec(Codec):
    """A codec that takes whole frames one after the other; ``most_side`` is in pixels."""

    most_side: int

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Iterable[Any]:
        return frames

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
        if max(plan.width, plan.height) > self.most_side:
            raise EncoderFailure(f"{self.spec.label} can be {self.most_side:,} pixels wide or high at most.")
        if not self.spec.animated:
            frames = islice(frames, 1)
        if not self.write(_counted(frames, plan, tick), plan, out, loop or 0):
            raise EncoderFailure("There is no frame to write.")

    @abstractmethod
    def write(self, frames: Iterator[Frame], plan: Plan, out: Path, loop: int) -> int:
        """Write ``out``, which plays ``loop`` times (0: for ever); answers how many pictures it has, and writes nothing
        where there is none."""


def _counted(frames: Iterable[Frame], plan: Plan, tick: Tick | None) -> Iterator[Frame]:
    for number, frame in enumerate(frames):
        if frame.rgba.shape != (plan.height, plan.width, 4):
            raise EncoderFailure("A frame has another size than the plan.", detail=f"{frame.rgba.shape}")
        yield frame
        if tick is not None:
            tick(number + 1)
