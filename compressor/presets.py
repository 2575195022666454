"""What the places where people post animations allow, as data: each rule with its source and the date it was read.

``goal_for`` turns a preset into wishes, ``validate`` says of a finished file, rule by rule, whether it would be taken.
Marks: ``P`` the platform's own document, ``S`` a third party, ``U`` unverified or conflicting (shown as such; where
sources conflict the stricter figure is used). A byte limit is what the row says: KB is 1,000 bytes, KiB is 1,024.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import BadRequest
from .media import MediaInfo

Mark = Literal["P", "S", "U"]
READ_ON = "2026-11-22"
KB, MB, KIB, MIB = 1000, 1_000_000, 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Preset:
    """One place. ``formats`` are what it takes, the first is what we make. ``width`` x ``height`` are exact;
    ``max_width`` x ``max_height`` are ceilings; ``suggested`` are customary and not a rule. ``long_side`` is exact for
    the longer side. ``loop`` is what we ask of the file: 0 for ever, None no opinion. ``marks`` says how sure each
    rule is where it is not ``mark``."""

    name: str
    title: str
    formats: tuple[str, ...]
    source: str
    date: str
    mark: Mark
    max_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    min_width: int | None = None
    min_height: int | None = None
    suggested: tuple[int, int] | None = None
    sizes: tuple[tuple[int, int], ...] = ()
    long_side: int | None = None
    square: bool = False
    max_pixels: int | None = None
    max_total_pixels: int | None = None  # width * height * frames
    min_aspect: float | None = None
    max_aspect: float | None = None
    max_frames: int | None = None
    min_fps: float | None = None
    max_fps: float | None = None
    below_fps: float | None = None
    min_frame_ms: int | None = None
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    stop_after_ms: int | None = None
    loop: int | None = None
    audio: bool | None = None  # False: must have none
    codec: str | None = None
    marks: dict[str, Mark] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and how a file stands to it. ``want`` and ``got`` are plain words; ``mark`` is how sure the rule is."""

    name: str
    passed: bool
    want: str
    got: str
    mark: Mark


_ADS = (
    "200x200 240x400 250x250 250x360 300x250 336x280 580x400 120x600 160x600 300x600 300x1050 468x60 728x90 930x180 "
    "970x90 970x250 980x120 300x50 320x50 320x100"
)
_AD_SIZES = tuple((int(a), int(b)) for a, b in (pair.split("x") for pair in _ADS.split()))
_DISCORD = "discord-api-docs, resources/{} (commit c98d64bc, 2026-08-06)"

