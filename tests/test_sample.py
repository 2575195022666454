"""A dozen frames tell what a film will weigh, and nothing of it is left behind."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from compressor import engine
from compressor.codecs import turned
from compressor.search import bench as benches
from compressor.search import ceiling
from compressor.search.rehearsal import Glimpse

from . import media_made as made


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> benches.Bench:
    """The bench of a filmed-like clip of forty frames, of which nothing is encoded yet."""
    source = made.gif(tmp_path / "in.gif", made.scene(160, 120, 40, noise=12), 5)
    kept: list[benches.Bench] = []

    def within(stage: benches.Stage, limit: int) -> object:
        kept.append(benches.Bench(stage))
        raise KeyboardInterrupt

    job = engine.Job({"a": str(source)}, str(tmp_path / "o.mp4"), {"max_bytes": 90_000})
    monkeypatch.setattr(ceiling, "within", within)
    with pytest.raises(KeyboardInterrupt):
        engine.make(job, lambda event: None)
    return kept[0]


def test_a_glimpse_tells_the_bytes_and_the_looks_of_the_whole(bench: benches.Bench) -> None:
    plan = bench.codec.quick(bench.plan)
    assert plan is not None
    plans = [turned(bench.codec, plan, crf) for crf in (20.0, 32.0)]
    before = set(bench.stage.folder.iterdir())
    told = bench.sampler.glimpses(plans)
    assert set(bench.stage.folder.iterdir()) == before
    for plan, (weight, quality) in zip(plans, told, strict=True):
        alone = replace(plan, settings=plan.settings | {"threads": 1})
        whole = bench.encode(alone, tell=False)
        assert abs(math.log(weight / whole.bytes)) < 0.3
        looked = bench.look(whole).quality
        assert looked is not None
        assert abs(quality.mean - looked.mean) < 6
        whole.path.unlink()
    assert told[0][0] > told[1][0]
    assert told[0][1].mean > told[1][1].mean


def test_there_is_no_glimpse_of_what_is_short(bench: benches.Bench) -> None:
    assert Glimpse.of(bench, bench.plan, 26.0) is not None
    bench.shape = replace(bench.shape, frame_count=12)
    assert Glimpse.of(bench, bench.plan, 26.0) is None


def test_both_plans_can_be_glimpsed_at_once(bench: benches.Bench) -> None:
    quick = bench.codec.quick(bench.plan)
    assert quick is not None
    plain = turned(bench.codec, quick, 18.0)
    calm = replace(plain, settings=plain.settings | {"denoise": 1.0})
    (noisy, _), (quiet, _) = bench.sampler.glimpses([plain, calm])
    assert quiet < noisy
