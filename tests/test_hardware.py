"""Which encoders really open here, and who decides."""

from __future__ import annotations

import pytest

from compressor import hardware
from compressor.errors import BadRequest


def test_software_is_always_among_those_that_work() -> None:
    found = hardware.encoders()
    assert {"libx264", "libsvtav1"} <= {e.name for e in found}
    assert all(e.hardware == (e.name not in hardware.SOFTWARE.values()) for e in found)
    assert hardware.encoders() == found


def test_an_encoder_that_is_not_there_does_not_work() -> None:
    assert not hardware.works("h264_nonesuch")
    assert hardware.works("libx264")


def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(hardware.VARIABLE, "libx264")
    assert hardware.choose("h264", pixels=10**12) == "libx264"
    monkeypatch.setenv(hardware.VARIABLE, "h264_bogus")
    with pytest.raises(BadRequest):
        hardware.choose("h264")
    monkeypatch.delenv(hardware.VARIABLE)
    assert hardware.choose("h264", pixels=1000) == "libx264"


def test_a_known_encoder_that_does_not_open_gives_the_software(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "works", lambda name: False)
    assert hardware.choose("h264", wish="h264_nvenc") == "libx264"


@pytest.mark.parametrize("name", [n for names in hardware.CANDIDATES.values() for n in names])
def test_every_candidate_has_options_for_the_scale(name: str) -> None:
    coarse, fine = hardware.scaled(name, 40), hardware.scaled(name, 15)
    assert coarse
    assert coarse.keys() == fine.keys()
    assert coarse != fine