_ALL = (
    Preset(
        "discord-emoji", "Discord emoji", ("gif", "webp", "avif", "png", "jpeg"), _DISCORD.format("emoji.mdx"), READ_ON, "P",
        max_bytes=256 * KIB, width=128, height=128, loop=0, marks={"dimensions": "S"}, note="Served as WebP.",
    ),
    Preset(
        "discord-sticker", "Discord sticker", ("apng", "gif", "png"), _DISCORD.format("sticker.mdx"), READ_ON, "P",
        max_bytes=512 * KIB, width=320, height=320, max_duration_ms=5000, loop=0, note="WebP is not listed.",
    ),
    Preset(
        "discord-attachment", "Discord attachment", ("mp4", "gif", "webm", "webp", "apng", "avif", "png"),
        _DISCORD.format("reference.mdx").replace("resources/", ""), READ_ON, "P", max_bytes=10 * MIB,
        note="The default for all users; more with Nitro or boosts.",
    ),
    Preset(
        "slack-emoji", "Slack emoji", ("gif", "png", "jpeg"), "makeemoji.com (2026-03), xconvert (2026-05)", READ_ON, "S",
        max_bytes=128 * KB, width=128, height=128, max_frames=50, loop=0, marks={"frames": "U"},
        note="Older guides say 64 KB; some workspaces still refuse more.",
    ),
    Preset(
        "github-attachment", "GitHub attachment", ("gif", "mp4", "png", "webm", "mov", "jpeg"),
        "github/docs, attaching-files.md (commit 02ac71cd)", READ_ON, "P", max_bytes=10 * MB, codec="h264",
        marks={"codec": "P"}, note="Videos up to 100 MB on paid plans; H.264 is recommended.",
    ),
    Preset(
        "github-readme-proxied", "Picture in a GitHub readme, through its proxy", ("gif",),
        "atmos/camo readme: the default of CAMO_LENGTH_LIMIT", READ_ON, "P", max_bytes=5 * MB, marks={"bytes": "U"},
        note="GitHub's own figure is not published; under 5 MB is safe.",
    ),
    Preset(
        "x-gif", "X (Twitter) GIF", ("gif",), "xdevplatform/docs, best-practices.mdx (commit 28713281, 2026-08-22)",
        READ_ON, "P", max_bytes=15 * MB, max_width=1280, max_height=1080, max_frames=350, max_total_pixels=300_000_000,
        note="One GIF per post.",
    ),
    Preset(
        "x-video", "X (Twitter) video", ("mp4",), "xdevplatform/docs, best-practices.mdx (commit 28713281, 2026-08-22)",
        READ_ON, "P", max_bytes=512 * MB, min_width=32, min_height=32, max_width=1280, max_height=1024,
        suggested=(1280, 720), min_aspect=1 / 3, max_aspect=3.0, min_duration_ms=500, max_duration_ms=140_000, max_fps=60.0,
        codec="h264",
    ),
    Preset(
        "whatsapp-sticker", "WhatsApp sticker", ("webp",), "WhatsApp/stickers, Android readme (commit 06144a1, 2025-11-07)",
        READ_ON, "P", max_bytes=500 * KB, width=512, height=512, min_frame_ms=8, max_duration_ms=10_000, loop=0,
        note="Playback ends on the first frame: it should say it all.",
    ),
    Preset(
        "whatsapp-video", "WhatsApp video", ("mp4",), "AWS social messaging user guide; VTEX help", READ_ON, "S",
        max_bytes=16 * MB, codec="h264",
    ),
    Preset(
        "telegram-sticker", "Telegram video sticker", ("webm",), "a copy of core.telegram.org/stickers", READ_ON, "S",
        max_bytes=256 * KB, long_side=512, max_duration_ms=3000, max_fps=30.0, loop=0, audio=False, codec="vp9",
    ),
    Preset(
        "telegram-emoji", "Telegram video emoji", ("webm",), "a copy of core.telegram.org/stickers", READ_ON, "S",
        max_bytes=256 * KB, width=100, height=100, max_duration_ms=3000, max_fps=30.0, loop=0, audio=False, codec="vp9",
    ),
    Preset(
        "twitch-emote-animated", "Twitch animated emote", ("gif",), "Elgato's documents; a copy of Twitch help", READ_ON, "S",
        max_bytes=1 * MB, square=True, width=112, height=112, max_frames=60, loop=0,
        note="112 px serves both ways of uploading; at most 3 flashes a second; the first frame is the thumbnail.",
    ),
    Preset(
        "7tv-emote", "7TV emote", ("webp", "gif", "avif", "png", "apng", "mp4", "webm", "mkv"),
        "SevenTV, upload-dialog.svelte and rest/emotes.rs (commit e1733255, 2026-05-29)", READ_ON, "P",
        max_bytes=7 * MIB, max_width=1000, max_height=1000, max_frames=1000, loop=0,
    ),
    Preset(
        "bttv-emote", "BetterTTV emote", ("gif", "png"), "community.nightdev.com, topic 10175", READ_ON, "S",
        max_bytes=1 * MB - 1, width=112, height=112, loop=0, marks={"bytes": "U", "dimensions": "U"},
        note="An old answer in a forum.",
    ),
    Preset(
        "kick-emote", "Kick emote", ("gif", "png"), "Elgato's documents", READ_ON, "S", max_bytes=1 * MB - 1, max_width=500,
        max_height=500, loop=0,
    ),
    Preset(
        "youtube-emote", "YouTube emote", ("png", "gif", "jpeg"), "Elgato's documents", READ_ON, "S", max_bytes=1 * MB,
        min_width=48, min_height=48, max_width=480, max_height=480, note="A GIF becomes a still picture there.",
    ),
    Preset(
        "google-display", "Google display ad", ("gif", "jpeg", "png"), "support.google.com/adwords/answer/1722096", READ_ON, "P",
        max_bytes=150 * KB, sizes=_AD_SIZES, stop_after_ms=30_000, below_fps=5.0,
        note="It may loop, but must stop by 30 seconds.",
    ),
    Preset(
        "email-safe", "E-mail", ("gif",), "gist tommydunn 0afd1ed (2024-12); tartan/php-gif", READ_ON, "S",
        max_bytes=1 * MB, max_width=600, marks={"bytes": "U", "dimensions": "U"},
        note="Outlook for Windows shows only the first frame: it must carry the message.",
    ),
    Preset(
        "instagram-reel", "Instagram reel", ("mp4", "mov"), "ayrshare.com, media guidelines for Instagram", READ_ON, "S",
        max_bytes=300 * MB, suggested=(1080, 1920), min_width=540, min_height=960, min_duration_ms=3000,
        max_duration_ms=900_000, min_fps=23.0, max_fps=60.0, codec="h264", marks={"bytes": "U"},
        note="A GIF would be posted as a still; a short clip is repeated up to 3 seconds.",
    ),
    Preset(
        "tiktok", "TikTok", ("mp4", "mov", "webm"), "ayrshare.com, media guidelines for TikTok", READ_ON, "S",
        max_bytes=1000 * MB, min_width=360, min_height=360, max_width=4096, max_height=4096, min_duration_ms=3000,
        max_duration_ms=600_000, min_fps=23.0, max_fps=60.0, marks={"bytes": "U"},
    ),
    Preset(
        "linkedin", "LinkedIn", ("gif", "mp4"), "ayrshare.com, media guidelines for LinkedIn", READ_ON, "S",
        max_bytes=5 * MB, max_pixels=36_152_319, min_aspect=1 / 2.4, max_aspect=2.4, note="A video may have 500 MB.",
    ),
    Preset(
        "bluesky", "Bluesky", ("mp4", "gif"), "ayrshare.com, media guidelines for Bluesky", READ_ON, "S",
        max_duration_ms=180_000, min_aspect=1 / 3, max_aspect=3.0, note="An animated GIF is sent as video.",
    ),
    Preset(
        "pinterest", "Pinterest", ("gif", "mp4", "mov"), "ayrshare.com, media guidelines for Pinterest", READ_ON, "S",
        max_bytes=20 * MB, suggested=(1000, 1500), note="A video may have 1 GB and 4 seconds to 15 minutes.",
    ),
    Preset(
        "reddit", "Reddit", ("gif", "mp4"), "docs.getlate.dev; stackmatix (2026)", READ_ON, "S", max_bytes=20 * MB,
        note="The site's own app may take 100 MB; a GIF may be turned into video.",
    ),
    Preset(
        "giphy-upload", "GIPHY upload", ("gif", "mp4"), "quoted in davidscottlyons.com", READ_ON, "S", max_bytes=8 * MB,
        max_width=1280, max_height=720, suggested=(854, 480), max_duration_ms=15_000, marks={"duration": "U"},
        note="8 MB is recommended; 100 MB is the most.",
    ),
    Preset(
        "shopify-media", "Shopify product media", ("gif", "png", "jpeg"), "shopify.dev, product media", READ_ON, "P",
        max_bytes=20 * MB, max_width=4472, max_height=4472, max_pixels=20_000_000, marks={"bytes": "U"},
    ),
    Preset(
        "wordpress", "WordPress", ("gif",), "GoogleForCreators/web-stories-wp issue 4890; disable-gif-resizing", READ_ON, "S",
        note="Show it at full size: resized copies lose the animation. The byte limit is the host's.",
    ),
    Preset(
        "steam-store", "Steam store page", ("gif",), "bscotch/steam-gifs readme", READ_ON, "S", max_width=600,
        note="For the long description, where video is not allowed; a few seconds.",
    ),
    Preset(
        "ko-fi", "Ko-fi", ("gif",), "help.ko-fi.com, GIF FAQ", READ_ON, "P", max_bytes=250 * KB - 1,
        note="A larger file's preview does not move.",
    ),
    Preset(
        "mgid", "MGID ad", ("gif", "mp4", "mov"), "help.mgid.com", READ_ON, "P", max_bytes=5 * MB, min_width=600,
        min_height=400, max_duration_ms=15_000, note="A video may have 15 MB.",
    ),
)  # fmt: skip
PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}


