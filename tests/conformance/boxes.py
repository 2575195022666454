"""MP4, MOV, AVI and Matroska files changed by hand: what no muxer at hand writes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

Change = Callable[[bytes], bytes]
Maker = Callable[[Path], Path]
_ENTRY = 8 + 8 + 78  # of stsd: its own head, and the fixed part of one entry for pictures


def changed(path: Path, make: Maker, change: Change) -> Path:
    data = make(path).read_bytes()
    path.write_bytes(change(data))
    return path


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def parts(data: bytes) -> list[tuple[bytes, bytes]]:
    """(name, body) of each box; all have plain heads."""
    found, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + size]))
        at += size
    return found


def within(data: bytes, names: str, change: Change) -> bytes:
    """The same boxes with the body of those at the path ``names`` (moov/trak/…) changed. The index stands behind the
    pictures, so no offset moves."""
    first, _, rest = names.partition("/")
    out = b""
    for name, body in parts(data):
        if name == first.encode():
            body = within(body, rest, change) if rest else change(body)
        out += box(name, body)
    return out


def _entry(data: bytes, more: bytes) -> bytes:
    """``more`` boxes in the sample entry of the film."""

    def add(body: bytes) -> bytes:
        size = int.from_bytes(body[8:12], "big") + len(more)
        return body[:8] + struct.pack(">I", size) + body[12:] + more

    return within(data, "moov/trak/mdia/minf/stbl/stsd", add)


def clean_aperture(data: bytes) -> bytes:
    """64x48 of 96x64, in the middle."""
    return _entry(data, box(b"clap", struct.pack(">8I", 64, 1, 48, 1, 0, 1, 0, 1)))


def dolby_vision(profile: int) -> Change:
    """Dolby Vision's configuration: what the layer at hand is."""
    compatible = {5: 0, 8: 4}[profile]
    body = bytes([1, 0, profile << 1, 6 << 3 | 0b101, compatible << 4]) + bytes(19)
    return lambda data: _entry(data, box(b"dvcC" if profile < 8 else b"dvvC", body))


def movie_turned(data: bytes) -> bytes:
    """The movie, not its track, is turned by a quarter."""

    def turn(body: bytes) -> bytes:
        return body[:36] + struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30) + body[72:]

    return within(data, "moov/mvhd", turn)


def turned_45(data: bytes) -> bytes:
    cell = round(0.7071 * (1 << 16))

    def turn(body: bytes) -> bytes:
        return body[:40] + struct.pack(">9i", cell, cell, 0, -cell, cell, 0, 0, 0, 1 << 30) + body[76:]

    return within(data, "moov/trak/tkhd", turn)


def metadata_track(data: bytes) -> bytes:
    """A track of timecodes becomes one of timed metadata, as phones write them."""
    return data.replace(b"mhlrtmcd", b"mhlrmeta").replace(b"\x00\x00\x00\x00tmcd", b"\x00\x00\x00\x00mebx")


def frames_of_no_time(data: bytes) -> bytes:
    """Frames 3 and 4 begin with frame 5."""

    def table(body: bytes) -> bytes:
        count, unit = struct.unpack(">II", body[8:16])
        runs = [(2, unit), (2, 0), (count - 4, unit)]
        return body[:4] + struct.pack(">I", len(runs)) + b"".join(struct.pack(">II", *run) for run in runs)

    return within(data, "moov/trak/mdia/minf/stbl/stts", table)


def last_of_no_time(data: bytes) -> bytes:
    """The last frame has no duration of its own, as files of some phones."""

    def table(body: bytes) -> bytes:
        count, unit = struct.unpack(">II", body[8:16])
        return body[:4] + struct.pack(">5I", 2, count - 1, unit, 1, 0)

    return within(data, "moov/trak/mdia/minf/stbl/stts", table)


def far_negative_offset(data: bytes) -> bytes:
    """The first picture is shown half of the clock before it is decoded."""

    def table(body: bytes) -> bytes:
        return body[:12] + struct.pack(">I", 0x80000005) + body[16:]

    return within(data, "moov/trak/mdia/minf/stbl/ctts", table)


# ------------------------------------------------------------------------------- what stands around the film and index


def unknown_boxes(data: bytes) -> bytes:
    """Boxes of a maker behind the film and at the end."""
    return data + box(b"thma", bytes(40)) + box(b"SEFT", b"note")


