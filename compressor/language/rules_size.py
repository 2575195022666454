"""How many bytes, how large a picture, which format, how good; and what only describes the source."""

from __future__ import annotations

from typing import Any

from .pattern import Action, Found, Reading, Rules, letter, nothing, sets
from .rows import POINTING


def _ratio(value: float) -> float:
    return round(value, 3)


def _bytes(r: Reading, f: Found) -> Any:
    value = f.get("bytes")
    if not value or value < 1:
        return False
    r.put("max_bytes", int(value))
    return None


def _last_bytes(r: Reading, f: Found) -> None:
    r.put("max_bytes", int(f.all("bytes")[-1]))


def _num_range(r: Reading, f: Found) -> Any:
    return _last_bytes(r, f)


def _ratio_to(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f["frac"]
    if not 0 < value < 1:
        return False
    r.put("max_ratio", _ratio(value))
    return None


def _ratio_by(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f["frac"]
    if not 0 < value < 1:
        return False
    r.put("max_ratio", _ratio(1 - value))
    return None


def _times_smaller(r: Reading, f: Found) -> Any:
    value = f.get("mult", "count", "num")
    if not value or value <= 1:
        return False
    r.put("max_ratio", _ratio(1 / value))
    return None


def _scale(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f.get("frac", "mult", "count", "num")
    if not value or not 0 < value <= 8:
        return False
    r.put("scale", float(_ratio(value)))
    return None


def _scale_by(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f["frac"]
    if not 0 < value < 1:
        return False
    r.put("scale", float(_ratio(1 - value)))
    return None


def _pixels(key: str) -> Action:
    def action(r: Reading, f: Found) -> Any:
        value = f.get("px", "num")
        if not value or not 8 <= value <= 16384 or value != int(value):
            return False
        r.put(key, int(value))
        return None

    return action


def _dim(r: Reading, f: Found) -> None:
    width, height = f["dim"]
    r.put("width", width)
    r.put("height", height)


def _square_px(r: Reading, f: Found) -> Any:
    return False


def _quality_number(r: Reading, f: Found) -> Any:
    value = f.get("num", "pct")
    if value is None or not 0 <= value <= 100:
        return False
    r.put("quality", value)
    return None


def _quality(r: Reading, f: Found) -> None:
    r.put("quality", f["qword"])


def _keep_quality(r: Reading, f: Found) -> None:
    r.keep_quality = True
    r.nothing = True


def _format(r: Reading, f: Found) -> None:
    r.put("format", f.all("format")[-1])


def _still(r: Reading, f: Found) -> None:
    r.put("format", "png")


# Phrases that say what the file is now. They come first: what they take asks for nothing.
SOURCE: Rules = [
    ("from bytes (to|until|under)", lambda r, f: (r.use(f.first, f.last - 1), False)[1]),
    ("from bytes", nothing),
    ("be ~ (over|under)? ~ bytes (compress|size|be|longword|animation|version)*", lambda r, f: _is_now(r, f)),
    ("(size|animation|format|srcword|video) ~ be ~ (over)? ~ bytes", lambda r, f: _is_now(r, f)),
    ("srcword ~ (size|animation|format|video)* ~ be? ~ bytes", nothing),
    ("over bytes (size)? (now|be)", nothing),
    ("(animation|video|format) ~ at bytes be", nothing),
]
FORMATS: Rules = [
    ("(from|format) format (to|make) (format|video)", lambda r, f: _convert(r, f)),
    ("format (to|make) ~ format", _format),
    ("(from) format (comma)?", nothing),
    ("format ~ not format", lambda r, f: r.put("format", f.all("format")[0])),
    ("not ~ (make|to|at|keep|add)* ~ format ((or|and|comma) format)* ~ (comma|and|stop|keep|make|to)+ ~ format", _format),
    ("not ~ (make|to|keep|at|from)* ~ formatword", nothing),
    ("keep ~ formatword", nothing),
    ("formatword ~ keep", nothing),
    ("not ~ (make|to|at|keep|add)* ~ format ((or|and|comma) format)*", nothing),
    ("(make|to|at|keep|formatword|export|colon)+ ~ (animation|video|version|formatword|be|colon)* ~ format (version|formatword|animation|video)*", lambda r, f: _target(r, f)),
    ("format (version|formatword|keep)", _format),
    ("keep add format", _format),
    ("(animation|video|format) ~ to ~ (still|video|format)", lambda r, f: _to_kind(r, f)),
    ("(make|to|keep|export)+ ~ (at|to|of|and)* ~ still", _still),
    ("(make|to|export)+ ~ (version|at)* ~ video", lambda r, f: _to_video(r, f)),
]  # fmt: skip


def _is_now(r: Reading, f: Found) -> Any:
    """ "it's 14 MB" describes; "it's under 2 MB that I need" and "max is 8 MB" do not."""
    if f.has("under") or (f.first and r.row[f.first - 1].kind == "under"):
        return False
    r.nothing = True
    return None


def _convert(r: Reading, f: Found) -> Any:
    kinds = f.all("format")
    if not kinds or not f.has("make", "to"):
        return False
    if f.tokens[-1].kind == "video":
        r.put("format", "mp4")
    elif len(kinds) > 1 or f.tokens[0].kind == "from":
        r.put("format", kinds[-1])
    else:
        return False
    return None


def _target(r: Reading, f: Found) -> Any:
    """ "make this gif smaller" names the source; "make it a gif" and "as gif" name the target."""
    value = f.all("format")[-1]
    index = next(i for i in range(len(f.tokens) - 1, -1, -1) if f.tokens[i].kind == "format")
    between = f.tokens[:index]
    verb_only = all(t.kind in {"make", "art", "keep", "export", "at"} or t.kind in {"plain", "word"} for t in between)
    after = r.letters[f.last : f.last + 3]
    pointing = any(t.kind == "art" and t.value in POINTING for t in between)
    if any(t.kind == "at" and t.value == "for" for t in between) and value == "gif":
        return False
    if verb_only and (pointing or f.tokens[-1].kind == "animation"):
        return False
    if verb_only and after[:1] and after[0] in {letter("to"), letter("under"), letter("compress"), letter("smaller")}:
        return False
    if verb_only and value == "gif" and not any(t.value in _WISHING for t in between) and not _wanted(between):
        return False
    r.put("format", value)
    return None


_WISHING = {
    "an",
    "a",
    "一个",
    "als",
    "as",
    "it",
    "成",
    "为",
    "格式",
    "使用",
    "使用中",
    "to",
    "into",
    "en",
    "un",
    "ein",
    "une",
}


def _wanted(tokens: list[Any]) -> bool:
    return any(t.kind in {"make", "export"} and t.value in _MAKING for t in tokens) or any(
        t.kind in {"keep", "formatword", "colon"} for t in tokens
    )


_MAKING = {
    "转",
    "转成",
    "转换",
    "转换成",
    "转换为",
    "转为",
    "变成",
    "变为",
    "改成",
    "改为",
    "换成",
    "换",
    "弄成",
    "做成",
    "生成",
    "输出",
    "输出为",
    "输出成",
    "存成",
    "存为",
    "保存成",
    "保存为",
    "另存为",
    "转码",
    "出",
    "output",
    "export",
    "保存",
    "导出",
    "统一成",
}


def _to_video(r: Reading, f: Found) -> Any:
    words = [t.value for t in f.tokens]
    pointing = any(t.kind == "art" and t.value in POINTING - {"this", "that"} for t in f.tokens)
    if f.tokens[-1].value in {"clip", "film", "短片"} or (pointing and not f.has("to")):
        return False
    if not f.has("to") and not ({"一个", "a", "un", "ein", "une"} & set(words)) and not set(words) & _MAKING:
        return False
    r.put("format", "mp4")
    return None


def _to_kind(r: Reading, f: Found) -> Any:
    last = f.tokens[-1]
    if not f.has("to"):
        return False
    r.put("format", {"still": "png", "video": "mp4"}.get(last.kind, last.value))
    return None


QUALITY: Rules = [
    ("(not|keep) ~ (losing|compress|remove|trim) ~ toomuch? ~ (of|at)? ~ quality", _keep_quality),
    ("not ~ (losing|worse|remove|compress) ~ (toomuch|quality|of|at|size)*", _keep_quality),
    ("not ~ toomuch losing", _keep_quality),
    ("(make)? quality ~ not ~ (toomuch|worse|losing|compress|smaller|be|keep)+", _keep_quality),
    ("not ~ (toomuch)? ~ quality losing?", _keep_quality),
    ("(quality losing|losing quality) ~ toomuch?", _keep_quality),
    ("quality ~ (to|at|of|colon|make|be|under|over|keep|compress)* ~ (num|pct)", _quality_number),
    ("(num|pct) ~ (of)? quality", _quality_number),
    ("not ~ qword", nothing),
    ("(quality|make|keep|at|to)* ~ qword (quality)?", _quality),
    ("keep ~ (better|srcword)? ~ quality", _keep_quality),
    ("quality ~ keep", _keep_quality),
    ("quality ~ (be|make)* ~ better", sets(relative="better")),
    ("(compress|make) ~ quality", sets(relative="worse_")),
]
SIZES: Rules = [
    # two ends of a range, a correction
    ("not ~ (make|to|under)* ~ bytes ~ (comma|and|stop|make|to|under)* ~ bytes", _last_bytes),
    ("bytes ~ (comma|and|stop)* ~ not ~ (make|to|under)* ~ bytes", lambda r, f: r.put("max_bytes", f.all("bytes")[0])),
    ("(compress|from|at|size|under|make)* ~ (num|bytes) ~ (and|to|until|dash|or) ~ bytes ~ (size|under|over)*", _num_range),
    ("over bytes ~ (and|comma|or)* ~ under bytes", _last_bytes),
    ("under bytes ~ (and|comma|or)* ~ over bytes", _bytes),
    ("over bytes ~ (not|remove)", _bytes),
    ("not ~ over ~ bytes", _bytes),
    ("over bytes", lambda r, f: False),
    ("(compress|make|keep|size|trim|by|at|to|from)* ~ (under|to|be)* ~ bytes ~ (under|size|version|at)*", _bytes),
    # parts of the source
    ("pct ~ (smaller|size smaller)", _ratio_by),
    ("frac ~ smaller", _ratio_by),
    ("(compress|trim|remove|make|smaller)* ~ size? ~ (by) ~ (pct|frac) ~ (of)? ~ (size|srcword|smaller)*", _ratio_by),
    ("(remove) ~ (pct|frac) ~ (of|at|from)* ~ (size|srcword|animation|format)*", lambda r, f: _ratio_by(r, f) if f.has("size", "srcword", "of") or r.lang != "en" else False),
    ("(trim|remove) ~ size ~ (pct|frac)", _ratio_by),
    ("(mult|count|num) ~ (smaller)", _times_smaller),
    ("(compress|smaller|make|trim) ~ size? ~ (by)? ~ (mult|count)", _times_smaller),
    ("(pct|frac) ~ (of|at) ~ (srcword|size|be|animation|format)+", _ratio_to),
    ("(size|srcword)+ ~ (at|to|of|be|under)* ~ (pct|frac) (size)?", lambda r, f: _ratio_to(r, f)),
    ("(pct|frac) ~ (size|under size)", _ratio_to),
    ("(compress|make) ~ size? ~ (to|under)+ ~ srcword? ~ (pct|frac) ~ (of|size|srcword)*", _ratio_to),
]  # fmt: skip
DIMS: Rules = [
    ("(make|compress|dims|to|at|size)* ~ halfthedims", sets(scale=0.5)),
    ("(dims|width|height|and|each|every)+ ~ (compress|make|by|to)* ~ (halve|halfthesize)", sets(scale=0.5)),
    ("(halve|halfthesize) ~ (of|dims|width|height)+", lambda r, f: sets(scale=0.5)(r, f) if f.has("dims", "width", "height") else False),
    ("double ~ dims", sets(scale=2.0)),
    ("dims ~ (to|by|make)* ~ double", sets(scale=2.0)),
    ("dims ~ compress ~ (by)? ~ (pct|frac)", lambda r, f: _dims_down(r, f)),
    ("dims ~ by (pct|frac)", _scale_by),
    ("(dims|width|height)+ ~ (make|compress|to|at|of|be|srcword|colon|down)* ~ (pct|frac|mult) ~ (of|srcword|size|dims)*", _scale),
    ("(compress)? ~ (at|to)? ~ (pct|frac|mult) ~ (of|at)? ~ (srcword|every|both)? ~ dims", _scale),
    ("keep ~ srcword? ~ (dims|size|width|height|aspectword)+", nothing),
    ("srcword? (dims|size|width|height|aspectword)+ ~ (keep|not compress|not make)", nothing),
    ("not ~ (make|compress|trim|losing)+ ~ srcword? ~ (dims|size|aspectword|width|height)+", nothing),
    ("(srcword) (dims|size)", nothing),
    ("(shortside) ~ (to|at|under|make|be|colon|compress)* ~ (px|num|pres)", _pixels("short_side")),
    ("(dims|make|compress|to|at|under|quality)* ~ pres (dims|quality|version|video|animation)?", lambda r, f: r.put("short_side", int(f["pres"]))),
    ("(width|longside) ~ (to|at|under|make|be|colon|compress|of)* ~ (px|num) ~ (under)?", _pixels("width")),
    ("(height) ~ (to|at|under|make|be|colon|compress|of)* ~ (px|num) ~ (under)?", _pixels("height")),
    ("(dims|make|compress|to|at|under|be)* ~ (px|num) ~ (at|of|by)? ~ width", _pixels("width")),
    ("(dims|make|compress|to|at|under|be)* ~ (px|num) ~ (at|of|by)? ~ height", _pixels("height")),
    ("(dims|make|compress|to|at|size|under|be|trim)* ~ dim (dims|version|size)?", _dim),
    ("(px|num) (by) (px|num)", lambda r, f: _by(r, f)),
    ("(dims|compress|make|to|at|under|size|px)* ~ px (dims|version)?", _pixels("width")),
    ("dims ~ (to|at|under|make|be|colon|compress)* ~ num", _pixels("width")),
    ("dims ~ (to|at|under|make|be|colon|compress|by)* ~ num", lambda r, f: _scale(r, f) if f["num"] <= 4 else False),
]  # fmt: skip
HALVES: Rules = [
    ("(compress|make|trim|size|to|by|at|srcword|under)* ~ halfthesize (size)?", sets(max_ratio=0.5)),
    ("(compress|trim|size|remove|smaller)+ ~ (by|to|size|of|srcword|make)* ~ halve", sets(max_ratio=0.5)),
    ("halve ~ (of)? ~ (size|it|srcword|animation|format)?", lambda r, f: sets(max_ratio=0.5)(r, f)),
    ("(compress|make)+ ~ (to|at|srcword|size|of)* ~ (pct)", lambda r, f: _percent(r, f)),
    ("(compress|make|trim|smaller)+ ~ (by)? ~ (pct|frac)", _ratio_by),
    ("(srcword|of) ~ (pct|frac)", _ratio_to),
    ("(pct|frac) ~ (compress|smaller)", _ratio_by),
]


def _percent(r: Reading, f: Found) -> Any:
    """ "reduce to 80%" leaves 80; "压缩80%" and "reduce 80%" take 80 away."""
    verb = next((t.value for t in f.tokens if t.kind == "compress"), "")
    if f.has("to", "srcword") or verb.endswith(("到", "至", "成", "为")) or (f.has("make") and not verb):
        return _ratio_to(r, f)
    return _ratio_by(r, f)


def _dims_down(r: Reading, f: Found) -> Any:
    verb = next((t.value for t in f.tokens if t.kind == "compress"), "")
    return _scale(r, f) if verb.endswith(("到", "至", "成", "为")) else _scale_by(r, f)


def _by(r: Reading, f: Found) -> Any:
    values = f.all("px", "num")
    if len(values) != 2 or min(values) < 8:
        return False
    r.put("width", int(values[0]))
    r.put("height", int(values[1]))
    return None
