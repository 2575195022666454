"""Places to post to, as people look for them: by platform, by use, and by other names; their limits in plain words.

The figures are those of ``compressor.presets``; here stands only how a place is found and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from compressor import language, presets
from compressor.media import MediaInfo
from compressor.message_catalogue import words as words_of
from compressor.number_format import apart, below, exact, limited, marked, named, number, seconds
from compressor.presets import Preset
from compressor.setting_labels import format_name

USES = {
    "emoji": later("Emoji and emotes"),
    "sticker": later("Stickers"),
    "post": later("Posts and messages"),
    "page": later("Documents and web pages"),
    "avatar": later("Avatars"),
    "ad": later("Advertisements"),
}
_SIZES = " ".join(f"{w}x{h}" for w, h in presets.get("google-display").sizes)
# preset → platform, use, other names that people search for
_FOUND_BY = {
    "discord-emoji": ("Discord", "emoji", "emote server nitro"),
    "discord-sticker": ("Discord", "sticker", "server nitro"),
    "discord-attachment": ("Discord", "post", "upload message file 10mb"),
    "slack-emoji": ("Slack", "emoji", "reaction workspace"),
    "github-attachment": ("GitHub", "post", "issue pull request comment upload"),
    "github-readme-proxied": ("GitHub", "page", "camo markdown readme"),
    "github-readme": ("GitHub", "page", "markdown documentation demo readme"),
    "x-gif": ("X", "post", "twitter tweet 推特"),
    "x-video": ("X", "post", "twitter tweet 推特"),
    "whatsapp-sticker": ("WhatsApp", "sticker", "chat"),
    "whatsapp-video": ("WhatsApp", "post", "chat status"),
    "telegram-sticker": ("Telegram", "sticker", "video webm 电报"),
    "telegram-emoji": ("Telegram", "emoji", "custom premium video webm 电报"),
    "twitch-emote-animated": ("Twitch", "emoji", "emote auto"),
    "twitch-emote-28": ("Twitch", "emoji", "emote small"),
    "twitch-emote-56": ("Twitch", "emoji", "emote medium"),
    "twitch-emote-112": ("Twitch", "emoji", "emote large"),
    "signal-sticker": ("Signal", "sticker", "chat"),
    "mastodon": ("Mastodon", "post", "toot fediverse"),
    "mattermost-emoji": ("Mattermost", "emoji", "custom"),
    "wechat-sticker": ("WeChat", "sticker", "微信 微信表情 表情包 表情 weixin"),
    "wechat-article": ("WeChat", "page", "微信 微信公众号 公众号 文章 配图 weixin official account"),
    "qq-sticker": ("QQ", "sticker", "qq表情 qq表情包 表情包 表情"),
    "weibo": ("Weibo", "post", "微博 新浪微博 sina"),
    "bilibili-video": ("Bilibili", "post", "b站 哔哩哔哩 视频 投稿"),
    "steam-avatar": ("Steam", "avatar", "profile picture points shop"),
    "steam-avatar-frame": ("Steam", "avatar", "profile points shop"),
    "7tv-emote": ("7TV", "emoji", "twitch kick"),
    "bttv-emote": ("BetterTTV", "emoji", "bttv twitch"),
    "kick-emote": ("Kick", "emoji", "stream"),
    "youtube-emote": ("YouTube", "emoji", "channel member"),
    "google-display": ("Google Ads", "ad", f"banner 广告 {_SIZES}"),
    "dv360": ("Google Ads", "ad", "banner display video 广告"),
    "email-safe": ("E-mail", "post", "email newsletter outlook gmail signature 邮件"),
    "instagram-reel": ("Instagram", "post", "story vertical 9:16"),
    "tiktok": ("TikTok", "post", "vertical 9:16"),
    "douyin": ("Douyin", "post", "抖音 vertical 竖屏 9:16"),
    "linkedin": ("LinkedIn", "post", "领英"),
    "bluesky": ("Bluesky", "post", "bsky skeet"),
    "pinterest": ("Pinterest", "post", "pin"),
    "reddit": ("Reddit", "post", "subreddit"),
    "giphy-upload": ("GIPHY", "post", "gif library"),
    "shopify-media": ("Shopify", "page", "shop product"),
    "wordpress": ("WordPress", "page", "blog post"),
    "steam-store": ("Steam", "page", "game description"),
    "ko-fi": ("Ko-fi", "post", "support cover"),
    "mgid": ("MGID", "ad", "native banner"),
}  # fmt: skip
# What a page calls a place whose name, which words must find, tells too little.
_SHOWN_AS = {
    "github-readme-proxied": later("GitHub readme, picture from another site"),
    "twitch-emote-animated": later("Twitch animated emote, one file for all sizes"),
}
# Names that people look for and of which no limit is known, each with what else it is called.
UNPUBLISHED = (
    (later("Xiaohongshu"), "小红书 rednote xhs"), (later("Bilibili post"), "b站 哔哩哔哩 动态 专栏 gif"),
    (later("QQ groups and Qzone"), "qq群 qq空间"), (later("WeChat Moments"), "朋友圈 微信"),
    (later("WeChat Channels"), "视频号 微信"), (later("Kuaishou"), "快手"), (later("Zhihu"), "知乎"),
    ("Facebook", "messenger"), ("Snapchat", ""), ("Tumblr", ""), ("Imgur", ""),
)  # fmt: skip
RULES = {
    "format": later("Format"),
    "codec": later("Codec"),
    "bytes": later("Bytes"),
    "palette": later("Palette"),
    "dimensions": later("Width and height"),
    "pixels": later("Pixels of a frame"),
    "total pixels": later("Pixels of all frames"),
    "aspect": later("Width to height"),
    "frames": later("Frames"),
    "fps": later("Frames per second"),
    "frame time": later("Time of a frame"),
    "duration": later("Length"),
    "stops": later("Stops by itself"),
    "audio": later("Sound"),
}
FORMAT_NAMES = {name for preset in presets.PRESETS.values() for name in preset.formats}
MARKS = {
    "P": later("the platform’s own document"),
    "S": later("a third party"),
    "U": later("unverified, or sources disagree"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One limit in words. ``sure`` says where it comes from. With a file: ``got`` is its value and ``passed`` whether
    it is taken."""

    name: str
    want: str
    sure: str
    got: str = ""
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    preset: Preset
    platform: str
    use: str
    names: str

    @property
    def key(self) -> str:
        return self.preset.name

    @property
    def name(self) -> str:
        """The name that words find."""
        return words_of(_lang()).plain(self.preset.title)

    @property
    def title(self) -> str:
        """The name that pages show."""
        return str(_SHOWN_AS.get(self.key) or self.name)

    @property
    def url(self) -> str:
        return reverse("place", args=[self.key])

    @property
    def words(self) -> str:
        """The words that ask for this place, as they are filled into the form; Chinese and Latin stand apart."""
        return apart(_("for {place}").format(place=self.name), words_of(_lang()))

    @property
    def sure(self) -> str:
        return str(MARKS[self.preset.mark])

    @property
    def note(self) -> str:
        return _(self.preset.note) if self.preset.note else ""

    @property
    def short(self) -> str:
        """The limits that matter most, in one line."""
        say, p = words_of(_lang()), self.preset
        found = [format_name(p.formats[0])]
        if p.max_bytes:
            found.append(limited(p.max_bytes, say))
        if p.width and p.height:
            found.append(f"{p.width} × {p.height}")
        elif p.max_width:
            found.append(_("{n} px wide at most").format(n=p.max_width))
        if p.max_duration_ms:
            found.append(seconds(p.max_duration_ms, say))
        return _(", ").join(found)

    @property
    def searched(self) -> str:
        """Everything that a search looks in, in lower case."""
        return " ".join(
            (self.preset.title, self.name, self.title, self.platform, self.key.replace("-", " "), self.names)
        ).casefold()


