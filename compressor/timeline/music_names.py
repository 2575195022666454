"""The names of the built-in music; ``compose.music`` synthesises it."""

from __future__ import annotations

TITLES = {
    "lo-fi": "Lo-fi",
    "upbeat": "Upbeat",
    "calm": "Calm",
    "epic": "Epic",
    "piano": "Piano",
    "electronic": "Electronic",
}
DEFAULT = "lo-fi"

_OTHER_WORDS = {
    "lofi": "lo-fi",
    "lo fi": "lo-fi",
    "chill": "lo-fi",
    "chillhop": "lo-fi",
    "hip hop": "lo-fi",
    "hiphop": "lo-fi",
    "jazz": "lo-fi",
    "happy": "upbeat",
    "cheerful": "upbeat",
    "fun": "upbeat",
    "funny": "upbeat",
    "pop": "upbeat",
    "energetic": "upbeat",
    "corporate": "upbeat",
    "ambient": "calm",
    "relaxing": "calm",
    "relaxed": "calm",
    "soft": "calm",
    "gentle": "calm",
    "peaceful": "calm",
    "meditation": "calm",
    "cinematic": "epic",
    "dramatic": "epic",
    "orchestral": "epic",
    "trailer": "epic",
    "sad": "piano",
    "romantic": "piano",
    "classical": "piano",
    "emotional": "piano",
    "edm": "electronic",
    "techno": "electronic",
    "electro": "electronic",
    "dance": "electronic",
    "house": "electronic",
    "synthwave": "electronic",
}


def find(words: str) -> str | None:
    """The built-in loop that ``words`` name ("Lo-Fi music", "cinematic"), or None."""
    plain = " ".join(words.casefold().replace("_", " ").replace("-", " ").split())
    for noise in (" background music", " music", " bgm", " beat", " beats", " track", " song", " loop"):
        plain = plain.removesuffix(noise)
    for key in (plain, plain.replace(" ", "-"), plain.replace(" ", "")):
        if key in TITLES:
            return key
        if key in _OTHER_WORDS:
            return _OTHER_WORDS[key]
    return None
