"""Background that people tell: "we shot this at 60 fps, 15 would do", 昨天压了三次都失败了.

A clause that only tells is understood and asks for nothing, as long as another clause asks for something.
"""

from __future__ import annotations

import re

from .asking import sentences
from ..reading.lexer import Token
from ..reading.normal import Folded
from .pattern import Reading

_BREAKS = {"comma", "stop", "and"}
_OPENING = (
    r"^(?:(?:quick (?:one|question|thing)|please|dear \w+|so|and|but|also|btw|well|um|yo|hi|hey|hello|listen|ok|okay|"
    r"by the way|good morning|anyway|actually|basically|honestly|yesterday|today|earlier|last \w+|this \w+|now|since|"
    r"because|as|thing is)[,:! ]+)*"
)
_PERSON = (
    r"(?:i|we|you|he|she|they|someone|somebody|everyone|everybody|nobody|people|"
    r"(?:my|our|his|her|their|the|a|one of (?:my|our)) (?:\w+ )?(?:boss|manager|friends?|colleagues?|"
    r"coworkers?|designers?|"
    r"clients?|customers?|team|teachers?|students?|kids?|daughter|son|wife|husband|mom|mum|dad|mother|father|sister|"
    r"brother|cousin|grandma|grandpa|developers?|devs?|neighbou?rs?|uncle|aunt|intern|agency|company|marketing|legal|"
    r"girlfriend|boyfriend|editor|photographer|cat|dog)(?: \w+)?)"
)
_PAST = (
    r"(?:shot|made|took|got|sent|gave|cut|put|bought|paid|spent|went|found|left|was|were|had|did|came|saw|thought|"
    r"broke|built|began|chose|drew|felt|forgot|kept|knew|lost|met|ran|sold|set|spoke|won|wrote|grew|told|"
    r"been|done|gone|seen|taken|made|\w{2,}ed)"
)
_ALREADY = (
    r"(?:'ve|'d| have| has| had)?(?: \w+ly| just| already| also| then| now| still| even| never| once| only| been| all)*"
)
_STRONG = re.compile(rf"{_OPENING}{_PERSON}{_ALREADY} {_PAST}\b")
_CLIP = (
    r"(?:the|this|my|our|that) (?:\w+ )?"
    r"(?:video|clip|gif|animation|recording|footage|file|original|source|loop|capture)"
)
_MADE = r"(?:shot|filmed|recorded|made|taken|captured|exported|sent|rendered|created|from|edited|drawn)"
_MADE_OF = re.compile(rf"{_OPENING}{_CLIP} (?:is|was|has been|were) {_MADE}\b|^(?:it )?(?:was|were|has been) {_MADE}\b")
_WENT_ON = re.compile(r"(?:then |later |also )?(?:made|took|got|sent|gave|found|went|did|had|was|\w{3,}ed) ")
_OWNED = re.compile(
    rf"{_OPENING}(?:the|our|my|their|his|her|this|that) (?:\w+ ){{1,4}}?"
    rf"(?:has|have|had|is|are|was|were|uses?|runs?|shows?|works?|says?)\b|"
    rf"{_OPENING}(?:i|we|they|he|she) (?:run|runs|have|has|own|teach|work|stream|play|use|manage|sell|got)\b|"
    rf"{_OPENING}(?:i'm|we're|i am|we are|there are|there is|there's|i've got|we've got) "
)
_HAVING = re.compile(r"\b(?:have|has|had|got|'ve) (?:a|an|this|the|one|two|some) ")
_DOING = re.compile(
    rf"{_OPENING}(?:i'm|i am|we're|we are|he's|she's|they're) "
    r"(?!looking|going|hoping|aiming|trying|after|posting|sending|sharing)"
    r"(?:\w+ly |still |just |also )?\w{2,}ing\b"
)
_MINE = re.compile(
    r"(?:so |and |but )?(?:mine|ours|hers|theirs) (?:is|was|has|weighs|'s)\b|which (?:is|was|looks|looked)\b"
)
_MYSELF = re.compile(r"\b(?:myself|ourselves|already|himself|herself|themselves|last time|back then)\b")
_TELLING = re.compile(
    r"(?:(?:so|and|but|also|btw|well|um|yo|hi|hey|hello|listen|ok so|by the way|good morning)[, ]+)*"
    r"(?:i|i've|i'd been|we|we've|he|she|they|my|our|his|her|their|someone|somebody|people|everyone|everybody|nobody|"
    r"there's|there is|there are|there was|it's (?:a|an|the|from|part|my|our|his|her)|it was|it took|"
    r"this is|the [a-z]+(?: [a-z]+)? (?:was|were)|(?:half|most|some|two|all) of (?:my|our|the) [a-z]+)\b"
)
_WANTING = re.compile(
    r"\b(?:please|pls|plz|can|could|would|want|wants|wanted|need|needs|needed|should|must|may|let's|wish|prefer|"
    r"has to|have to|had to|supposed|ask(?:ed)?|tried|trying|meant|expected|hoped|hoping|"
    r"told|said|decided|agreed|chose|chosen|settled|requested|demanded|insisted|required|specified|ordered|allowed|suggested|"
    r"recommended|proposed|picked|figured|thought|mention|mentioned|in mind|promised|planned|aimed|opted|voted|"
    r"'d like|like it|make sure)\b|\?"
)
_ASKING = re.compile(rf"{_WANTING.pattern}|\b(?:make|only|just|like|too|give|enough|says?|'d)\b")
_ELSEWHERE = {
    "zh": re.compile(
        r"当时|那时候|以前|每[天月周日次](?:只能|可以|最多|能)?.{0,6}[次个]|用了\d+[次个]|"
        r"(?:昨天|昨晚|前天|上周|上次|上个月|去年|今早|刚才|之前|早上).*[了过]|[了过](?:好?几|半|两|三|四|五|十|\d+)[个次遍天年小]|"
        r"是.{0,14}(?:给|发|拍|录|做|传|弄|剪|买|用).{0,6}的$|今年\d+岁|\d+岁|个月大|.*(?:有|一共)\d+多?[个人名张家位]|^我用的是|"
        r"(?:拍|录|弄|做|剪|导|存|显示|变|传)成.{1,6}了$|(?:试|用|压|改|弄)过|"
        r"(?:录|拍|做|剪|花|等|充|加班|忙|找|跑|买)了"
    ),
    "de": re.compile(
        r"\b(?:ich|wir|er|sie|mein\w* \w+|unser\w* \w+) (?:habe|haben|hat|hatte|hatten|war|waren|bin|sind)\b|"
        r"\b(?:habe|haben|hat|hatte) (?:ich|wir|er|sie)\b|"
        r"\b(?:hat|habe|haben|hatten?) .*\b(?:ge\w+t|\w*ge\w+en|\w+iert)$"
    ),
    "fr": re.compile(
        r"\b(?:j'ai|j'en ai|je l'ai|on l'a|je les ai|nous avons|on a|il a|elle a|ils ont|c'est pour|c'etait|"
        r"m[ao]n? \w+ a)\b"
    ),
    "es": re.compile(
        r"\b(?:he|hemos|ha|han) \w+[ai]do\b|\b(?:tengo|tenemos|compre|hice|grabe|grabamos|hicimos|es para)\b|\w+amos\b"
    ),
    "ja": re.compile(r"(?:ました|でした|ましたが|んですが|のですが)$|\d+歳"),
}
_QUOTA = re.compile(r"每[天月周日](?:只能|可以|最多|能|限).{0,6}[次个]")
_WISHED = {
    "zh": re.compile(
        "说|要求|建议|决定|定了|定的|选|让|帮|请|麻烦|想|要|需要|希望|改成|压到|转成|能不能|可以|去掉|删|剪掉|[?]"
    ),
    "de": re.compile(r"\b(?:bitte|mochte\w*|will|wollen|brauch\w*|soll\w*|muss|konn\w*|wurde|hatte gern\w*)\b|\?"),
    "fr": re.compile(r"\b(?:veux|voudrais|voudrions|faut|faudrait|pouvez|peux|pourriez|merci de|besoin|aimerais)\b|\?"),
    "es": re.compile(
        r"\b(?:quiero|queremos|necesito|necesitamos|puedes|podrias|por favor|quisiera|debe|hace falta)\b|\?"
    ),
    "ja": re.compile("ください|下さい|ほしい|欲しい|たい|お願い"),
}
_DEEDS = {
    "remove", "trim", "crop", "make", "compress", "under", "over", "not", "keep", "export", "undo", "redo", "credits",
    "state", "help", "upload", "rotate", "mute", "rejected", "onlyhave", "inject", "quote", "colon", "grayscale",
    "bytes",
}  # fmt: skip
_NEVER = {
    "under",
    "over",
    "rejected",
    "onlyhave",
    "inject",
    "quote",
    "colon",
    "undo",
    "redo",
    "credits",
    "state",
    "help",
}
_FIGURES = {"bytes", "ms", "fps", "dim", "pres", "px", "num", "frames", "count", "ratio", "pct", "frac"}
_IDLE = {
    "art",
    "be",
    "plain",
    "word",
    "num",
    "use",
    "place",
    "every",
    "at",
    "of",
    "from",
    "uploader",
    "or",
    "to",
    "part",
}
_PASSING = {
    "qword", "halve", "halfthesize", "halfthedims", "aspect", "music", "track", "once", "twice", "frac", "color",
    "pres", "fps", "dim", "speedword", "boomerang", "video", "volume", "count", "ord", "reverse", "bgword", "loopword",
    "still",
}  # fmt: skip
_QUIET = {
    "art", "be", "plain", "word", "and", "or", "comma", "stop", "at", "of", "from", "animation", "video", "srcword",
    "num", "by", "soft", "dash", "load", "place", "use", "color", "uploader", "write", "add", "part",
}  # fmt: skip


