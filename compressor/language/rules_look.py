"""Shape, turning, and the places that a file is for."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Action, Found, Reading, Rules, nothing, sets

PLACES: dict[str, dict[str, str]] = {
    "discord": {"emoji": "discord-emoji", "emote": "discord-emoji", "sticker": "discord-sticker", "": "discord-attachment"},
    "slack": {"": "slack-emoji"},
    "github": {"": "github-attachment"},
    "readme": {"": "github-readme-proxied"},
    "x": {"": "x-gif", "video": "x-video"},
    "xvideo": {"": "x-video"},
    "whatsapp": {"sticker": "whatsapp-sticker", "": "whatsapp-video", "emoji": "whatsapp-sticker"},
    "telegram": {"sticker": "telegram-sticker", "emoji": "telegram-emoji", "emote": "telegram-emoji", "": "telegram-sticker"},
    "twitch": {"": "twitch-emote-animated"},
    "7tv": {"": "7tv-emote"},
    "bttv": {"": "bttv-emote"},
    "kick": {"": "kick-emote"},
    "youtube": {"emote": "youtube-emote", "emoji": "youtube-emote"},
    "google": {"": "google-display"},
    "dv360": {"": "dv360"},
    "email": {"": "email-safe"},
    "instagram": {"": "instagram-reel"},
    "tiktok": {"": "tiktok"},
    "linkedin": {"": "linkedin"},
    "bluesky": {"": "bluesky"},
    "pinterest": {"": "pinterest"},
    "reddit": {"": "reddit"},
    "giphy": {"": "giphy-upload"},
    "shopify": {"": "shopify-media"},
    "wordpress": {"": "wordpress"},
    "steam": {"": "steam-store"},
    "ko-fi": {"": "ko-fi"},
    "mgid": {"": "mgid"},
}  # fmt: skip


def _preset(r: Reading, f: Found) -> Any:
    place, use = f["place"], f.get("use")
    if f.has("video") and not use:
        use = "video"
    uses = PLACES[place]
    others = [t.value for i, t in enumerate(r.row) if t.kind == "use" and r.left(i)]
    use = next((u for u in [*f.all("use"), *others] if u in uses), use)
    name = uses.get(use or "", uses.get(""))
    if not name:
        return False
    r.put("preset", name)
    return None


def _preset_far(r: Reading, f: Found) -> Any:
    """The use is named elsewhere in the sentence: "emotes for my twitch channel"."""
    uses = [t.value for i, t in enumerate(r.row) if t.kind == "use" and r.left(i)]
    names = PLACES[f["place"]]
    name = next((names[u] for u in uses if u in names), names.get(""))
    if not name:
        return False
    if r.wish.get("preset") == "github-readme-proxied" and f["place"] == "github":
        return None  # "in a README on GitHub"
    for index, token in enumerate(r.row):
        if token.kind == "use" and r.left(index):
            r.use(index, index + 1)
    r.put("preset", name)
    return None


PRESETS: Rules = [
    ("not ~ (at|to)* ~ place use?", nothing),
    ("(make|to|at|keep)* ~ place ~ (at|of|to)? ~ (use|video)+", _preset),
    ("(make|to|at)* ~ use ~ (at|to|of|make)+ ~ place", _preset),
    ("(at|to|make)* place", _preset_far),
]


def _rotate(r: Reading, f: Found) -> Any:
    degrees = int(f.get("deg", "num") or 90)
    if f.has("halfturn"):
        degrees = 180
    if f.has("ccw") and degrees in (90, 270):
        degrees = 360 - degrees
    if degrees % 360 not in (90, 180, 270):
        return False
    r.put("rotate", degrees % 360)
    return None


def _rotate_back(r: Reading, f: Found) -> Any:
    degrees = -int(f.get("deg", "num")) % 360
    if degrees not in (90, 180, 270):
        return False
    r.put("rotate", degrees)
    return None


def _aspect(r: Reading, f: Found) -> None:
    if f.has("aspect") and not f.has("ratio") and f.first and r.row[f.first - 1].kind == "ratio":
        return  # "a 2:3 portrait": the figures count
    r.put("aspect", f.get("ratio", "aspect"))


def _aspect_fit(fit: str) -> Action:
    def action(r: Reading, f: Found) -> None:
        r.put("aspect", f.get("aspect", "ratio"))
        r.put("fit", "blur" if fit == "pad" and r.wish.get("fit") == "blur" else fit)

    return action


def _crop_box(r: Reading, f: Found) -> Any:
    if f.has("crop_box"):
        r.put("crop", dict(f["crop_box"]))
    elif f.has("xy"):
        (w, h), (x, y) = f["dim"], f["xy"]
        r.put("crop", {"x": x, "y": y, "w": w, "h": h})
    else:
        w, h = f["dim"]
        r.put("width", w)
        r.put("height", h)
        r.put("fit", "crop")
    return None


def _no_crop(r: Reading, f: Found) -> None:
    r.put("_no_crop", True)
    r.nothing = True


_CUT_OFF = {
    "裁掉",
    "剪掉",
    "切掉",
    "截掉",
    "砍掉",
    "cut off",
    "chop off",
    "cut away",
    "crop away",
    "cut out",
    "lop off",
}
_OF_TIME = {"first", "last", "begin", "end", "ms", "span", "ord", "sound", "music", "text", "meta", "after", "before"}


def _not_cut_off(r: Reading, f: Found) -> Any:
    """ "square, but don't cut off her head", 不要裁掉画面: of a shape nothing is to be cut away."""
    verb = f.tokens[-1]
    after = {t.kind for t in r.row[f.last : f.last + 4] if t.value not in {"head", "头"}}
    shaped = {"aspect", "ratio"} & {t.kind for t in r.row}
    if str(verb.value) not in _CUT_OFF or after & _OF_TIME or not (shaped or str(verb.value).startswith("裁")):
        return False
    _no_crop(r, f)
    return None


def _aspect_whole(r: Reading, f: Found) -> None:
    _aspect(r, f)
    _no_crop(r, f)


def _pad(r: Reading, f: Found) -> None:
    if f.has("padwhite", "padblack") and r.wish.get("fit") == "blur":
        r.nothing = True  # "the white bars bother me, blur the sides instead"
        return
    r.wish.setdefault("fit", "pad")
    color = f.get("color") or ("white" if f.has("padwhite") else "black" if f.has("padblack") else None)
    if color:
        r.put("background", color)


def _rest_off(r: Reading, f: Found) -> Any:
    """改成3:4，裁掉多余的: what does not fit the shape is cut away."""
    if "aspect" not in r.wish or not (f.has("crop") or "裁" in str(f["remove"])):
        return False
    r.put("fit", "crop")
    return None


SHAPE: Rules = [
    ("aspect (flip|mirror) (it|animation|video|comma|stop|and|$)", lambda r, f: _flip_along(r, f)),
    ("(flip|mirror) aspect", lambda r, f: _flip_along(r, f)),
    ("crop ~ pos ~ (part|to|at|of)* ~ dim (part)?", lambda r, f: _crop_corner(r, f)),
    ("crop ~ (to|at)* ~ dim ~ aspect? ~ (part)? ~ (from|at|of|to|in)* ~ pos", lambda r, f: _crop_corner(r, f)),
    ("(from|at)* ~ pos ~ (from|at|begin|add|make)* ~ (crop|trim|keep) ~ dim", lambda r, f: _crop_corner(r, f)),
    ("(from|at)* ~ pos ~ dim ~ (part)? ~ (crop|trim|keep)", lambda r, f: _crop_corner(r, f)),
    ("not ~ (crop|trim|remove)+ ~ (comma|and)* ~ (not|add|make)* ~ (pad|padwhite|padblack)", _pad),
    ("(crop|part|make|trim|keep)* ~ crop_box", _crop_box),
    ("(crop|part|trim|keep|make|remove)+ ~ (to|at|of)* ~ dim ~ (part|crop|size|aspect)? ~ (from|at|of|begin|to|pos|comma|off)* ~ xy", _crop_box),
    ("(from|at)* ~ (pos)? ~ xy ~ (from|at|begin|comma)* ~ crop ~ dim", _crop_box),
    ("crop ~ (from|at|begin|part)* ~ xy ~ (comma|and|at|to|of|size)* ~ dim", _crop_box),
    ("(aspect|ratio) ~ (and|comma|at)* ~ not ~ crop", _aspect_whole),
    ("not ~ crop", _no_crop),
    ("not ~ (remove|trim)", lambda r, f: _not_cut_off(r, f)),
    ("nocrop", _no_crop),
    ("(add|at|with)* ~ (blurfit) ~ (sideszh|pad|bgword|fill)*", lambda r, f: _blur(r, f)),
    ("(sideszh|pad|fill|bgword)+ ~ (at|use|add)* ~ blurfit", sets(fit="blur")),
    ("crop ~ (make|to|at|aspectword|of|be|down|keep|pos|video|animation)* ~ (aspect|ratio) (aspectword|crop|version|video|formatword)*", _aspect_fit("crop")),
    ("(aspect|ratio) (aspectword)? crop", _aspect_fit("crop")),
    ("(make|to|at)+ ~ (aspect|ratio) trim (comma|stop|and|$)", lambda r, f: _aspect_fit("crop")(r, f) if r.lang == "de" else False),
    ("(make|to|at)* ~ (aspect|ratio) ~ (and|comma|by|at|with|then|off)* ~ crop", _aspect_fit("crop")),
    ("(pad) ~ (make|to|at|aspectword)* ~ (aspect|ratio) (aspectword)?", _aspect_fit("pad")),
    ("not ~ (padwhite|padblack)", nothing),
    ("(sideszh|pad)+ ~ (at|use|add|fill|make)* ~ color ~ (fill|pad|add)+", _pad),
    ("(sideszh|pad)? ~ (add|at|to|fill|make)* ~ (padwhite|padblack) (at|sideszh|pad)*", _pad),
    ("not ~ aspect ~ (comma|and|stop|make|to)* ~ hor", sets(aspect="16:9")),
    ("not ~ (make|to|at|keep)* ~ (aspect|ratio)", nothing),
    ("(make|to|at|aspectword|keep|colon|dims|compress)* ~ (aspect|ratio) (aspectword|version|video|formatword|dims|animation)*", _aspect),
    ("not ~ pad", nothing),
    ("(add|with|at)* color pad", _pad),
    ("(sideszh)? ~ (add|at|to|fill)* ~ pad (at|to|color)*", _pad),
    ("not ~ remove ~ part", _no_crop),
    ("(from|at|begin)* ~ xy ~ crop ~ dim", _crop_box),
    ("crop ~ (pos|part)? ~ (to|at)* ~ dim", _crop_box),
    ("vflip", sets(flip="vertical")),
    ("(crop) dim", _crop_box),
    ("not ~ (rotate|flip|mirror|halfturn)", nothing),
    ("flip ~ halfturn ~ ver", sets(flip="vertical")),
    ("flip ~ (halfturn)", sets(rotate=180)),
    ("(flip|mirror)+ ~ (at|to|from)* ~ hor (flip|mirror)*", sets(flip="horizontal")),
    ("(flip|mirror)+ ~ (at|to|from)* ~ (ver|pos) (flip|mirror)*", lambda r, f: _flip_v(r, f)),
    ("hor (flip|mirror)", sets(flip="horizontal")),
    ("(ver|aspect) (flip|mirror)", sets(flip="vertical")),
    ("(flip|mirror) aspect", sets(flip="vertical")),
    ("(hor) (deg)", lambda r, f: False),
    ("(rotate|flip|make|halfturn) ~ (at|to|by|and)* ~ (cw|ccw)? ~ (by|to)? ~ (deg|halfturn|quarterturn) ~ (to|at)? (cw|ccw)? rotate?", _rotate),
    ("rotate ~ (by|to|at)* ~ dash (num|deg)", lambda r, f: _rotate_back(r, f)),
    ("rotate ~ (by|to|at)* ~ num ~ (cw|ccw)?", _rotate),
    ("rotate ~ comma num (comma|stop|and|$)", lambda r, f: _rotate(r, f) if f["num"] in {90, 180, 270} else False),
    ("(make|flip) ~ num (comma|stop|and|$)", lambda r, f: _turned(r, f)),
    ("(rotate|make|flip)? ~ deg ~ (cw|ccw)? rotate?", _rotate),
    ("(make|rotate|at)* ~ (cw|ccw) ~ rotate ~ (deg)?", _rotate),
    ("(cw|ccw) ~ (rotate|make) ~ num", _rotate),
    ("rotate ~ (to|at)? (cw|ccw)", _rotate),
    ("make ~ (cw|ccw)", lambda r, f: _rotate(r, f) if str(f["make"]).startswith("turn") else False),
    ("(cw|ccw) deg?", lambda r, f: _rotate(r, f) if f.has("deg") or r.lang == "zh" else False),
    ("(rotate|make|loopword)? ~ quarterturn ~ (to|at)? (cw|ccw)", _rotate),
    ("(rotate|make) ~ frac ~ (to|at)? (cw|ccw)", lambda r, f: _quarter(r, f)),
    ("(rotate|make|loopword) ~ quarterturn", _rotate),
    ("^ quarterturn", _rotate),
    ("(rotate|make|put|add)? ~ (halfturn)", _rotate),
    ("(make|add|at)* ~ mirror (flip)?", sets(flip="horizontal")),
    ("(crop|remove) ~ (rest|extra)", _rest_off),
    ("flip", sets(flip="horizontal")),
    ("rotate", lambda r, f: nothing(r, f) if f["rotate"] in {"转一下", "转个"} and "format" in {t.kind for t in r.row} else False),
    ("rotate", lambda r, f: r.wish.setdefault("rotate", 90) and None),
]  # fmt: skip


def _blur(r: Reading, f: Found) -> None:
    """有点模糊 complains; 竖屏，模糊 says with what the sides are filled."""
    shaped = {"aspect", "ratio", "pres", "dim"} & {t.kind for t in r.row}
    if f["blurfit"] in {"模糊", "blurred"} and not shaped and not f.has("sideszh", "pad", "bgword", "fill", "add"):
        r.wish.setdefault("relative", "better")
    else:
        r.put("fit", "blur")


def _turned(r: Reading, f: Found) -> Any:
    """ "turn it around 180", 转180, "flip it 180"."""
    verb = str(f.tokens[0].value)
    if f["num"] not in {90, 180, 270} or not (f.has("flip") or verb.startswith(("turn", "转"))):
        return False
    r.put("rotate", int(f["num"]))
    return None


def _quarter(r: Reading, f: Found) -> Any:
    """ "turn it a quarter to the left"."""
    if f["frac"] != 0.25:
        return False
    r.put("rotate", 270 if f.has("ccw") else 90)
    return None


def _flip_along(r: Reading, f: Found) -> Any:
    """ "flip vertical" says how; "flip the vertical video" says which."""
    if any(t.kind == "art" and t.value != "it" for t in f.tokens) or f["aspect"] == "1:1":
        return False
    r.put("flip", "vertical" if f["aspect"] == "9:16" else "horizontal")
    return None


def _crop_corner(r: Reading, f: Found) -> Any:
    """Of the corners only this one is known without the source's size."""
    if f["pos"] != "top-left":
        return False
    w, h = f["dim"]
    r.put("crop", {"x": 0, "y": 0, "w": w, "h": h})
    return None


def _flip_v(r: Reading, f: Found) -> Any:
    if f.has("pos") and f["pos"] not in ("top", "bottom"):
        return False
    r.put("flip", "vertical")
    return None
