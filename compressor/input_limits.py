"""Limits on input files: one frozen object, checked against the probe before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import OverLimit
from .media import MediaInfo

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one source and for the process that touches it; the names carry the units."""

    max_bytes: int = 200 * MB
    max_side: int = 16_384
    max_frame_pixels: int = 50_000_000
    max_frames: int = 20_000
    max_total_pixels: int = 8_000_000_000  # sum of width * height over all frames
    max_duration_ms: int = 60 * 60 * 1000
    child_memory_bytes: int = 6 * 1024 * MB  # address space
    child_cpu_s: int = 900
    child_file_bytes: int = 1000 * MB  # one file
    child_disk_bytes: int = 8000 * MB  # all files together; frames kept to be played backwards take the most
    child_files: int = 1000
    child_threads: int = 512
    child_nice: int = 5  # pages come first
    wall_s: int = 600

    def check_bytes(self, size: int) -> None:
        if size > self.max_bytes:
            raise OverLimit(
                f"The file is larger than {self.max_bytes // MB} MB, which is the most. A shorter piece would do.",
                max_bytes=self.max_bytes,
                bytes=size,
            )

    def check(self, info: MediaInfo) -> None:
        """Raise OverLimit in plain words if ``info`` is beyond any ceiling."""
        self.check_bytes(info.bytes)
        if info.kind == "audio":
            if info.duration_ms > self.max_duration_ms:
                raise OverLimit(
                    f"The sound is longer than {self.max_duration_ms // 60_000} minutes, which is the most."
                )
            return
        pixels = info.width * info.height
        if max(info.width, info.height) > self.max_side or pixels > self.max_frame_pixels:
            raise OverLimit(
                f"The picture is too large ({info.width} x {info.height}): {self.max_side:,} pixels a side and "
                f"{self.max_frame_pixels // 1_000_000} million in all are the most. Scale it down or crop it first."
            )
        if info.frames > self.max_frames:
            raise OverLimit(
                f"It has more than {self.max_frames:,} frames, which is the most. A shorter piece would do."
            )
        if pixels * max(info.frames, 1) > self.max_total_pixels:
            raise OverLimit(
                f"All frames together have {pixels * info.frames // 1_000_000:,} million pixels; "
                f"{self.max_total_pixels // 1_000_000:,} million are the most. Send a shorter piece."
            )
        if info.duration_ms > self.max_duration_ms:
            raise OverLimit(
                f"It is longer than {self.max_duration_ms // 60_000} minutes, which is the most. Send a shorter piece."
            )
