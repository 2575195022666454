"""Places that an animation is for: which preset a place and a use of it (emoji, sticker …) name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .clauses import Span
from .context import Context
from .phrases import holds
from .tokens import Row, row_of

_OF_ONE_USE = {
    "slack": "slack-emoji", "github": "github-attachment", "readme": "github-readme-proxied", "xvideo": "x-video",
    "twitch": "twitch-emote-animated", "7tv": "7tv-emote", "bttv": "bttv-emote", "kick": "kick-emote",
    "google": "google-display", "email": "email-safe", "instagram": "instagram-reel", "signal": "signal-sticker",
    "mattermost": "mattermost-emoji", "giphy": "giphy-upload", "shopify": "shopify-media",
}  # fmt: skip
PLACES: dict[str, dict[str, str]] = {
    "discord": {
        "emoji": "discord-emoji", "emote": "discord-emoji", "sticker": "discord-sticker", "avatar": "discord-avatar",
        "attachment": "discord-attachment", "": "discord-attachment",
    },
    "x": {"": "x-gif", "video": "x-video"},
    "whatsapp": {"sticker": "whatsapp-sticker", "": "whatsapp-video", "emoji": "whatsapp-sticker"},
    "telegram": {
        "sticker": "telegram-sticker", "emoji": "telegram-emoji", "emote": "telegram-emoji", "": "telegram-sticker",
    },
    "youtube": {"emote": "youtube-emote", "emoji": "youtube-emote"},
    "steam": {"avatar": "steam-avatar", "frame": "steam-avatar-frame", "": "steam-store"},
} | {place: {"": preset} for place, preset in _OF_ONE_USE.items()}  # fmt: skip


def presets_of(place: str, uses: list[str]) -> list[str]:
    """The presets that a place may mean, the likeliest first: the one of a use that is named, then its own. None of
    them is for a use that is denied ("!emoji")."""
    names = PLACES.get(place, {"": place})
    found = [names[use] for use in uses if use in names]
    if "" in names:
        found.append(names[""])
    denied = tuple(use[1:] for use in uses if use.startswith("!"))
    found = [name for name in dict.fromkeys(found) if not name.endswith(denied or ("\0",))]
    return found or ([] if denied else list(names.values())[:1])


def taken_there(row: Row, found: list[Span], roles: list[str], wish: dict[str, Any]) -> None:
    """Settle a question about a place that an order does not mean by its bare name: 能发到微信吗 asks what it takes."""
    if wish.get("ask") not in ("fits", "capability") or "about" in wish:
        return
    if holds(row.folded.text, row.lang, "cues", "request"):
        return  # who asks so wants it to be sent by us
    asked = (s for s, role in zip(found, roles, strict=True) if role == "question")
    names = [t.value for s in asked for t in row.tokens[s.first : s.last] if t.kind == "uploader" and "-" in t.value]
    if names:
        wish |= {"ask": "fits", "about": {"preset": names[0]}}


def place_that_stands(context: Context) -> str:
    """The platform of the preset that stands, or that the message before named: "an emoji after all" is one for it."""
    stands = str(context.goal.get("preset") or "")
    place = next((place for place, uses in PLACES.items() if stands and stands in uses.values()), "")
    return place or _place_said(context.said[-200:])


@lru_cache(maxsize=64)
def _place_said(words: str) -> str:
    return next((str(t.value) for t in row_of(words).tokens if t.kind == "place"), "") if words else ""