def _lang() -> str:
    return get_language() or "en"


PLACES = {key: Place(presets.get(key), *_FOUND_BY[key]) for key in presets.names()}
PLATFORM_WORDS = (
    later("E-mail"),
    later("WeChat"),
    later("Douyin"),
    later("Weibo"),
    later("Bilibili"),
)  # the platforms that languages call by their own words
PLATFORMS = sorted({place.platform for place in PLACES.values()}, key=str.casefold)


def note_of(preset: str | None) -> str:
    """What to know of a place besides its limits, in the language of the page; "" for none."""
    return PLACES[preset].note if preset in PLACES else ""


def most_bytes(preset: str | None) -> int | None:
    """The limit in bytes of a place, for what moves; None for none."""
    return PLACES[preset].preset.max_bytes if preset in PLACES else None


def search(query: str = "", platform: str = "", use: str = "") -> list[Place]:
    """The places that hold every word of the query, in the order of the table."""
    wanted = query.casefold().split()
    return [
        place
        for place in PLACES.values()
        if (not platform or place.platform == platform)
        and (not use or place.use == use)
        and all(word in place.searched for word in wanted)
    ]


def grouped(found: Iterable[Place]) -> list[tuple[str, str, list[Place]]]:
    """(use, its title, places) for each use that has any."""
    by_use: dict[str, list[Place]] = {}
    for place in found:
        by_use.setdefault(place.use, []).append(place)
    return [(use, str(title), by_use[use]) for use, title in USES.items() if use in by_use]


def unpublished(query: str) -> list[tuple[str, str]]:
    """(name in the language of the page, everything that a search looks in) of the places whose limits are not known
    and that hold every word of the query."""
    wanted = query.casefold().split()
    found = [(str(name), f"{name} {others}".casefold()) for name, others in UNPUBLISHED]
    return [(name, searched) for name, searched in found if all(word in searched for word in wanted)]


def with_place(words: str, key: str) -> str:
    """The words with the place that was picked beside them, unless they name it already."""
    if key not in PLACES or language.read(words).explain.get("preset") == key:
        return words
    return str(_(", ").join(part for part in (PLACES[key].words, words) if part))


