"""The platforms: one row each, with its source and the date it was read.

Marks: ``P`` the platform's own document, ``S`` a third party, ``U`` unverified or conflicting (shown as such; where
sources conflict the stricter figure is used). A byte limit is what the row says: KB is 1,000 bytes, KiB is 1,024. A
note is for those who post there: a sentence that helps them, nothing of how a figure was found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

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
    palette: bool | None = None  # False: a PNG must store direct colours
    still_max_bytes: int | None = None  # of a picture that stands still, where it is not ``max_bytes``
    marks: dict[str, Mark] = field(default_factory=dict)
    note: str = ""
    date: str = READ_ON


_ADS = (
    "200x200 240x400 250x250 250x360 300x250 336x280 580x400 120x600 160x600 300x600 300x1050 468x60 728x90 930x180 "
    "970x90 970x250 980x120 300x50 320x50 320x100"
)
_AD_SIZES = tuple((int(a), int(b)) for a, b in (pair.split("x") for pair in _ADS.split()))
_DISCORD = "discord-api-docs, resources/{} (commit c98d64bc, 2026-08-06)"

_ALL = (
    Preset(
        "discord-emoji", "Discord emoji", ("gif", "webp", "avif", "png", "jpeg"), _DISCORD.format("emoji.mdx"), "P",
        max_bytes=256 * KIB, width=128, height=128, loop=0, marks={"dimensions": "S"}, note="Discord shows it as WebP.",
    ),
    Preset(
        "discord-sticker", "Discord sticker", ("apng", "gif", "png"), _DISCORD.format("sticker.mdx"), "P",
        max_bytes=512 * KIB, width=320, height=320, max_duration_ms=5000, loop=0,
        note="Discord takes no WebP as a sticker.",
    ),
    Preset(
        "discord-attachment", "Discord attachment", ("mp4", "gif", "webm", "webp", "apng", "avif", "png"),
        _DISCORD.format("reference.mdx").replace("resources/", "")
        + "; users report 20 MB (ffmpeg4discord 67, hermes-agent 96064)",
        "P", max_bytes=10 * MIB, marks={"bytes": "U"}, date="2026-11-29",
        note="Everybody may send 10 MiB; with Nitro, or in a boosted server, you may send more.",
    ),
    Preset(
        "slack-emoji", "Slack emoji", ("gif", "png", "jpeg"), "makeemoji.com (2026-03), xconvert (2026-05)", "S",
        max_bytes=128 * KB, width=128, height=128, max_frames=50, loop=0, marks={"frames": "U"},
        note="Some workspaces refuse more than 64 KB: then say “under 64 KB”.",
    ),
    Preset(
        "github-attachment", "GitHub attachment", ("gif", "mp4", "png", "webm", "mov", "jpeg"),
        "github/docs, attaching-files.md (commit 02ac71cd)", "P", max_bytes=10 * MB, codec="h264",
        marks={"codec": "P"}, note="Videos up to 100 MB on paid plans; H.264 is recommended.",
    ),
    Preset(
        "github-readme-proxied", "Picture in a GitHub readme, through its proxy", ("gif", "webp"),
        "atmos/camo readme: the default of CAMO_LENGTH_LIMIT", "P", max_bytes=5 * MB, marks={"bytes": "U"},
        note="GitHub publishes no figure; under 5 MB is safe.",
    ),
    Preset(
        "github-readme", "Picture in a GitHub readme", ("webp", "gif", "apng", "png", "jpeg"),
        "latitude 3530, knowl 160, autentico 390 (2026)", "S", max_bytes=5 * MB, loop=0, marks={"bytes": "U"},
        date="2026-11-29",
        note="GitHub takes 10 MB and advises 5 MB. An animated WebP plays there and is much smaller than a GIF; a "
        "video does not start by itself.",
    ),
    Preset(
        "x-gif", "X (Twitter) GIF", ("gif",), "xdevplatform/docs, best-practices.mdx (commit 28713281, 2026-08-22)",
        "P", max_bytes=15 * MB, max_width=1280, max_height=1080, max_frames=350, max_total_pixels=300_000_000,
        note="One GIF per post.",
    ),
    Preset(
        "x-video", "X (Twitter) video", ("mp4",), "xdevplatform/docs, best-practices.mdx (commit 28713281, 2026-08-22)",
        "P", max_bytes=512 * MB, min_width=32, min_height=32, max_width=1280, max_height=1024,
        suggested=(1280, 720), min_aspect=1 / 3, max_aspect=3.0, min_duration_ms=500, max_duration_ms=140_000,
        max_fps=60.0, codec="h264",
    ),
    Preset(
        "whatsapp-sticker", "WhatsApp sticker", ("webp",),
        "WhatsApp/stickers, Android readme (commit 06144a1, 2025-11-07)", "P",
        max_bytes=500 * KB, width=512, height=512, min_frame_ms=8, max_duration_ms=10_000, loop=0,
        note="Playback ends on the first frame: it should say it all.",
    ),
    Preset(
        "whatsapp-video", "WhatsApp video", ("mp4",), "AWS social messaging user guide; VTEX help", "S",
        max_bytes=16 * MB, codec="h264",
    ),
    Preset(
        "telegram-sticker", "Telegram video sticker", ("webm",), "a copy of core.telegram.org/stickers", "S",
        max_bytes=256 * KB, long_side=512, max_duration_ms=3000, max_fps=30.0, loop=0, audio=False, codec="vp9",
    ),
    Preset(
        "telegram-emoji", "Telegram video emoji", ("webm",), "a copy of core.telegram.org/stickers", "S",
        max_bytes=256 * KB, width=100, height=100, max_duration_ms=3000, max_fps=30.0, loop=0, audio=False, codec="vp9",
    ),
    Preset(
        "twitch-emote-animated", "Twitch animated emote", ("gif",), "Elgato's documents; a copy of Twitch help", "S",
        max_bytes=1 * MB, square=True, width=112, height=112, max_frames=60, loop=0,
        note="112 px serves both ways of uploading; at most 3 flashes a second; the first frame is the thumbnail.",
    ),
    *(
        Preset(
            f"twitch-emote-{side}", f"Twitch animated emote, {side} px", ("gif",),
            "Elgato's documents; a copy of Twitch help", "S", max_bytes=512 * KB, width=side, height=side,
            max_frames=60, loop=0, date="2026-11-29",
            note="By hand Twitch takes three files: 28, 56 and 112 px, each with its own ceiling.",
        )
        for side in (28, 56, 112)
    ),
    Preset(
        "signal-sticker", "Signal sticker", ("apng", "png", "webp"),
        "Signal-Desktop issues 6758 and 6795 (2024), signalapp stickers-scripts 3", "S", max_bytes=300 * KB, width=512,
        height=512, max_duration_ms=3000, loop=0, palette=False, date="2026-11-29",
        note="Animated stickers must be APNG, without a palette; it plays up to three seconds.",
    ),
    Preset(
        "mastodon", "Mastodon", ("gif", "mp4", "webp", "png", "jpeg", "webm", "mov"),
        "mastodon/documentation 1346 (2023)", "S", max_bytes=16 * MB, date="2026-11-29",
        note="An animated GIF becomes a video there; servers may set other ceilings.",
    ),
    Preset(
        "mattermost-emoji", "Mattermost emoji", ("gif", "png", "jpeg"), "mattermost/docs 9016 (2026)", "S",
        max_bytes=512 * KIB, width=128, height=128, max_frames=32, loop=0, date="2026-11-29",
        marks={"bytes": "U", "dimensions": "U"}, note="Mattermost asks for at most 32 frames.",
    ),
    Preset(
        "wechat-sticker", "WeChat sticker", ("gif",),
        "shsj.cdlchd.com (2023-11), nctoro.com, which say 100 KB to 2 MB; efb-wechat-slave 151", "S",
        max_bytes=500 * KB, width=240, height=240, loop=0, marks={"bytes": "U"}, date="2026-11-29",
        note="For the sticker shop. A sticker that you keep for yourself may have 1 MB.",
    ),
    Preset(
        "wechat-article", "WeChat article picture", ("gif", "png", "jpeg"),
        "developers.weixin.qq.com, api_addmaterial", "P", max_bytes=10 * MB, date="2026-12-01",
        note="For the picture library of an official account.",
    ),
    Preset(
        "qq-sticker", "QQ sticker", ("gif", "png", "jpeg"), "wiki.connect.qq.com, setEmotions", "P", max_bytes=1 * MB,
        loop=0, marks={"format": "U"}, date="2026-12-01", note="The figure is for stickers that an app adds to QQ.",
    ),
    Preset(
        "weibo", "Weibo", ("gif", "png", "jpeg"),
        "open.weibo.com, statuses/upload, quoted in blog.csdn.net 8060647; php.wlsqs.com 1923055 (2024)", "S",
        max_bytes=5 * MB - 1, marks={"bytes": "U"}, date="2026-12-01",
        note="The figure is for sending by a program or in a browser; Weibo’s own app may take more.",
    ),
    Preset(
        "bilibili-video", "Bilibili video", ("mp4",), "Bilibili’s open platform, a copy at apifox.com (2022)", "S",
        max_bytes=4000 * MB, max_width=4096, max_height=4096, max_duration_ms=5 * 3_600_000 - 1, max_fps=120.0,
        date="2026-12-01",
        note="For videos. A post may also have a GIF; how large it may be is not published.",
    ),
    Preset(
        "steam-avatar", "Steam animated avatar", ("gif",), "partner.steamgames.com, Points Shop items", "P",
        max_bytes=2 * MB - 1, width=184, height=184, loop=0, date="2026-11-29",
    ),
    Preset(
        "steam-avatar-frame", "Steam animated avatar frame", ("apng",), "partner.steamgames.com, Points Shop items",
        "P", max_bytes=2 * MB - 1, width=224, height=224, loop=0, date="2026-11-29",
    ),
    Preset(
        "7tv-emote", "7TV emote", ("webp", "gif", "avif", "png", "apng", "mp4", "webm", "mkv"),
        "SevenTV, upload-dialog.svelte and rest/emotes.rs (commit e1733255, 2026-05-29)", "P",
        max_bytes=7 * MIB, max_width=1000, max_height=1000, max_frames=1000, loop=0,
    ),
    Preset(
        "bttv-emote", "BetterTTV emote", ("gif", "png"), "community.nightdev.com, topic 10175", "S",
        max_bytes=1 * MB - 1, width=112, height=112, loop=0, marks={"bytes": "U", "dimensions": "U"},
        note="The figure is old: BetterTTV may take more by now.",
    ),
    Preset(
        "kick-emote", "Kick emote", ("gif", "png"), "Elgato's documents", "S", max_bytes=1 * MB - 1, max_width=500,
        max_height=500, loop=0,
    ),
    Preset(
        "youtube-emote", "YouTube emote", ("png", "gif", "jpeg"), "Elgato's documents", "S", max_bytes=1 * MB,
        min_width=48, min_height=48, max_width=480, max_height=480, note="A GIF becomes a still picture there.",
    ),
    Preset(
        "google-display", "Google display ad", ("gif", "jpeg", "png"), "support.google.com/adwords/answer/1722096", "P",
        max_bytes=150 * KB, sizes=_AD_SIZES, stop_after_ms=30_000, below_fps=5.0,
        note="It may loop, but must stop by 30 seconds.",
    ),
    Preset(
        "dv360", "Display & Video 360", ("gif", "jpeg", "png"), "support.google.com/displayvideo/answer/10260435", "P",
        max_bytes=5 * MB, max_width=4096, max_height=4096, stop_after_ms=30_000, marks={"format": "U"},
        note="The limits are for everything that an HTML5 ad loads.",
    ),
    Preset(
        "email-safe", "E-mail", ("gif",), "gist tommydunn 0afd1ed (2024-12); tartan/php-gif", "S",
        max_bytes=1 * MB, max_width=600, marks={"bytes": "U", "dimensions": "U"},
        note="Outlook for Windows shows only the first frame: it must carry the message.",
    ),
    Preset(
        "instagram-reel", "Instagram reel", ("mp4", "mov"), "ayrshare.com, media guidelines for Instagram", "S",
        max_bytes=300 * MB, suggested=(1080, 1920), min_width=540, min_height=960, min_duration_ms=3000,
        max_duration_ms=900_000, min_fps=23.0, max_fps=60.0, codec="h264", marks={"bytes": "U"},
        note="A GIF would be posted as a still; a short clip is repeated up to 3 seconds.",
    ),
    Preset(
        "tiktok", "TikTok", ("mp4", "mov", "webm"), "ayrshare.com, media guidelines for TikTok", "S",
        max_bytes=1000 * MB, min_width=360, min_height=360, max_width=4096, max_height=4096, min_duration_ms=3000,
        max_duration_ms=600_000, min_fps=23.0, max_fps=60.0, marks={"bytes": "U"},
    ),
    Preset(
        "douyin", "Douyin", ("mp4", "webm"), "open.douyin.com, douyin-publish-solution", "P", max_bytes=4000 * MB,
        suggested=(720, 1280), max_duration_ms=900_000, date="2026-12-01",
        note="Upright, 720 × 1280 or more, is what Douyin advises.",
    ),
    Preset(
        "linkedin", "LinkedIn", ("gif", "mp4"), "ayrshare.com, media guidelines for LinkedIn", "S",
        max_bytes=5 * MB, max_pixels=36_152_319, min_aspect=1 / 2.4, max_aspect=2.4, note="A video may have 500 MB.",
    ),
    Preset(
        "bluesky", "Bluesky", ("mp4", "gif", "webp", "png", "jpeg"), "bsky-docs 417, php2Bluesky 40 (2026)", "S",
        max_bytes=300 * MB, still_max_bytes=2 * MB, max_duration_ms=600_000, min_aspect=1 / 3, max_aspect=3.0,
        date="2026-11-29",
        note="An animated GIF is sent as video; a picture that stands still may have 2,000,000 bytes.",
    ),
    Preset(
        "pinterest", "Pinterest", ("gif", "mp4", "mov"), "ayrshare.com, media guidelines for Pinterest", "S",
        max_bytes=20 * MB, suggested=(1000, 1500), note="A video may have 1 GB and 4 seconds to 15 minutes.",
    ),
    Preset(
        "reddit", "Reddit", ("gif", "mp4"), "docs.getlate.dev; stackmatix (2026)", "S", max_bytes=20 * MB,
        note="The site's own app may take 100 MB; a GIF may be turned into video.",
    ),
    Preset(
        "giphy-upload", "GIPHY upload", ("gif", "mp4"), "quoted in davidscottlyons.com", "S", max_bytes=8 * MB,
        max_width=1280, max_height=720, suggested=(854, 480), max_duration_ms=15_000, marks={"duration": "U"},
        note="8 MB is recommended; 100 MB is the most.",
    ),
    Preset(
        "shopify-media", "Shopify product media", ("gif", "png", "jpeg"), "shopify.dev, product media", "P",
        max_bytes=20 * MB, max_width=4472, max_height=4472, max_pixels=20_000_000, marks={"bytes": "U"},
    ),
    Preset(
        "wordpress", "WordPress", ("gif",), "GoogleForCreators/web-stories-wp issue 4890; disable-gif-resizing", "S",
        note="Show it at full size: resized copies lose the animation. The byte limit is the host's.",
    ),
    Preset(
        "steam-store", "Steam store page", ("gif",), "bscotch/steam-gifs readme", "S", max_width=600,
        note="For the long description, where video is not allowed; a few seconds.",
    ),
    Preset(
        "ko-fi", "Ko-fi", ("gif",), "help.ko-fi.com, GIF FAQ", "P", max_bytes=250 * KB - 1,
        note="A larger file's preview does not move.",
    ),
    Preset(
        "mgid", "MGID ad", ("gif", "mp4", "mov"), "help.mgid.com", "P", max_bytes=5 * MB, min_width=600,
        min_height=400, max_duration_ms=15_000, note="A video may have 15 MB.",
    ),
)  # fmt: skip
PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}
