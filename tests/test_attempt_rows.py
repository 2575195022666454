"""The attempts of a render as rows: what differs is named, neighbours of the same bytes are one row."""

from __future__ import annotations

from typing import Any

from gifweb.studio import attempt_rows


def told(size: int, quality: float | None = None, fits: bool = True, **settings: Any) -> dict[str, Any]:
    plan = {"width": 320, "height": 240, "format": "gif", "settings": settings}
    return {"fits": fits, "attempt": {"bytes": size, "plan": plan, "quality": quality and {"mean": quality}}}


def test_near_values_differ_and_the_lever_has_a_name() -> None:
    rows = attempt_rows.of(
        [told(900, lambda_=0.0933), told(800, lambda_=0.1016), told(700, lambda_=0.1016, colors=64)], 800, 71.0
    )
    assert [row.setting for row in rows] == ["loss 0.0933", "loss 0.1016", "loss 0.1016, colours 64"]
    assert [row.score for row in rows] == [None, 71.0, None]


def test_neighbours_of_the_same_bytes_are_one_row() -> None:
    same = [told(302, q=90.2, mixed=True), told(302, q=81.5, mixed=True), told(302, 88.0, q=73.48, mixed=True)]
    rows = attempt_rows.of([*same, told(172, q=-30.0, mixed=False)], 172, 80.0)
    assert [row.numbers for row in rows] == ["1–3", "4"]
    assert rows[0].setting == "q 90.2, some frames without loss … q 73.48, some frames without loss"
    assert rows[0].score == 88.0


def test_palettes_of_their_own_are_named() -> None:
    rows = attempt_rows.of([told(900, colors=48), told(800, colors=32, local=True)], None, None)
    assert [row.setting for row in rows] == ["colours 48", "colours 32, local palettes"]
