"""When each picture is shown: gapless, never backwards, exact at the ends, whatever is done to the pace."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor.compose import retime
from compressor.compose.lazy_frame import Moment, Shot

PICTURE = Shot(np.zeros((1, 1, 4), np.uint8), lambda p: p)


def run(holds: Iterable[int], delays: bool = False) -> list[Moment]:
    moments, at = [], 0
    for hold in holds:
        moments.append(Moment(PICTURE, at, hold, hold // 10_000 if delays else None))
        at += hold
    return moments


def gapless(moments: list[Moment], length: int) -> None:
    at = 0
    for moment in moments:
        assert moment.at_us == at
        assert moment.hold_us > 0
        at += moment.hold_us
    assert at == length


holds = st.lists(st.integers(10_000, 400_000), min_size=1, max_size=60)


@given(holds, st.integers(0, 3_000_000), st.integers(1, 6_000_000))
def test_a_cut_is_as_long_as_asked(values: list[int], start: int, length: int) -> None:
    whole = sum(values)
    moments = list(retime.cut(run(values), start, start + length))
    left = min(whole, start + length) - min(start, whole)
    if left > 0 and left >= retime.SLIVER_US:
        gapless(moments, left)
    else:
        assert len(moments) == 1


def test_a_cut_of_nothing_but_slivers_is_as_long_as_asked() -> None:
    gapless(list(retime.cut(run([40_000, 40_000]), 37_000, 43_000)), 6_000)


@given(holds, st.floats(0.1, 8))
def test_speed_divides_the_time_without_drift(values: list[int], speed: float) -> None:
    moments = list(retime.at_speed(run(values), speed))
    gapless(moments, round(sum(values) / speed))
    assert len(moments) == len(values)


@given(holds, st.floats(1, 60))
def test_dropping_keeps_the_times_of_what_stays(values: list[int], fps: float) -> None:
    before = run(values)
    after = list(retime.at_most(before, fps))
    gapless(after, sum(values))
    assert {m.at_us for m in after} <= {m.at_us for m in before}
    assert len(after) <= sum(values) / 1e6 * fps + 2


@given(holds, st.integers(1, 7))
def test_every_nth(values: list[int], nth: int) -> None:
    before = run(values)
    after = list(retime.every(before, nth))
    gapless(after, sum(values))
    assert [m.at_us for m in after] == [m.at_us for m in before[::nth]]


@given(holds, st.integers(1, 8_000_000))
def test_made_long_is_that_long(values: list[int], length: int) -> None:
    moments = list(retime.made_long(run(values), length))
    assert abs(sum(m.hold_us for m in moments) - length) < 2_000 or len(moments) == 1
    gapless(moments, sum(m.hold_us for m in moments))


@given(holds, st.lists(st.integers(0, 4_000_000), max_size=5))
def test_splitting_changes_no_time(values: list[int], edges: list[int]) -> None:
    moments = list(retime.split(run(values), edges))
    gapless(moments, sum(values))
    assert len(moments) <= len(values) + len(edges)


@pytest.mark.parametrize(
    ("source", "target", "expected"), [(30, 30, 60), (30, 15, 30), (60, 20, 40), (25, 60, 50), (30, 12, 24)]
)
def test_the_rate_comes_out_as_asked(source: int, target: int, expected: int) -> None:
    edges = [round(n * 1_000_000 / source) for n in range(2 * source + 1)]
    moments = run(b - a for a, b in pairwise(edges))
    assert len(list(retime.at_most(moments, target))) == expected


def test_times_that_a_container_rounded_to_milliseconds_lose_no_frame() -> None:
    edges = [round(n * 1000 / 60) * 1000 for n in range(121)]
    moments = run(b - a for a, b in pairwise(edges))
    assert len(list(retime.at_most(moments, 60))) == 120


def test_whole_frames_keep_their_delays_and_a_cut_one_does_not() -> None:
    moments = list(retime.cut(run([100_000] * 5, delays=True), 50_000, 400_000))
    assert [m.delay_cs for m in moments] == [None, 10, 10, 10]
    assert [m.hold_us for m in moments] == [50_000, 100_000, 100_000, 100_000]


def test_no_frame_of_a_moment_is_left_by_a_cut_beside_its_edge() -> None:
    moments = list(retime.cut(run([33_333] * 30), 33_334, 1_000_000 - 33_333 + 3))
    assert min(m.hold_us for m in moments) > 30_000
    gapless(moments, 1_000_000 - 33_333 + 3 - 33_334)


def test_a_gif_never_gets_frames_that_browsers_slow_down() -> None:
    moments = list(retime.unhurried(run([16_667] * 60), 19_500))
    assert all(m.hold_us >= 20_000 for m in moments)
    gapless(moments, 16_667 * 60)


def test_a_piece_beyond_the_end_is_the_last_picture() -> None:
    assert len(list(retime.cut(run([100_000] * 3), 900_000, 1_200_000))) == 1


def test_what_stays_after_a_burst_is_what_stayed_before() -> None:
    """A picture shown for a second is not given up for one of a millisecond that begins in the same slot."""
    shots = [Shot(np.zeros((1, 1, 4), np.uint8), lambda p: p) for _ in range(3)]
    times = [(0, 1000), (1000, 1000), (2000, 998_000)]
    frames = [Moment(shot, at, hold) for shot, (at, hold) in zip(shots, times, strict=True)]
    (kept,) = retime.at_most(frames, 60.0)
    assert (kept.shot, kept.at_us, kept.hold_us) == (shots[2], 0, 1_000_000)
    assert next(iter(retime.no_more_than(frames, 1, 1_000_000))).shot is shots[2]
    assert next(iter(retime.every(frames, 3))).shot is shots[0]
