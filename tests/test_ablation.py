"""The benchmark of heuristics switches off what is there, and puts it back."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from compressor.codecs import Shape, by_format
from compressor.search import candidates


@pytest.fixture
def ablation(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[1] / "benchmarks")
    return import_module("ablation")


def test_every_heuristic_can_be_off(ablation: object) -> None:
    for _, patches in ablation.HEURISTICS.values():  # type: ignore[attr-defined]
        with ablation.off(patches):  # type: ignore[attr-defined]
            pass


def test_it_is_off_while_it_lasts(ablation: object) -> None:
    codec, shape = by_format("mp4"), Shape(64, 48, 10, 1_000_000)
    usual = codec.guess(shape, 4000)
    with ablation.off(ablation.HEURISTICS["guess"][1]):  # type: ignore[attr-defined]
        assert codec.guess(shape, 4000) is None
    assert codec.guess(shape, 4000) == usual


def test_a_constant_gets_another_value(ablation: object) -> None:
    usual = candidates.STEP
    with ablation.off([ablation.constant("candidates.STEP=0.9")]):  # type: ignore[attr-defined]
        assert candidates.STEP == 0.9
    assert usual == candidates.STEP
    with pytest.raises(AttributeError), ablation.off([ablation.constant("candidates.NONE=1")]):  # type: ignore[attr-defined]
        pass