def _clauses(reading: Reading) -> list[tuple[int, int]]:
    spans, first = [], 0
    for index, token in enumerate(reading.row):
        if token.kind in _BREAKS:
            spans.append((first, index))
            first = index + 1
    spans.append((first, len(reading.row)))
    return [s for s in spans if s[1] > s[0]]


def _said(reading: Reading, folded: Folded, first: int, last: int) -> str:
    row = reading.row
    start = row[first - 1].end if first else 0
    return folded.text[start : row[last].start if last < len(row) else len(folded.text)].strip(" ,.;!?-")


def _tells(reading: Reading, said: str, kinds: set[str]) -> bool:
    """Whether a clause tells what somebody did or has: nothing in it is wished for."""
    if reading.lang == "zh" and _QUOTA.search(said):
        return True  # 每天只能导出3次
    if kinds & _NEVER:
        return False
    if reading.lang == "en":
        told = _STRONG.match(said) or _MADE_OF.match(said) or _DOING.match(said) or _MINE.match(said)
        return bool(told) and not _WANTING.search(said) and not re.search(r" to (?:be|get|have)\b", said)
    return bool(_ELSEWHERE[reading.lang].search(said)) and not _WISHED[reading.lang].search(said)


_OTHERS_BYTES = re.compile(
    r"^ ?(?:members|followers|views|likes|subscribers|users|people|readers|downloads|visitors|customers|students|"
    r"fans|employees|left|free|remaining|of (?:ram|memory|data|storage|space|traffic|disk)|ram|memory|data|hdd|ssd|"
    r"drive|disk|internet|connection|line|wifi|bandwidth|plan|storage|/ ?s\b|per second|ps\b|"
    r"的?(?:网速|带宽|宽带|流量|的?空间|内存条|硬盘|套餐)|"
    r"frei|ram\b|speicher|libres?|de (?:ram|donnees|datos|memoria|memoire))"
)
_BEFORE_BYTES = re.compile(
    r"\b(?:internet|connection|wifi|bandwidth|data plan|phone plan|ram|hard drive|disk|upload speed)"
    r"(?: \w+){0,4}(?: of)? $|"
    r"(?:网速|带宽|宽带|流量|硬盘|套餐|手机)(?:只|才|就|还|剩|有|是|下|了|每月|的)* ?$|剩(?:下|了)? ?$"
)
_OTHERS_TIME = re.compile(
    r"^ ?(?:ago|later|of (?:gameplay|footage|waiting|work|my|raw)|to (?:load|open|download|upload|render|process)|"
    r"(?:late|early)\b|(?:才|就|了才|都没|还没)?(?:打开|加载出来|加载完|打得开|出来|才)|"
    r"de (?:charge|chargement|carga)|a charger|"
    r"pour (?:charger|ouvrir)|en (?:cargar|abrir)|zum laden|old\b)"
)
_BEFORE_TIME = re.compile(
    r"(?:take|takes|took|taking|spent|spend|waited|waiting|wait|loads? in|met|tarda|dauert es|brauche?n?|"
    r"load(?:s|ing)? for|every|after about)(?: \w+)? $|"
    r"(?:加载|打开|卡|等|花|耗|缓冲|转圈|一圈)(?:了|要|得|个|时间|差不多|大概|将近|上|就|需要)* ?$"
)


