"""Which encoders really open here, and who decides."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compressor import hardware, sandbox
from compressor.errors import BadRequest, EncoderFailure


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


def options_of(encoder: str) -> Callable[[str, str], int]:
    """FFmpeg's av_opt_set on a context of ``encoder`` that is not opened, so that no card is needed: below 0 for an
    option that it does not know, or a value that the option does not take."""
    import av

    assert av.codec.Codec("libx264", "w")
    with open("/proc/self/maps") as lines:
        places = {line.split(maxsplit=5)[5].strip() for line in lines if "/libav" in line}
    codec = ctypes.CDLL(next(p for p in places if "/libavcodec" in p))
    util = ctypes.CDLL(next(p for p in places if "/libavutil" in p))
    codec.avcodec_find_encoder_by_name.restype = codec.avcodec_alloc_context3.restype = ctypes.c_void_p
    codec.avcodec_alloc_context3.argtypes = [ctypes.c_void_p]
    util.av_opt_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
    found = codec.avcodec_find_encoder_by_name(encoder.encode())
    if not found:
        pytest.skip(f"this build of FFmpeg has no {encoder}")
    context = codec.avcodec_alloc_context3(found)
    search_children = 1
    return lambda name, value: util.av_opt_set(context, name.encode(), value.encode(), search_children)


@pytest.mark.skipif(sys.platform != "linux", reason="finds FFmpeg in /proc")
@pytest.mark.parametrize("crf", [15.0, 40.0])
@pytest.mark.parametrize("name", [n for names in hardware.CANDIDATES.values() for n in names])
def test_every_option_of_a_candidate_is_consumed(name: str, crf: float) -> None:
    # VideoToolbox is in Apple's builds alone; what it is given must be known to every encoder.
    put = options_of("libx264" if name.endswith("_videotoolbox") else name)
    for option, value in hardware.scaled(name, crf).items():
        assert put(option, value) >= 0, (option, value)
    assert put("nonesuch", "1") < 0


def test_an_option_that_an_encoder_does_not_know_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from compressor.codecs import h264, video_file
    from compressor.codecs.encoder_frames import planes
    from compressor.goal import Plan
    from compressor.media import Frame

    plan = Plan("mp4", 16, 16, None, {"crf": 30.0})
    frames = [Frame(np.zeros((16, 16, 4), np.uint8), 0, 100_000)]
    with pytest.raises(EncoderFailure, match="libx264 has no q:v"):
        video_file.write(
            tmp_path / "x.mp4",
            planes(frames, plan),
            spec=h264.CODEC.spec,
            encoder="libx264",
            options=h264.options(plan, "libx264") | {"q:v": "50"},
        )


def test_a_typo_is_refused_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for typo in ("h264_nvnec", "x264", "libaom-av1"):
        monkeypatch.setenv(hardware.VARIABLE, typo)
        with pytest.raises(BadRequest, match=f"“{typo}”.*h264_nvenc"):
            hardware.check_wish()


def test_the_report_says_what_was_asked_what_opened_and_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = {"h264_nvenc": "no device or no driver (Operation not permitted)", "libx264": ""}
    monkeypatch.setattr(hardware, "_fault", lambda name: faults.get(name, "this build of FFmpeg does not have it"))
    found = hardware.report("h264_nvenc")
    assert (found.asked, found.used) == ("h264_nvenc", "libx264")
    assert "h264_nvenc does not open: no device" in found.sentence()
    assert hardware.Report.from_json(found.to_json()) == found
    faults["h264_qsv"] = ""
    assert hardware.report("auto").used == "h264_qsv"
    assert [t.name for t in hardware.report("libx264").trials] == ["libx264"]


def test_a_child_reports_the_encoders_that_open_behind_the_restrictions() -> None:
    sandbox.encoders.cache_clear()
    assert sandbox.encoders().trials[-1] == hardware.Trial("libx264", False, "")