def names() -> list[str]:
    return list(PRESETS)


def get(name: str) -> Preset:
    try:
        return PRESETS[name]
    except KeyError:
        raise BadRequest(f"Unknown preset “{str(name)[:60]}”. Known: {', '.join(PRESETS)}.", field="preset") from None


def goal_for(name: str, info: MediaInfo | None = None) -> dict[str, Any]:
    """What the place asks, in the keys of the explain object: Goal fields, and for the timeline ``aspect``, ``fit``,
    ``max_duration_ms``, ``mute``. With ``info`` only what this source needs: nothing is enlarged without a reason."""
    preset = get(name)
    wish: dict[str, Any] = {"format": preset.formats[0]}
    if preset.max_bytes:
        wish["max_bytes"] = preset.max_bytes
    wish |= _size_wish(preset, info)
    if preset.max_duration_ms:
        wish["max_duration_ms"] = preset.max_duration_ms
    fps = _fps_wish(preset, info, wish)
    if fps:
        wish["fps"] = fps
    if preset.stop_after_ms:
        wish["loop"] = _loops_within(preset.stop_after_ms, info)
    elif preset.loop is not None and preset.formats[0] in {"gif", "apng", "webp", "avif"}:
        wish["loop"] = preset.loop
    if preset.audio is False:
        wish["mute"] = True
    return wish


