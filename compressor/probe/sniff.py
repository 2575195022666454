"""Detects the type of a file by its first bytes; its name is not used."""

from __future__ import annotations

import mmap
import re

from ..errors import UnreadableMedia, UnsupportedMedia
from ..formats import taken

Data = bytes | memoryview | mmap.mmap

# Chunks or elements of one file. The largest film with small pieces has far fewer, and a file of empty ones
# would keep a probe busy for minutes: what comes after this many counts as missing.
MAX_PIECES = 200_000

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"mif2"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
_MOV_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

# Things that people do send, each with the word for it.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"FLV\x01", "a Flash video"),
    (b"FWS", "a Flash film"),
    (b"CWS", "a Flash film"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (b"\x00\x00\x01\xba", "an MPEG program stream"),
    (b"\x00\x00\x01\xb3", "an MPEG video stream"),
    (b"MThd", "a MIDI file"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"FUJIFILMCCD-RAW", "a camera's raw picture"),
    (b"IIU\x00", "a camera's raw picture"),
    (b"IIRO", "a camera's raw picture"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance picture"),
    (b"qoif", "a QOI picture"),
    (b"FLIF", "a FLIF picture"),
    (b"BPG\xfb", "a BPG picture"),
    (b"\x8aMNG\r\n\x1a\n", "an MNG animation"),
    (b"YUV4MPEG2", "raw video (Y4M)"),
    (b"DKIF", "a bare stream of pictures (IVF)"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "an MXF video"),
    (b"nut/multimedia container", "a NUT video"),
    (b".RMF", "a RealMedia file"),
    (b"\x1f\x07\x00", "a bare DV video"),
    (b"FORM", "an AIFF sound"),
    (b"#!AMR", "an AMR sound"),
    (b"caff", "a CAF sound"),
    (b"MAC ", "a Monkey's Audio sound"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_BARE = re.compile(
    rb"\x00?\x00\x00\x01(\x67|\x27|\x47|\x09|\x40\x01|\x42\x01|\x46\x01)"
)  # H.264's and HEVC's first units
_NETPBM = re.compile(rb"P[1-7fF]\s[\s\d#]")
_TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"#extm3u", "a playlist"),
    (b"ffconcat", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"<mpd", "a playlist"),
    (b"<smoothstreamingmedia", "a playlist"),
    (b"<smil", "a playlist"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


def sniff(data: Data) -> str:
    """One of MediaInfo's formats. Raises UnsupportedMedia for what we know and do not take, else UnreadableMedia."""
    head = bytes(data[:4096])
    found = _known(head)
    if found:
        return found
    for magic, words in _OTHERS:
        if head.startswith(magic):
            raise _unsupported(words)
    if any(len(head) > at + 2 * size and head[at] == head[at + size] == head[at + 2 * size] == 0x47
           for at, size in ((0, 188), (4, 192))):  # fmt: skip
        raise _unsupported("an MPEG transport stream")
    if _BARE.match(head):
        raise _unsupported("a bare stream of video, without the file around it")
    if _NETPBM.match(head):
        raise _unsupported("a PNM picture")
    if head.startswith(b"RIFF") and head[8:12] == b"ACON":
        raise _unsupported("an animated cursor")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, words in _TEXTS:
        if text.startswith(start):
            raise _unsupported(words)
    if text.startswith((b"<?xml", b"<!--", b"<!doctype")):
        inside = next((words for start, words in _TEXTS if start in text), "an XML document")
        raise _unsupported(inside)
    if head and not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        raise _unsupported("a text file")
    raise UnreadableMedia("This is not a picture, a video or a sound that can be read.")


def _unsupported(words: str) -> UnsupportedMedia:
    return UnsupportedMedia(f"This is {words}; send a {taken()}.")


def _known(head: bytes) -> str | None:
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "webp", b"AVI ": "avi", b"WAVE": "wav"}.get(head[8:12])
    if head.startswith(b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm" if re.search(rb"\x42\x82.?webm", head[:256], re.DOTALL) else "mkv"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _MOV_ATOMS:
        return "mov"
    return _sound(head)


def _by_brand(head: bytes) -> str | None:
    size = min(max(int.from_bytes(head[:4], "big"), 16), len(head))
    major, brands = head[8:12], {head[i : i + 4] for i in range(16, size - 3, 4)}
    if major in _AVIF_BRANDS or (major in _HEIF_BRANDS and brands & _AVIF_BRANDS):
        return "avif"
    if major in _HEIF_BRANDS:
        raise _unsupported("a HEIC picture")
    if major == b"crx ":
        raise _unsupported("a camera's raw picture")
    if major == b"qt  ":
        return "mov"
    if major in _SOUND_BRANDS:
        return "m4a"
    return "mp4"  # the brands are many; the demuxer says whether there is a film inside


def _sound(head: bytes) -> str | None:
    if head.startswith(b"ID3"):
        return "mp3"
    if len(head) > 4 and head[0] == 0xFF:
        if head[1] & 0xF6 == 0xF0:  # ADTS: layer bits are zero
            return "aac"
        layer, rate, sampling = head[1] & 0x06, head[2] >> 4, head[2] >> 2 & 3
        if head[1] & 0xE0 == 0xE0 and layer == 0x02 and 0 < rate < 15 and sampling < 3:
            return "mp3"
    return None
