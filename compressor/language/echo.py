"""The explain object in plain words again: one label per wish (chips), or a sentence of them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Chip:
    """One wish that can be taken back: ``key`` is its key in the explain object, ``label`` what it says."""

    key: str
    label: str


def size(value: int) -> str:
    """``500 KB``, ``1.5 MB``, ``256 KiB``: in the unit that needs the fewest digits."""
    for unit, worth in (("MB", 1_000_000), ("MiB", 1 << 20), ("KB", 1000), ("KiB", 1024)):
        amount = value / worth
        if amount >= 1 and round(amount, 2) == amount:
            return f"{amount:g} {unit}"
    if value >= 1_000_000:
        return f"{value / 1_000_000:.2f} MB"
    return f"{value:,} bytes" if value < 10_000 else f"{value / 1000:.1f} KB"


def seconds(ms: int) -> str:
    return f"{ms / 1000:g} s"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


_QUALITY_ZH = {"low": "低画质", "medium": "中等画质", "high": "高画质", "lossless": "无损"}
_COLOR_ZH = {
    "white": "白色", "black": "黑色", "red": "红色", "green": "绿色", "blue": "蓝色", "yellow": "黄色",
    "orange": "橙色", "purple": "紫色", "pink": "粉色", "gray": "灰色", "brown": "棕色", "gold": "金色", "cyan": "青色",
}  # fmt: skip
_PLACE_ZH = {
    "top": "顶部", "bottom": "底部", "center": "中间", "top-left": "左上角", "top-right": "右上角",
    "bottom-left": "左下角", "bottom-right": "右下角", "left": "左侧", "right": "右侧",
}  # fmt: skip
_RELATIVE = {
    "smaller": ("Smaller than before", "比之前更小"),
    "better": ("Better looking than before", "比之前更清晰"),
    "faster": ("A little faster", "稍快一些"),
    "slower": ("A little slower", "稍慢一些"),
}
_ACTION = {
    "export": ("Export", "导出"),
    "credits": ("Show the credits", "查看积分"),
    "state": ("Show the state", "查看状态"),
    "upload": ("Upload a file", "上传文件"),
    "undo": ("Undo the last change", "撤销上一步"),
    "redo": ("Redo the change", "重做"),
    "help": ("Help", "帮助"),
}


def _text(value: Any, zh: bool) -> str:
    texts = value if isinstance(value, list) else [value]
    return ("；" if zh else "; ").join(_one_text(t, zh) for t in texts)


def _one_text(text: Mapping[str, Any], zh: bool) -> str:
    parts = [f"文字“{text.get('text', '')}”" if zh else f"the text “{text.get('text', '')}”"]
    place, color = text.get("position"), text.get("color")
    start, end = text.get("start_ms"), text.get("end_ms")
    if place:
        parts.append(
            _PLACE_ZH.get(place, place)
            if zh
            else ("in the middle" if place == "center" else f"at the {place.replace('-', ' ')}")
        )
    if color:
        parts.append(_COLOR_ZH.get(color, color) if zh else f"in {color}")
    if text.get("size"):
        parts.append(f"字号 {text['size']:g}" if zh else f"size {text['size']:g}")
    if start is not None and end is not None:
        parts.append(f"{seconds(start)}–{seconds(end)}" if zh else f"from {seconds(start)} to {seconds(end)}")
    elif end is not None:
        parts.append(f"前 {seconds(end)}" if zh else f"for the first {seconds(end)}")
    elif start is not None:
        parts.append(f"从 {seconds(start)} 起" if zh else f"from {seconds(start)} on")
    return ("，" if zh else " ").join(parts)


def _music(value: Any, zh: bool) -> str:
    wish = value if isinstance(value, Mapping) else {}
    name, volume = wish.get("name"), wish.get("volume")
    label = (f"{name} 音乐" if name else "背景音乐") if zh else (f"{name} music" if name else "background music")
    if volume is not None:
        label += f"，音量 {_percent(volume)}" if zh else f" at {_percent(volume)}"
    return label


def _crop(value: Mapping[str, int], zh: bool) -> str:
    box = f"{value['w']} x {value['h']}"
    place = f"{value['x']}, {value['y']}"
    return f"裁剪 {box}，起点 {place}" if zh else f"cropped to {box} at {place}"


def _background(value: str, zh: bool) -> str:
    if value == "transparent":
        return "透明背景" if zh else "transparent background"
    return f"{_COLOR_ZH.get(value, value)}背景" if zh else f"{value} background"


_FORMAT = {"webp": "WebP", "webm": "WebM"}
_FIT = {"crop": ("cropped", "裁剪"), "pad": ("padded, nothing cut off", "补边"), "blur": ("blurred sides", "模糊填充")}
_FLIP = {"horizontal": ("flipped horizontally", "左右翻转"), "vertical": ("flipped vertically", "上下翻转")}


def _quality(value: Any, zh: bool) -> str:
    if zh:
        return _QUALITY_ZH.get(value, f"画质 {value}")
    if value == "lossless":
        return "lossless"
    return f"{value} quality" if isinstance(value, str) else f"quality {value:g}"


def _end(value: int, zh: bool) -> str:
    if value < 0:
        return f"去掉最后 {seconds(-value)}" if zh else f"without the last {seconds(-value)}"
    return f"前 {seconds(value)}" if zh else f"first {seconds(value)}"


def _loop(value: int, zh: bool) -> str:
    if zh:
        return f"播放 {value} 次" if value else "无限循环"
    if not value:
        return "loops for ever"
    return "plays once" if value == 1 else f"plays {value} times"


_LABELS: dict[str, Callable[[Any, bool], str]] = {
    "action": lambda v, zh: _ACTION.get(v, ("", ""))[zh],
    "preset": lambda v, zh: f"按 {v} 的要求" if zh else f"fit for {v}",
    "max_bytes": lambda v, zh: f"不超过 {size(v)}" if zh else f"at most {size(v)}",
    "max_ratio": lambda v, zh: f"不超过原来的 {_percent(v)}" if zh else f"at most {_percent(v)} of the source's bytes",
    "relative": lambda v, zh: _RELATIVE.get(v, (str(v), str(v)))[zh],
    "format": lambda v, zh: f"{_FORMAT.get(v, v.upper())} 格式" if zh else f"as {_FORMAT.get(v, v.upper())}",
    "quality": _quality,
    "width": lambda v, zh: f"宽 {v} 像素" if zh else f"{v} px wide",
    "height": lambda v, zh: f"高 {v} 像素" if zh else f"{v} px high",
    "short_side": lambda v, zh: f"{v}p",
    "scale": lambda v, zh: f"尺寸为原来的 {_percent(v)}" if zh else f"{_percent(v)} of the dimensions",
    "fps": lambda v, zh: f"每秒 {v:g} 帧" if zh else f"{v:g} frames per second",
    "keep_every": lambda v, zh: f"每 {v} 帧留 1 帧" if zh else f"one frame of every {v}",
    "colors": lambda v, zh: f"{v} 色" if zh else f"{v} colours",
    "dither": lambda v, zh: ("使用抖动" if v else "不用抖动") if zh else ("dithered" if v else "no dithering"),
    "grayscale": lambda v, zh: "黑白" if zh else "black and white",
    "start_ms": lambda v, zh: f"从 {seconds(v)} 开始" if zh else f"from {seconds(v)} on",
    "end_ms": _end,
    "last_ms": lambda v, zh: f"最后 {seconds(v)}" if zh else f"last {seconds(v)}",
    "max_duration_ms": lambda v, zh: f"最长 {seconds(v)}" if zh else f"at most {seconds(v)} long",
    "speed": lambda v, zh: f"{v:g} 倍速" if zh else f"{v:g} times the speed",
    "reverse": lambda v, zh: "倒放" if zh else "backwards",
    "boomerang": lambda v, zh: "来回播放" if zh else "forwards, then backwards",
    "loop": _loop,
    "aspect": lambda v, zh: f"比例 {v}" if zh else f"{v} shape",
    "fit": lambda v, zh: _FIT[v][zh] if v in _FIT else str(v),
    "crop": _crop,
    "rotate": lambda v, zh: f"旋转 {v}°" if zh else f"turned by {v}°",
    "flip": lambda v, zh: _FLIP[v][zh] if v in _FLIP else str(v),
    "text": _text,
    "remove_text": lambda v, zh: "去掉文字" if zh else "without the text",
    "music": _music,
    "remove_music": lambda v, zh: "去掉音乐" if zh else "without the music",
    "volume": lambda v, zh: f"音量 {_percent(v)}" if zh else f"volume {_percent(v)}",
    "mute": lambda v, zh: ("静音" if v else "打开声音") if zh else ("silent" if v else "sound on"),
    "background": _background,
    "transparent": lambda v, zh: "保留透明" if zh else "transparency kept",
    "strip_metadata": lambda v, zh: "去掉元数据" if zh else "metadata removed",
}  # fmt: skip
_ORDER = list(_LABELS)


def chips(explain: Mapping[str, Any], lang: str = "en") -> list[Chip]:
    """One chip per wish, in a stable order; taking the key out of the object takes the wish back."""
    zh = lang == "zh"
    found = []
    for key in sorted(explain, key=lambda k: _ORDER.index(k) if k in _ORDER else 99):
        if key == "action" and explain[key] in {"edit", "unknown"}:
            continue
        if key == "end_ms" and explain.get("start_ms"):
            continue  # said together with the start
        if key == "start_ms" and explain.get("end_ms", -1) > 0:
            start, end = seconds(explain["start_ms"]), seconds(explain["end_ms"])
            label = f"{start} 到 {end}" if zh else f"from {start} to {end}"
        elif key in _LABELS:
            label = _LABELS[key](explain[key], zh)
        else:
            continue
        if label:
            found.append(Chip(key, label[:1].upper() + label[1:]))
    return found


def without(explain: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object with one chip taken away."""
    gone = {key, "end_ms"} if key == "start_ms" else {key}
    return {k: v for k, v in explain.items() if k not in gone}


def say(explain: Mapping[str, Any], lang: str = "en") -> str:
    """All of it in one sentence: "At most 500 KB, as MP4, first 3 s." An empty string when nothing was asked."""
    labels = [c.label for c in chips(explain, lang)]
    if not labels:
        return ""
    if lang == "zh":
        return "，".join(labels) + "。"
    return ", ".join([labels[0], *(_lower(label) for label in labels[1:])]) + "."


def _lower(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