def _size_wish(preset: Preset, info: MediaInfo | None) -> dict[str, Any]:
    if preset.width and preset.height:
        square = preset.width == preset.height
        wish: dict[str, Any] = {"width": preset.width, "height": preset.height}
        if square and (info is None or info.width != info.height):
            wish |= {"aspect": "1:1", "fit": "pad"}
            if preset.formats[0] in {"gif", "apng", "webp", "webm"}:
                wish["background"] = "transparent"
        return wish
    if preset.sizes and info is not None and info.width and info.height:
        width, height = _nearest_size(preset.sizes, info)
        return {"width": width, "height": height, "aspect": f"{width}:{height}", "fit": "pad"}
    if info is None or not info.width:
        return {"width": preset.max_width} if preset.max_width and not preset.max_height else {}
    if preset.long_side:
        long, other = ("width", "height") if info.width >= info.height else ("height", "width")
        side = max(1, round(preset.long_side * getattr(info, other) / getattr(info, long)))
        return {long: preset.long_side, other: min(side, preset.long_side)}
    return _within(preset, info)


def _within(preset: Preset, info: MediaInfo) -> dict[str, Any]:
    """The source's own size made smaller where a ceiling asks it, or larger where a floor does."""
    scale = min((preset.max_width or info.width) / info.width, (preset.max_height or info.height) / info.height, 1.0)
    if preset.max_pixels:
        scale = min(scale, (preset.max_pixels / (info.width * info.height)) ** 0.5)
    if preset.max_total_pixels and info.frames:
        frames = min(info.frames, preset.max_frames or info.frames)
        scale = min(scale, (preset.max_total_pixels / (info.width * info.height * frames)) ** 0.5)
    low = max((preset.min_width or 0) / info.width, (preset.min_height or 0) / info.height)
    wish: dict[str, Any] = {}
    if low > 1.0:
        scale = low
    if abs(scale - 1.0) > 1e-9:
        rounded = round if scale > 1.0 else int
        wish = {"width": max(1, rounded(info.width * scale)), "height": max(1, rounded(info.height * scale))}
    aspect = info.width / info.height
    if preset.max_aspect and aspect > preset.max_aspect:
        wish |= {"aspect": "3:1" if preset.max_aspect >= 3 else "2:1", "fit": "pad"}
    elif preset.min_aspect and aspect < preset.min_aspect:
        wish |= {"aspect": "1:3" if preset.min_aspect <= 0.34 else "1:2", "fit": "pad"}
    return wish


def _nearest_size(sizes: tuple[tuple[int, int], ...], info: MediaInfo) -> tuple[int, int]:
    """The allowed size of the most similar shape; among those the largest that does not enlarge, else the smallest."""
    shape = info.width / info.height

    def badness(size: tuple[int, int]) -> tuple[float, bool, int]:
        ratio = (size[0] / size[1]) / shape
        enlarged = size[0] > info.width or size[1] > info.height
        area = size[0] * size[1]
        return (round(max(ratio, 1 / ratio), 2), enlarged, area if enlarged else -area)

    return min(sizes, key=badness)


def _fps_wish(preset: Preset, info: MediaInfo | None, wish: dict[str, Any]) -> float | None:
    """A frame rate only where the source's own would be refused."""
    ceilings = [preset.max_fps] if preset.max_fps else []
    if preset.below_fps:
        ceilings.append(preset.below_fps - 0.1)  # "slower than 5": 4.9
    if preset.min_frame_ms:
        ceilings.append(min(1000 / preset.min_frame_ms, 50.0))
    if preset.max_frames and info is not None and info.frames > preset.max_frames and info.shown_ms:
        shown = min(info.shown_ms, wish.get("max_duration_ms", info.shown_ms))
        ceilings.append(int(10 * preset.max_frames * 1000 / shown) / 10)
    if not ceilings:
        return None
    most = min(ceilings)
    if info is None:
        return most if preset.below_fps else None
    return most if info.fps > most else None


