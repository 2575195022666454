"""Measures how much a result looks like its source: SSIMULACRA2 on sampled frames, the worst frame, and shimmer.

``Judge`` looks at the composed source once and can then score many results. What is compared is what is shown: at the
middle of up to ``samples`` source frames spread evenly over the time, both pictures composited on mid-grey, a result of
another size scaled (Lanczos) to the source's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..goal import Quality
from ..media import Frame
from . import pixels
from .pixels import RGB, on_grey
from .ssimulacra2 import ssimulacra2
from .ssimulacra2 import warm as warm_metric

__all__ = ["Judge", "on_grey", "picks", "ssimulacra2", "warm"]

SAMPLES = 12


def picks(clock: Sequence[tuple[int, int]], samples: int = SAMPLES) -> list[int]:
    """Indices of the frames shown at the middles of ``samples`` equal shares of the time; ``clock`` is [(at, hold)]."""
    if not clock:
        return []
    starts = np.array([at for at, _ in clock], np.int64)
    total = clock[-1][0] + clock[-1][1]
    n = min(samples, len(clock))
    middles = (np.arange(n) + 0.5) * total / n
    return sorted({max(0, int(np.searchsorted(starts, t, side="right")) - 1) for t in middles})


class Judge:
    """The composed source, looked at once; scores any number of results.

    ``frames`` gives the source's frames anew at each call; it is run through once, and once before where ``length_us``,
    how long they take about, is not given (then there must be ``samples`` of them). Keeps about 6 bytes a pixel for
    each of ``samples`` frames and no others. Raises ValueError where there is no frame.
    """

    def __init__(
        self,
        frames: Callable[[], Iterable[Frame]],
        *,
        length_us: int | None = None,
        samples: int = SAMPLES,
        threads: int = 2,
    ) -> None:
        if length_us is None:
            clock = [(frame.at_us, frame.hold_us) for frame in frames()]
            length_us, samples = sum(clock[-1]) if clock else 0, min(samples, len(clock))
        self.threads = max(1, threads)
        self.clock: list[tuple[int, int]] = []
        self.picked: list[int] = []
        self._seen: dict[int, RGB] = {}
        middles = [(n + 0.5) * length_us / samples for n in range(samples)]
        frame: Frame | None = None
        for i, frame in enumerate(frames()):
            self.clock.append((frame.at_us, frame.hold_us))
            if any(frame.at_us <= middle < frame.at_us + frame.hold_us for middle in middles):
                self.picked.append(i)
            # The frame after each picked one is kept too: what does not change between the two must not in the result.
            if self.picked and i - self.picked[-1] < 2:
                self._seen[i] = on_grey(frame.rgba)
        if frame is None:
            raise ValueError("there is no frame to compare with")
        if not self.picked:  # it ends long before it was said to
            self.picked, self._seen = [i], {i: on_grey(frame.rgba)}
        first = self._seen[self.picked[0]]
        self.size = first.shape[1], first.shape[0]
        self._masks: dict[int, npt.NDArray[np.bool_]] | None = None

    def _middle(self, k: int) -> int:
        at, hold = self.clock[k]
        return at + hold // 2

    @property
    def _still(self) -> dict[int, npt.NDArray[np.bool_]]:
        """Which pixels stay as they are from a picked frame to the next, where any do."""
        if self._masks is None:
            pairs = [(k, self._seen[k], self._seen[k + 1]) for k in self.picked if k + 1 in self._seen]
            with ThreadPoolExecutor(self.threads) as pool:
                masks = pool.map(lambda pair: pixels.same(pair[1], pair[2]), pairs)
                self._masks = {k: mask for (k, _, _), mask in zip(pairs, masks, strict=True) if mask is not None}
        return self._masks

    def score(self, frames: Iterable[Frame], *, samples: int | None = None, shimmer: bool = True) -> Quality:
        """Quality of a result, given its frames in order. ``samples`` fewer than the judge's own makes a quick look:
        ``error`` is then the standard error of the mean over the frames not looked at."""
        picked = self.picked
        if samples is not None and samples < len(picked):
            picked = [picked[(2 * i + 1) * len(picked) // (2 * samples)] for i in range(samples)]
        wanted = set(picked)
        if shimmer:
            wanted |= {k + 1 for k in picked if k in self._still}
        found = self._shown(frames, sorted(wanted))

        def looked(k: int) -> tuple[float, float | None]:
            picture = self._fit(found[k])
            score = ssimulacra2(self._seen[k], picture)
            if not shimmer or k not in self._still:
                return score, None
            return score, pixels.apart(picture, self._fit(found[k + 1]), self._still[k])

        with ThreadPoolExecutor(self.threads) as pool:
            looks = list(pool.map(looked, picked))
        scores = [score for score, _ in looks]
        moved = [change for _, change in looks if change is not None]
        n, total = len(scores), len(self.clock)
        spread = float(np.std(scores, ddof=1)) if n > 1 else 0.0
        error = spread / n**0.5 * (1 - n / total) ** 0.5 if n < total else 0.0
        return Quality(
            mean=float(np.mean(scores)),
            worst=float(min(scores)),
            shimmer=float(np.mean(moved)) if moved else 0.0,
            samples=n,
            error=error,
            scores=tuple(zip(picked, (float(score) for score in scores), strict=True)),
        )

    def _shown(self, frames: Iterable[Frame], wanted: list[int]) -> dict[int, Frame]:
        """What the result shows at the middles of the source frames ``wanted`` (ascending)."""
        out: dict[int, Frame] = {}
        waiting = iter(wanted)
        k = next(waiting, None)
        last: Frame | None = None
        for frame in frames:
            while k is not None and last is not None and self._middle(k) < frame.at_us:
                out[k] = last
                k = next(waiting, None)
            last = frame
            if k is None:
                break
        if last is None:
            raise ValueError("the result has no frame")
        while k is not None:
            out[k] = last
            k = next(waiting, None)
        return out

    def _fit(self, frame: Frame) -> RGB:
        rgb = on_grey(frame.rgba)
        if (rgb.shape[1], rgb.shape[0]) != self.size:
            rgb = np.asarray(Image.fromarray(rgb).resize(self.size, Image.Resampling.LANCZOS))
        return rgb


def warm() -> None:
    """Compile every kernel of this room, or read it from numba's cache."""
    pixels.warm()
    warm_metric()