def _foreign(reading: Reading, folded: Folded) -> None:
    """Figures of something else: "2 GB left this month", "it takes 11 seconds to load", 网速只有2兆."""
    for at, token in enumerate(reading.row):
        if token.kind not in {"bytes", "ms"} or not reading.left(at):
            continue
        before, after = folded.text[max(0, token.start - 30) : token.start], folded.text[token.end : token.end + 24]
        rear, front = (_OTHERS_BYTES, _BEFORE_BYTES) if token.kind == "bytes" else (_OTHERS_TIME, _BEFORE_TIME)
        edged = any(
            t.kind in {"first", "last", "begin", "end", "trim", "remove", "keep"}
            for t in reading.row[max(0, at - 4) : at]
        )
        if (rear.search(after) or front.search(before)) and not (token.kind == "ms" and edged):
            reading.use(at, at + 1)
            reading.nothing = True


def _goes_on(reading: Reading, folded: Folded, first: int, last: int) -> bool:
    said = _said(reading, folded, first, last)
    return reading.lang == "en" and bool(_WENT_ON.match(said)) and not _WANTING.search(said)


def narrated(reading: Reading, folded: Folded) -> None:
    """Take what is only told out of the row."""
    _foreign(reading, folded)
    _told_in_sentences(reading, folded)
    row = reading.row
    spans = _clauses(reading)
    telling: list[tuple[int, int]] = []
    for first, last in spans:
        kinds = {t.kind for i, t in enumerate(row[first:last], first) if reading.left(i)}
        follows = bool(telling) and telling[-1][1] == first - 1 and row[first - 1].kind != "stop"
        said = _said(reading, folded, first, last)
        only = {t.kind for t in row[first:last] if str(t.value) in {"只有", "only"}}
        bare = bool(kinds & _FIGURES) and kinds <= _FIGURES | {"art", "be", "plain", "every", "fpsword", "at"} | only
        bare = bare and not (_WANTING if reading.lang == "en" else _WISHED[reading.lang]).search(said)
        owned = _IDLE | {"smaller", "format", "animation", "video"} if _HAVING.search(said) else _IDLE
        if reading.lang == "en" and kinds <= owned and _OWNED.match(said):
            telling.append((first, last))
            continue
        if follows and row[first - 1].kind == "and" and _MYSELF.search(_said(reading, folded, first, last)):
            bare = True  # "I recorded it and cut it to 15 seconds myself"
        if follows and row[first - 1].kind == "and" and _goes_on(reading, folded, first, last):
            bare = True  # "I scanned 24 drawings and made them into a gif"
        if (follows and bare) or _tells(reading, said, kinds):
            telling.append((first, last))
    others = [s for s in spans if s not in telling]
    wished = any(t.kind not in _QUIET and reading.left(i) for a, b in others for i, t in enumerate(row[a:b], a))
    if not telling or not (wished or _answered(reading, telling, others)):
        return
    for first, last in telling:
        for at in range(first, last):
            if reading.left(at) and row[at].kind not in {"place", "use"}:  # what it is for may be told: 给抖音拍的
                reading.use(at, at + 1)
        reading.nothing = True
    _answered(reading, telling, others)


