"""Which format it is to be, and how good."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Found, Reading, Rules, letter, nothing, sets
from .rows import POINTING


def _quality_number(r: Reading, f: Found) -> Any:
    value = f.get("num", "pct")
    if value is None or not 0 <= value <= 100:
        return False
    if 0 < value < 1 and not f.has("pct"):  # 0.6, 60/100
        value *= 100
    r.put("quality", value)
    return None


def _quality(r: Reading, f: Found) -> None:
    r.unharmed = f["qword"] == "unharmed"  # "without losing quality", which gives way to a size; "lossless" does not
    r.put("quality", "lossless" if r.unharmed else f["qword"])


def _keep_quality(r: Reading, f: Found) -> None:
    r.keep_quality = True
    r.nothing = True


_COMPLAINTS = (
    "look",
    "ugly",
    "blurr",
    "pixel",
    "grain",
    "artifact",
    "artefact",
    "band",
    "blocky",
    "fuzzy",
    "crappy",
    "bad",
    "too ",
    "糊",
    "太",
    "马赛克",
)


def _keep_looks(r: Reading, f: Found) -> Any:
    """ "without making it look terrible" wishes for nothing but care."""
    if not str(f["better"]).startswith(_COMPLAINTS):
        return False
    _keep_quality(r, f)
    return None


def _than_that(r: Reading, f: Found) -> Any:
    """ "can it be smaller than that?": what stands after "than" is how it is now."""
    after = [t for t in f.tokens if t.kind == "art" and t.value in {"that", "this", "it", "these", "those"}]
    if f["under"] not in {"smaller than", "less than", "lighter than"} or not after:
        return False
    r.put("relative", "smaller")
    return None


_SEEMING = {
    "look",
    "looks",
    "looked",
    "looking",
    "seem",
    "seems",
    "feels",
    "came out",
    "comes out",
    "turned out",
    "is",
    "it's",
}


def _looks_poor(r: Reading, f: Found) -> Any:
    """ "it looks a bit rough" complains; "a rough version is fine" wishes for one."""
    at = f.first - 1
    while at > 0 and r.row[at].value in {"rather", "so", "very", "quite", "too", "all"}:
        at -= 1
    before = r.row[at] if at >= 0 else None
    if f["qword"] != "low" or before is None or before.value not in _SEEMING:
        return False
    if any(t.value in {"fine", "ok", "okay", "enough"} for t in r.row[f.first : f.last + 2]):
        return False
    r.wish.setdefault("relative", "better")
    r.use(at, f.first)
    return None


def _lowered(r: Reading, f: Found) -> None:
    """ "lower the quality a little" orders; "that's worse than before" complains."""
    complains = str(f["worse"]) in {"worse", "a little worse", "uglier"}
    r.wish.setdefault("relative", "better" if complains else "worse_")


def _format(r: Reading, f: Found) -> None:
    r.put("format", f.all("format")[-1])


def _still(r: Reading, f: Found) -> None:
    r.put("format", "png")


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


_THIS = {
    "this",
    "that",
    "my",
    "our",
    "your",
    "these",
    "这个",
    "这张",
    "那个",
    "我的",
    "dieses",
    "mein",
    "este",
    "mi",
    "ce",
    "mon",
}


def _target(r: Reading, f: Found) -> Any:
    """ "make this gif smaller" names the source; "make it a gif" and "as gif" name the target."""
    value = f.all("format")[-1]
    index = next(i for i in range(len(f.tokens) - 1, -1, -1) if f.tokens[i].kind == "format")
    between = f.tokens[:index]
    verb_only = all(
        t.kind in {"make", "art", "keep", "export", "at", "colon"} or t.kind in {"plain", "word"} for t in between
    )
    verb_only = verb_only or (
        f.tokens[0].value == "to"
        and f.tokens[1].kind == "make"
        and all(t.kind in {"art", "plain"} for t in between[2:])
    )  # "I want to make my gif loop"
    after = r.letters[f.last : f.last + 3]
    pointing = any(t.kind == "art" and t.value in POINTING for t in between)
    if between and between[-1].kind == "art" and between[-1].value in _THIS and f.tokens[-1].kind == "format":
        return False  # "I wrote to you about this gif"
    if any(t.kind == "at" and t.value == "for" for t in between) and value == "gif":
        return False
    if verb_only and (pointing or f.tokens[-1].kind == "animation"):
        return False
    into = any(str(t.value).endswith(("成", "为")) for t in between)  # 做成gif不超过5M
    if (
        verb_only
        and not into
        and after[:1]
        and after[0] in {letter("to"), letter("under"), letter("compress"), letter("smaller")}
    ):
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
    return any(t.kind in {"make", "export"} and t.value in MAKING for t in tokens) or any(
        t.kind in {"keep", "formatword", "colon"} for t in tokens
    )


MAKING = {
    "转",
    "转成",
    "转换",
    "转换成",
    "转换为",
    "转为",
    "变成",
    "变为",
    "改成",
    "改",
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
    "转回",
    "转回成",
    "变回",
    "改回",
    "换回",
    "settled on",
    "decided on",
    "agreed on",
    "went with",
    "going with",
    "go with",
    "opted for",
    "go for",
}


def _to_video(r: Reading, f: Found) -> Any:
    words = [t.value for t in f.tokens]
    pointing = any(t.kind == "art" and t.value in POINTING - {"this", "that"} for t in f.tokens)
    if f.last < len(r.row) and r.row[f.last].kind in {"loopword", "slower", "faster", "smaller", "better", "reverse"}:
        return False  # "make a video play slower"
    if f.tokens[-1].value in {"clip", "film", "短片"} or "made" in words or (pointing and not f.has("to")):
        return False
    if not f.has("to") and not ({"一个", "a", "un", "ein", "une"} & set(words)) and not set(words) & MAKING:
        return False
    r.put("format", "mp4")
    return None


def _wanted_video(r: Reading, f: Found) -> Any:
    """ "I want a video" says no more, and means one that plays everywhere."""
    if not f.first or r.row[f.first - 1].value != "wanted" or f["video"] in {"clip", "film", "短片"}:
        return False
    r.put("format", "mp4")
    return None


def _to_kind(r: Reading, f: Found) -> Any:
    last = f.tokens[-1]
    if not f.has("to"):
        return False
    r.put("format", {"still": "png", "video": "mp4"}.get(last.kind, last.value))
    return None


FORMATS: Rules = [
    ("format ~ (at|to)* ~ export", lambda r, f: _format(r, f) if r.lang == "ja" and "出力" in str(f["export"]) else False),
    ("format? format make", lambda r, f: _format(r, f) if r.lang == "ja" else False),
    ("togif format", _format),
    ("(format|video|still)? ~ togif", sets(format="gif")),
    ("(from|format) format (to|make) (format|video)", lambda r, f: _convert(r, f)),
    ("format (to|make) ~ format", _format),
    ("(from) format (comma)?", nothing),
    ("not ~ video ~ (comma|and|stop)+ ~ format", _format),
    ("not ~ (make|to|add)* ~ format ~ (comma|and|stop|keep|make|to)+ ~ video", sets(format="mp4")),
    ("not ~ animation ~ (comma|and|stop|keep|make|to)+ ~ video", sets(format="mp4")),
    ("not ~ video ~ (comma|and|stop|keep|make|to)+ ~ animation", sets(format="gif")),
    ("animation ~ comma? ~ not ~ video", lambda r, f: r.put("format", "gif")),
    ("video ~ not ~ animation", lambda r, f: r.put("format", "mp4")),
    ("video ~ not ~ format", lambda r, f: r.put("format", "mp4")),
    ("format ~ not ~ video", _format),
    ("format ~ not (comma|and) ~ format", _format),
    ("format ~ not format", lambda r, f: r.put("format", f.all("format")[0])),
    ("not ~ (make|to|at|keep|add)* ~ format ((or|and|comma) format)* ~ (comma|and|stop|keep|make|to)+ ~ format", _format),
    ("not ~ (make|to|keep|at|from)* ~ formatword", nothing),
    ("keep ~ formatword", nothing),
    ("formatword ~ keep", nothing),
    ("not ~ (make|to|at|keep|add|load|uploader)* ~ format ((or|and|comma) format)*", nothing),
    ("(make|to|at|keep|formatword|export|colon)+ ~ (animation|video|version|formatword|be|colon)* ~ format (version|formatword|animation|video)*", lambda r, f: _target(r, f)),
    ("format (version|formatword|keep)", _format),
    ("keep add format", _format),
    ("(animation|video|format) ~ to ~ (still|video|format)", lambda r, f: _to_kind(r, f)),
    ("(make|to|keep|export)+ ~ (at|to|of|and)* ~ still", _still),
    ("video (comma|stop|and|not|$)", lambda r, f: _wanted_video(r, f)),
    ("(make|to|export)+ ~ (version|at)* ~ video", lambda r, f: _to_video(r, f)),
]  # fmt: skip


QUALITY: Rules = [
    ("under (be|stop|comma|$)", lambda r, f: _than_that(r, f)),
    ("quality ~ not ~ under ~ (num|pct)", _quality_number),
    ("(qword|better|quality) ~ (comma|and|stop)+ ~ not ~ under ~ (num|pct) (comma|stop|and|$)", _quality_number),
    ("(qword|better|quality) ~ (comma|and|stop)+ ~ over ~ (num|pct) (comma|stop|and|$)", _quality_number),
    ("(not|keep) ~ (losing|compress|remove|trim|make) ~ toomuch? ~ (of|at)? ~ quality", _keep_quality),
    ("not ~ (make|losing|look|be)* ~ better", lambda r, f: _keep_looks(r, f)),
    ("not ~ (losing|worse|remove|compress) ~ (toomuch|quality|of|at|size)*", _keep_quality),
    ("not ~ toomuch losing", _keep_quality),
    ("(make)? quality ~ not ~ (toomuch|worse|losing|compress|smaller|be|keep)+", _keep_quality),
    ("not ~ (toomuch)? ~ quality losing?", _keep_quality),
    ("(quality losing|losing quality) ~ toomuch?", _keep_quality),
    ("quality ~ (to|at|of|colon|make|be|under|over|keep|compress)* ~ (num|pct)", _quality_number),
    (
        "(qword|better) ~ comma num (comma|stop|$)",
        lambda r, f: (
            _quality_number(r, f)
            if "质" in str(f.get("better", "qword")) or "quality" in str(f.get("better", "qword"))
            else False
        ),
    ),
    ("(num|pct) ~ (of)? quality", _quality_number),
    (
        "keep? ~ quality ~ (be|keep|at)* ~ height",
        lambda r, f: (
            sets(quality="high")(r, f)
            if f["height"] in {"high", "高"} and r.letters[f.last : f.last + 1] not in {letter("num"), letter("px")}
            else False
        ),
    ),
    ("fine", nothing),
    ("qword", lambda r, f: _looks_poor(r, f)),
    ("worse ~ fine?", lambda r, f: _lowered(r, f)),
    ("not ~ toomuch? ~ qword", nothing),
    ("(quality|make|keep|at|to)* ~ qword (quality)?", _quality),
    ("keep ~ (better|srcword)? ~ quality", _keep_quality),
    ("quality ~ keep", _keep_quality),
    ("quality ~ (be|make)* ~ better", sets(relative="better")),
    ("(compress|make) ~ quality", sets(relative="worse_")),
]