def unknown_box_between(data: bytes) -> bytes:
    """A box of a maker between the pictures and their index."""
    at = data.rindex(b"moov") - 4
    return data[:at] + box(b"beam", b"inmd" + bytes(60)) + data[at:]


def notes_behind(data: bytes) -> bytes:
    """Something that is no box behind the last one."""
    return data + b"SEFH" + bytes(range(1, 90)) + b"SEFT"


def zeros_behind(data: bytes) -> bytes:
    return data + bytes(1000)


def no_file_type(data: bytes) -> bytes:
    """Old QuickTime files begin with what was "wide" or "mdat"; offsets stay."""
    size = int.from_bytes(data[:4], "big")
    return struct.pack(">I", size) + b"free" + bytes(size - 8) + data[size:]


def large_mdat(data: bytes) -> bytes:
    """Sizes of 64 bits; the "free" box before it makes room."""
    at = data.index(b"mdat") - 4
    assert data[at - 4 : at] == b"free"
    size = int.from_bytes(data[at : at + 4], "big")
    return data[: at - 8] + struct.pack(">I", 1) + b"mdat" + struct.pack(">Q", size + 8) + data[at + 8 :]


def strange_brand(data: bytes) -> bytes:
    return data[:8] + b"XAVC" + data[12:]


CHANGES: tuple[Change, ...] = (
    unknown_boxes, unknown_box_between, notes_behind, zeros_behind, no_file_type, large_mdat, strange_brand,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------- AVI and Matroska


def packed(path: Path, make: Maker) -> Path:
    """MPEG-4 as DivX packed it: a B-frame in the chunk of the frame that is shown after it, then an empty one."""
    data = make(path).read_bytes()
    begin = data.index(b"movi") + 4
    end = begin - 4 + int.from_bytes(data[begin - 8 : begin - 4], "little")
    frames, at = [], begin
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"00dc":
            frames.append(data[at + 8 : at + 8 + size])
        at += 8 + size + (size & 1)
    kinds = [frame[frame.index(b"\0\0\1\xb6") + 4] >> 6 for frame in frames]
    head = frames[0].index(b"\0\0\1\xb6")
    frames[0] = frames[0][:head] + b"\0\0\1\xb2DivX503b1393p" + frames[0][head:]
    out, number = [], 0
    while number < len(frames):
        if number + 1 < len(frames) and kinds[number] != 2 and kinds[number + 1] == 2:
            out += [frames[number] + frames[number + 1], b"\0\0\1\xb6\x51\x00\x00"]
            number += 2
        else:
            out.append(frames[number])
            number += 1
    body = b"".join(b"00dc" + struct.pack("<I", len(f)) + f + bytes(len(f) & 1) for f in out)
    made = data[: begin - 8] + struct.pack("<I", len(body) + 4) + b"movi" + body
    path.write_bytes(b"RIFF" + struct.pack("<I", len(made) - 8) + made[8:].replace(b"FMP4", b"DX50"))
    return path


def pixel_crop(path: Path, make: Maker) -> Path:
    """Sixteen columns and eight rows less at each side, where the colours were told."""
    data = make(path).read_bytes()
    at = data.index(b"\x55\xb0")
    size = 3 + (data[at + 2] & 0x7F)
    crop = b"\x54\xaa\x81\x08\x54\xbb\x81\x08\x54\xcc\x81\x10\x54\xdd\x81\x10"
    rest = size - len(crop)
    path.write_bytes(data[:at] + crop + b"\xec" + bytes([0x80 | rest - 2]) + bytes(rest - 2) + data[at + size :])
    return path


def backwards(path: Path, make: Maker) -> Path:
    """The sixth picture says that it is shown before the fifth."""
    data = bytearray(make(path).read_bytes())
    for moment in (500,):
        at = _block(data, moment)
        data[at : at + 2] = struct.pack(">h", 350)
    path.write_bytes(bytes(data))
    return path


def _block(data: bytearray, moment: int) -> int:
    """Where the time of the simple block of ``moment`` stands: behind its number of the track."""
    at = 0
    wanted = b"\x81" + struct.pack(">h", moment)
    while (at := data.index(wanted, at + 1)) > 0:
        for width in (1, 2, 3):
            if data[at - width - 1] == 0xA3:
                return at + 1
    raise ValueError(moment)