def _unit_of(row: list[Token], at: int) -> Token | None:
    """The figure at a place of the row, where a bare number after it may have its unit: "600 wide" counts pixels."""
    token = row[at]
    if token.kind == "num" and at + 1 < len(row) and row[at + 1].kind == "width":
        return Token("px", token.value, token.start, token.end)
    return token if token.kind in {"fps", "bytes", "colors", "pres", "px"} else None


def _answered(reading: Reading, telling: list[tuple[int, int]], others: list[tuple[int, int]]) -> bool:
    """ "… at 60 fps …, 15 would do": the bare number has the unit of the figure that was told before it."""
    row = reading.row
    for first, last in others:
        figure = next(
            (t for a, b in telling if b <= first for t in row[a:b] if t.kind in {"fps", "bytes", "colors", "pres"}),
            None,
        )
        said = [t for t in row[first:last] if t.kind not in {"art", "be", "plain", "make", "under", "word"}]
        if figure is None or len(said) != 1 or said[0].kind != "num":
            continue
        unit = next((u for u in (10**9, 10**6, 10**3) if figure.value >= u), 1) if figure.kind == "bytes" else 1
        value = said[0].value * unit
        if not 0 < value < figure.value:
            continue
        at = next(i for i in range(first, last) if row[i] is said[0])
        row[at] = Token(
            figure.kind, round(value) if figure.kind == "bytes" else said[0].value, said[0].start, said[0].end
        )
        reading.name(at)
        return True
    return False


def _told_in_sentences(reading: Reading, folded: Folded) -> None:
    """A sentence that tells a story wishes for nothing: "My best friend sent it to me. He plays the piano in it." """
    row = reading.row
    spans = sentences(reading)
    orders = any(t.kind == "remove" and _ends_there(row, i + 1) for i, t in enumerate(row))
    if reading.lang != "en" or len(spans) < 2 or orders:
        return
    for first, last in spans:
        said = _said(reading, folded, first, last)
        asked = last < len(row) and row[last].value == "?"
        if asked or not _TELLING.match(said) or _ASKING.search(said) or _DEEDS & {t.kind for t in row[first:last]}:
            continue
        for at in range(first, last):
            if row[at].kind in _PASSING and reading.left(at):
                reading.use(at, at + 1)
                reading.nothing = True


def _ends_there(row: list[Token], at: int) -> bool:
    """Whether "remove" or "remove them" ends its clause: what is meant was said in an earlier one."""
    while at < len(row) and row[at].value in {"it", "them", "that", "this", "those"}:
        at += 1
    return at == len(row) or row[at].kind in {"stop", "comma", "and"}