def limits_of(preset: Preset) -> list[Line]:
    """Every limit of the place in words, before there is a file."""
    say = words_of(_lang())

    def line(rule: str, want: str) -> Line:
        return Line(str(RULES[rule]), want, str(MARKS[preset.marks.get(rule, preset.mark)]))

    found = [line("format", named([format_name(f) for f in preset.formats], say))]
    if preset.max_bytes:
        found.append(line("bytes", _exactly(limited(preset.max_bytes, say), below(preset.max_bytes))))
    if preset.still_max_bytes:
        most = preset.still_max_bytes
        found.append(line("bytes", _("a still picture at most {size}").format(size=_exactly(exact(most, say), most))))
    found += [line("dimensions", want) for want in _dimensions(preset)]
    if preset.max_frames:
        found.append(line("frames", _("at most {n}").format(n=number(preset.max_frames, say))))
    for fps, sentence in (
        (preset.max_fps, _("at most {n}")), (preset.below_fps, _("below {n}")), (preset.min_fps, _("at least {n}")),
    ):  # fmt: skip
        if fps:
            found.append(line("fps", sentence.format(n=number(fps, say))))
    for ms, sentence in ((preset.min_duration_ms, _("at least {n}")), (preset.max_duration_ms, _("at most {n}"))):
        if ms:
            found.append(line("duration", sentence.format(n=seconds(ms, say))))
    if preset.stop_after_ms:
        found.append(line("stops", _("after {n} at the latest").format(n=seconds(preset.stop_after_ms, say))))
    if preset.codec:
        found.append(line("codec", preset.codec.upper()))
    if preset.audio is False:
        found.append(line("audio", _("none")))
    return found


def _dimensions(preset: Preset) -> list[str]:
    found = []
    if preset.width and preset.height:
        found.append(_("exactly {w} × {h} px").format(w=preset.width, h=preset.height))
    if preset.sizes:
        found.append(
            _("one of {sizes}").format(sizes=named([f"{w} × {h}" for w, h in preset.sizes], words_of(_lang())))
        )
    if preset.long_side:
        found.append(_("the longer side exactly {n} px").format(n=preset.long_side))
    if preset.max_width and preset.max_height:
        found.append(_("at most {w} × {h} px").format(w=preset.max_width, h=preset.max_height))
    elif preset.max_width:
        found.append(_("{n} px wide at most").format(n=preset.max_width))
    if preset.min_width and preset.min_height:
        found.append(_("at least {w} × {h} px").format(w=preset.min_width, h=preset.min_height))
    return found


def _exactly(size: str, value: int) -> str:
    """256 KiB (262,144 bytes)."""
    return _("{size} ({bytes} bytes)").format(size=size, bytes=marked(f"{value:,}", words_of(_lang())))


def checked(key: str, info: MediaInfo) -> list[Line]:
    """Every rule of the place held against a file."""
    return [
        Line(
            str(RULES[rule.name]),
            _value(rule.name, rule.want),
            str(MARKS[rule.mark]),
            _value(rule.name, rule.got),
            rule.passed,
        )
        for rule in presets.validate(key, info)
    ]


# How the validator writes a value → the same in the language of the page.
_VALUES = [
    (r"at most (?P<n>.+)", later("at most {n}")),
    (r"at least (?P<n>.+)", later("at least {n}")),
    (r"below (?P<n>.+)", later("below {n}")),
    (r"stops by (?P<n>.+)", later("stops by {n}")),
    (r"one of (?P<sizes>.+)", later("one of {sizes}")),
    (r"the longer side exactly (?P<n>\d+)", later("the longer side exactly {n} px")),
    (r"(?P<n>\d+) ms on average", later("{n} ms on average")),
    (r"(?P<low>[\d.,]+) to (?P<high>[\d.,]+)", later("{low} to {high}")),
]
_PLAIN = {
    "none": later("none"), "square": later("square"), "has one": later("has one"), "has sound": later("has sound"),
    "loops for ever": later("loops for ever"),
}  # fmt: skip


_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def _value(rule: str, text: str) -> str:
    """A value of the validator as the page says it."""
    text = re.sub(r"(?<=\d) ?x ?(?=\d)", " × ", text)
    text = _FIGURE.sub(lambda figure: marked(figure[0], words_of(_lang())), text)
    if rule == "bytes":
        text = re.sub(r"[\d.,\s]*\d", lambda figure: " " + _("{n} bytes").format(n=figure[0].strip()), text).strip()
    text = re.sub(r"(\S*\d) s\b", lambda found: _("{n} s").format(n=found[1]), text)
    if text in _PLAIN:
        return str(_PLAIN[text])
    for pattern, sentence in _VALUES:
        if found := re.fullmatch(pattern, text):
            return str(sentence).format(**found.groupdict())
    either = text.split(" or ")
    return named([format_name(one) for one in either], words_of(_lang())) if either[0] in FORMAT_NAMES else text
