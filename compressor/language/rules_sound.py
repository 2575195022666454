"""Sound: music by name and loudness, volume, silence."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

import re
from typing import Any

from .pattern import Found, Reading, Rules, nothing, sets


def _volume_part(r: Reading, f: Found) -> None:
    part = f["frac"]
    r.put("volume", round(1 - part if f.has("by") else part, 3))


def _by_so_much(r: Reading, f: Found) -> None:
    """ "20% quieter", 声音开大一倍: by how much it is to change."""
    part = f["pct"] / 100 if f.has("pct") else f.get("frac", "mult")
    r.put("volume", max(round(1.0 - part if f.has("quieter", "smaller") else 1.0 + part, 3), 0.0))


def _loudness(r: Reading, f: Found) -> Any:
    """ "quieter music" changes what is there; "add some quieter music" adds some."""
    if f.first and r.row[f.first - 1].kind in {"add", "use"}:
        return False
    r.put("volume", 0.5 if f.has("quieter") else 1.5)
    return None


def _percent(value: float) -> float:
    return round(value / 100, 3)


def _turned_to(r: Reading, f: Found) -> Any:
    """ "the music is too loud, bring it down to 30%", 声音太大了，调小到三成: what it is to be after what it is."""
    parted = next((i for i, t in enumerate(f.tokens) if t.kind in {"comma", "stop", "and"}), None)
    if not f.has("music", "sound", "volume", "quieter", "louder") or (
        parted is None and (f.has("halve", "frac") or (r.lang == "zh" and not f.has("to", "make", "compress")))
    ):
        return False
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    verbs = f.tokens[parted or 0 :]
    if after in {"size", "speedword", "dims", "of", "srcword", "music", "faster", "slower", "smaller"}:
        return False
    by = any(t.kind == "by" for t in verbs)
    part = _percent(f["pct"]) if f.has("pct") else 0.5 if f.has("halve") else round(f["frac"], 3)
    r.put("volume", round(1 + part if f.has("louder") else 1 - part, 3) if by else part)
    return None


_LOWERED = {"降低", "减少", "减小", "降", "调低", "减", "缩小", "拉低"}
_RAISED = {"调高", "拉高"}


def _volume(r: Reading, f: Found) -> Any:
    value = f.get("pct", "num")
    if value is None or not 0 <= value <= 1000:
        return False
    verb = str(f.get("compress", "make") or "")
    lowered = re.fullmatch("(?:音量|声音)?(?:降低|减小|调低|调小)(?:音量|声音)?", str(f.get("quieter") or ""))
    if lowered and f.has("pct") and not f.has("to"):
        verb = "降低"
    if r.lang == "zh" and f.has("pct") and verb in _LOWERED | _RAISED:  # 音量降低30%
        value = 100 - value if verb in _LOWERED else 100 + value
    if f.has("by") and f.has("quieter", "compress"):
        value = 100 - value
    elif f.has("by") and f.has("louder"):
        value = 100 + value
    r.put("volume", float(value) if value <= 1 and not f.has("pct") else _percent(value))
    return None


def _music(r: Reading, f: Found) -> None:
    wish: dict[str, Any] = {}
    name = f.get("track", "quote") or _called(f)
    told = [t.kind for t in [f.tokens[-1], *r.row[f.last : f.last + 1]]]
    if not name and not f.has("add", "with") and (told[0] == "be" or told == ["music", "be"]):
        r.nothing = True  # "the music is copyrighted"
        return
    if name:
        wish["name"] = name
    if f.has("pct"):
        wish["volume"] = _percent(f["pct"])
    elif f.has("halve"):
        wish["volume"] = 0.5
    elif f.has("frac"):
        wish["volume"] = round(f["frac"], 3)
    if wish or "music" not in r.wish:
        r.put("music", wish)


def _volume_late(r: Reading, f: Found) -> None:
    """ "some calm music, not too loud, say 25%"."""
    part = _percent(f["pct"])
    if isinstance(r.wish.get("music"), dict):
        r.wish["music"].setdefault("volume", part)
    else:
        r.put("volume", part)


def _music_late(r: Reading, f: Found) -> Any:
    """ "some lo-fi in the background, quiet, 15%"."""
    music = r.wish.get("music")
    before = r.row[f.first - 1].kind if f.first else "stop"
    if not isinstance(music, dict) or "volume" in music or "volume" in r.wish or before in {"size", "compress", "dims"}:
        return False
    if f.first and r.left(f.first - 1) and before not in {"plain", "word"}:
        return False
    music["volume"] = _percent(f["pct"])
    return None


def _changed(r: Reading, f: Found) -> Any:
    """原来的音乐有版权，换成钢琴的: what it is changed to is music when music was spoken of."""
    if not any(t.kind == "music" for t in r.row[: f.first]):
        return False
    music: dict[str, Any] = {"name": f["track"]}
    ahead = r.row[f.last - 1 : f.last + 4]
    if f.last < len(r.row) and {"volume"} & {t.kind for t in ahead} and any(t.kind == "pct" for t in ahead):
        at = next(i for i, t in enumerate(r.row[f.last :], f.last) if t.kind == "pct")
        music["volume"] = _percent(r.row[at].value)
        r.use(f.last, at + 1)
    r.put("music", music)
    return None


def _called(f: Found) -> str:
    """What stands right before "music" says what kind it is, known or not: "banjo music"."""
    at = next((i for i, t in enumerate(f.tokens) if t.kind in {"music", "sound"}), 0)
    start = at
    while start and at - start < 2 and f.tokens[start - 1].kind == "word":
        start -= 1
    said = f.tokens[start:at]
    return (" " if all(str(t.value).isascii() for t in said) else "").join(str(t.value) for t in said)


def _no_music(r: Reading, f: Found) -> None:
    if "need" in str(f.tokens[0].value) or r.wish.get("mute"):
        r.nothing = True
    else:
        r.put("remove_music", True)


def _sound_on(r: Reading, f: Found) -> Any:
    r.put("mute", False)
    return None


_CHANGING = {
    "touch",
    "touching",
    "change",
    "changed",
    "mess with",
    "alter",
    "modify",
    "adjust",
    "tweak",
    "动",
    "改",
    "调",
}
SOUND: Rules = [
    ("soundon", _sound_on),
    ("(add|make|keep) ~ track? music end", lambda r, f: nothing(r, f) if f["end"] == "back" else False),
    ("not ~ (add|make)+ ~ track? music", nothing),
    ("(music|sound|volume)* ~ be? ~ (quieter|louder|toomuch|smaller|bigger)+ ~ (comma|stop|and)* ~ (to|make|compress|smaller|bigger|quieter|louder|volume|by)* ~ (pct|frac|halve)", lambda r, f: _turned_to(r, f)),
    ("(music|sound|volume)* (pct|frac) ~ (quieter|louder)", lambda r, f: _by_so_much(r, f)),
    ("(music|sound|volume)+ ~ (smaller|bigger|quieter|louder) (pct|frac|mult)", lambda r, f: _by_so_much(r, f) if r.lang == "zh" else False),
    ("(music|sound) smaller", sets(volume=0.5)),
    ("(music|sound) bigger", sets(volume=1.5)),
    ("keep? ~ sound vanish", sets(mute=True)),
    ("keep? ~ music vanish", sets(remove_music=True)),
    ("(sound|music|volume) ~ not ~ (toomuch|quieter|louder|smaller|bigger)", nothing),  # 声音不要太大
    ("nomusic", sets(remove_music=True)),
    ("keep ~ track? music", nothing),
    ("music ~ be? ~ (better|louder|quieter)? ~ (comma|stop|and)+ ~ remove (comma|stop|and|$)", sets(remove_music=True)),
    ("sound ~ be? ~ (better|louder|quieter)? ~ (comma|stop|and)+ ~ remove (comma|stop|and|$)", sets(mute=True)),
    ("trim music (comma|stop|and|$)", sets(remove_music=True)),
    ("trim sound (comma|stop|and|$)", sets(mute=True)),
    ("music ~ quieter", sets(volume=0.5)),
    ("music ~ louder", sets(volume=1.5)),
    ("(quieter|louder) music", lambda r, f: _loudness(r, f)),
    ("not ~ make ~ sound", lambda r, f: nothing(r, f) if f["make"] in _CHANGING else False),
    ("remove ~ (music|sound|volume) ~ (to|by)+ ~ pct", lambda r, f: r.put("volume", _percent(100 - f["pct"] if f.has("by") else f["pct"]))),
    ("(not|remove) ~ (at|track)* ~ music", lambda r, f: _no_music(r, f)),
    ("music ~ (remove|mute)", sets(remove_music=True)),
    ("music not (comma|stop|and|$)", lambda r, f: _no_music(r, f) if str(f["not"]).startswith("不") else False),
    ("mute ~ music", sets(remove_music=True)),
    ("not ~ (mute|remove|trim) ~ sound off?", nothing),
    ("sound ~ not ~ (remove|mute|trim|make)", nothing),
    ("music ~ not ~ (remove|mute|trim|make)", nothing),
    ("meta ~ not ~ (remove|trim|make)", nothing),
    ("not ~ (mute|remove) ~ track? music off?", nothing),
    ("(add|with|make|at)? ~ sound off", sets(mute=True)),
    ("(add|with|make|at)? ~ music off", sets(remove_music=True)),
    ("not ~ (mute|remove) ~ sound", nothing),
    ("not mute", nothing),
    ("keep ~ sound", nothing),
    ("sound ~ keep", nothing),
    ("not ~ (make|change)* ~ (volume|sound) keep", nothing),
    ("(make|add|with|keep|at)* mute (it|sound|volume)*", sets(mute=True)),
    ("(not|remove|mute) ~ (add|keep|want|any)* ~ (sound|volume)+", sets(mute=True)),
    ("sound ~ (quieter|louder|toomuch|be)* ~ (remove|not|mute)", sets(mute=True)),
    ("(add|with|make|plain)+ ~ track ~ (at|to)+ ~ music", _music),
    ("(add|with)+ ~ track ~ (at|to)* ~ halve ~ volume", _music),
    ("(add|with|make)+ ~ track ~ sound ~ (at|to|by|comma|volume)* ~ pct (volume)?", _music),
    ("(add|write|with|at|and|make)* ~ (track)? ~ music ~ (at|by|to|under)* ~ (halve|frac) ~ of? ~ volume", _music),
    ("(add|write|with)* ~ music ~ comma ~ track", _music),
    ("(add|write|with|at|and|make|loopword|want)* ~ (quote|track)? ~ (track)? ~ music ~ (track|quote|at|to|be|by|colon|volume|of|under|make|comma|add|with|sound)* ~ (at|to)* ~ pct (volume)?", _music),
    ("(quote|track)? (track)? music ~ volume ~ (at|to|make|be)* ~ pct", _music),
    ("(add|write|with|at|make|loopword)* ~ pct? ~ (quote|track)? ~ track? ~ music ~ (colon|at|from|to|be|make)* (track|quote)?", _music),
    ("add ~ track ~ under ~ (at|by|to)* ~ pct", _music),
    ("(add|with)+ ~ track ~ comma? ~ volume ~ (at|to|be)* ~ pct", _music),
    ("(add|with|at|loopword)+ ~ track ~ (at|to)* ~ pct (volume)?", _music),
    ("(add|with|at|loopword)+ ~ track (at)? (pct)? (volume)?", _music),
    ("track ~ (at|of)? ~ bgword", _music),
    ("(make|to) track (comma|stop|and|$)", lambda r, f: _changed(r, f)),
    ("(comma|and) track+ (comma|and|stop|$)", lambda r, f: _music(r, f) if any(t.value == "some" for t in f.tokens) else False),
    ("(add|with)+ ~ sound", _music),
    ("(louder|quieter|volume|sound)+ ~ (volume|sound)* ~ (by|to|at|make|compress)* ~ frac", _volume_part),
    ("(louder|quieter|volume|sound)+ ~ (volume|sound)* ~ (by|to|at|colon|make|compress|be)* ~ (pct)", _volume),
    ("pct ~ (of)? ~ volume", _volume),
    ("volume ~ (by|to|at|colon|make|compress)* ~ num", _volume),
    ("(compress|make|sound|volume) ~ (sound|volume) ~ (by|to)* ~ halve", sets(volume=0.5)),
    ("(volume|sound|quieter) ~ (make|by|to|at|compress)* ~ halve", sets(volume=0.5)),
    ("halve ~ volume", sets(volume=0.5)),
    ("double ~ volume", sets(volume=2.0)),
    ("(at|to|keep|make)* ~ fullvolume", sets(volume=1.0)),
    ("(not)? ~ (quieter|louder|volume|toomuch)+ ~ comma? ~ write? ~ pct", lambda r, f: _volume_late(r, f)),
    ("comma ~ pct (comma|stop|$)", lambda r, f: _music_late(r, f)),
    ("(make|sound|volume)* ~ louder (sound|volume)*", lambda r, f: r.wish.setdefault("volume", 1.5) and None),
    ("(make|sound|volume)* ~ quieter (sound|volume)*", lambda r, f: r.wish.setdefault("volume", 0.5) and None),
]  # fmt: skip