def _loops_within(stop_after_ms: int, info: MediaInfo | None) -> int:
    """How many times it may play and still stop in time; once when its length is not known."""
    if info is None or not info.shown_ms:
        return 1
    return max(1, stop_after_ms // info.shown_ms)


def validate(name: str, info: MediaInfo) -> list[Rule]:
    """Every rule of the place, held against a finished file. Audio codecs and details inside a stream are not seen here."""
    preset = get(name)
    rules: list[Rule] = []

    def rule(what: str, passed: bool, want: str, got: str) -> None:
        rules.append(Rule(what, passed, want, got, preset.marks.get(what, preset.mark)))

    rule("format", info.format in preset.formats, " or ".join(preset.formats), info.format)
    if preset.codec and info.kind == "video" and info.format in {"mp4", "mov", "webm", "mkv"}:
        rule("codec", info.codec.lower().startswith(preset.codec), preset.codec, info.codec)
    if preset.max_bytes:
        rule("bytes", info.bytes <= preset.max_bytes, f"at most {preset.max_bytes:,}", f"{info.bytes:,}")
    _check_size(preset, info, rule)
    _check_time(preset, info, rule)
    if preset.audio is False:
        rule("audio", not info.has_audio, "none", "has sound" if info.has_audio else "none")
    return rules


def _check_size(preset: Preset, info: MediaInfo, rule: Any) -> None:
    w, h = info.width, info.height
    got = f"{w} x {h}"
    if preset.width and preset.height:
        rule("dimensions", (w, h) == (preset.width, preset.height), f"{preset.width} x {preset.height}", got)
    elif preset.square:
        rule("dimensions", w == h, "square", got)
    if preset.sizes:
        rule("dimensions", (w, h) in preset.sizes, "one of " + ", ".join(f"{a}x{b}" for a, b in preset.sizes), got)
    if preset.long_side:
        rule("dimensions", max(w, h) == preset.long_side, f"the longer side exactly {preset.long_side}", got)
    if preset.max_width or preset.max_height:
        most_w, most_h = preset.max_width or w, preset.max_height or h
        want = f"at most {preset.max_width or 'any'} x {preset.max_height or 'any'}"
        rule("dimensions", w <= most_w and h <= most_h, want, got)
    if preset.min_width or preset.min_height:
        least_w, least_h = preset.min_width or 0, preset.min_height or 0
        rule("dimensions", w >= least_w and h >= least_h, f"at least {least_w} x {least_h}", got)
    if preset.max_pixels:
        rule("pixels", w * h <= preset.max_pixels, f"at most {preset.max_pixels:,}", f"{w * h:,}")
    if preset.max_total_pixels:
        total = w * h * max(info.frames, 1)
        rule("total pixels", total <= preset.max_total_pixels, f"at most {preset.max_total_pixels:,}", f"{total:,}")
    if preset.min_aspect and preset.max_aspect and h:
        want = f"{preset.min_aspect:.2f} to {preset.max_aspect:.2f}"
        rule("aspect", preset.min_aspect - 1e-3 <= w / h <= preset.max_aspect + 1e-3, want, f"{w / h:.2f}")


def _check_time(preset: Preset, info: MediaInfo, rule: Any) -> None:
    seconds = f"{info.duration_ms / 1000:g} s"
    if preset.max_frames:
        rule("frames", info.frames <= preset.max_frames, f"at most {preset.max_frames}", str(info.frames))
    moving = info.frames > 1
    if preset.max_fps and moving:
        rule("fps", info.fps <= preset.max_fps + 0.05, f"at most {preset.max_fps:g}", f"{info.fps:g}")
    if preset.below_fps and moving:
        rule("fps", info.fps < preset.below_fps, f"below {preset.below_fps:g}", f"{info.fps:g}")
    if preset.min_fps and moving:
        rule("fps", info.fps >= preset.min_fps - 0.05, f"at least {preset.min_fps:g}", f"{info.fps:g}")
    if preset.min_frame_ms and moving:
        mean = info.duration_ms / info.frames
        rule(
            "frame time", mean >= preset.min_frame_ms, f"at least {preset.min_frame_ms} ms", f"{mean:.0f} ms on average"
        )
    if preset.max_duration_ms:
        rule(
            "duration",
            info.duration_ms <= preset.max_duration_ms,
            f"at most {preset.max_duration_ms / 1000:g} s",
            seconds,
        )
    if preset.min_duration_ms and (moving or info.kind == "video"):
        rule(
            "duration",
            info.duration_ms >= preset.min_duration_ms,
            f"at least {preset.min_duration_ms / 1000:g} s",
            seconds,
        )
    if preset.stop_after_ms and moving:
        plays = info.loop if info.loop is not None else 1
        total = info.shown_ms * plays
        got = "loops for ever" if plays == 0 else f"{total / 1000:g} s in {plays} plays"
        rule("stops", plays > 0 and total <= preset.stop_after_ms, f"stops by {preset.stop_after_ms / 1000:g} s", got)
