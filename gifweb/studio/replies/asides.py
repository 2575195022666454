"""Replies other than changes and answers: words that were not understood, reasons why nothing changed, the file in
question, small talk."""

from __future__ import annotations

import re
from collections.abc import Sequence

from compressor.language import asks
from compressor.message_catalogue import Words, later, words
from compressor.number_format import exact, named, paragraph, seconds, size
from compressor.unsupported import cannot
from gifweb.studio.project_snapshot import Facts


def unclear(pieces: Sequence[str], lang: str) -> str:
    """Return a sentence with the parts that were not understood, as typed; "" without any."""
    say = words(lang)
    quoted = [say("“{text}”", text=_short(piece)) for piece in pieces if piece.strip()]
    if not quoted:
        return ""
    return say("I did not understand {pieces}. Could you say it another way?", pieces=named(quoted, say))


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 80 else plain[:79] + "…"


_REASONS = {
    "already": later("There is nothing to change: it is like that now."),
    "kept": later("All right, that stays as it is."),
    "dropped": later("All right, I leave it as it is."),
    "told": later("Noted. Nothing was changed."),
    "no_bytes_left": later("That is more than there is: it is {size} now. Say how small it may be."),
    "which_text": later("Which text do you mean? Say some of its words, or “the first” or “the last”."),
    "which_clip": later("Which clip do you mean? Say its number or its name."),
    "which_file": later("Which file do you mean: {files}? Say its number or its name."),
    "which_layer": later("Which layer do you mean? Say its number or a part of its name."),
    "no_layer": later("There is no such layer over the picture."),
    "no_layer_file": later("Upload the logo or picture first; then say where it is to go."),
    "no_text": later("There is no text on the picture yet."),
    "no_clip": later("There is no such clip on the timeline."),
    "no_music": later("There is no music yet."),
    "no_file": later("There is no such file here."),
    "no_result": later("Nothing has been exported yet. Say “export” when it is as you want it."),
    "no_undo": later("There is nothing to undo."),
    "no_redo": later("There is nothing to redo."),
    "no_such_past": later("I can't tell which moment you mean. Say “undo” to go back step by step, or “start over”."),
    "only_clip": later("This is the only clip; without it there would be nothing to show."),
}  # fmt: skip
_SYNONYMS = {
    "best_that_fits": "best_fits",
    "no_such_file": "no_file",
    "nothing_to_undo": "no_undo",
    "nothing_to_redo": "no_redo",
}


def nothing_changed(reason: str, facts: Facts, lang: str) -> str:
    """Say why nothing was changed, and what would help. ``reason`` is one of ``project_snapshot.REASONS``."""
    say = words(lang)
    reason = _SYNONYMS.get(reason, reason)
    if reason == "best_fits":
        return paragraph(_best(facts, say), say)
    if reason == "no_room":
        return paragraph(_no_room(facts, say), say)
    if reason == "uploaded":
        return files(facts.standing.name, lang, new=facts.new)
    if reason == "no_file" and not facts.names:
        return say("There is no file yet: upload one first.")
    if reason in _REASONS:
        files_here, has = numbered(list(facts.names.values()), say), size(smallest(facts), say)
        return say(_REASONS[reason], files=files_here, size=has)
    return say("Nothing was changed.")


def _best(facts: Facts, say: Words) -> list[str]:
    """Say that the last result fills its limit; a limit is never raised without being asked."""
    last, ceiling = facts.last, facts.standing.ceiling
    if last is None or not ceiling:
        return _no_room(facts, say)
    told = say(
        "This is the best that fits: the last result is {size}, and the limit is {limit}.",
        size=size(last.bytes, say, ceiling),
        limit=exact(ceiling, say),
    )
    return [told, say("For more quality say a larger limit, or shorten it.")]


def _no_room(facts: Facts, say: Words) -> list[str]:
    ceiling = facts.standing.ceiling
    if not ceiling:
        return [say("It is made as good as it can be already; nothing was changed.")]
    more = say("For more quality say a larger limit, or shorten it.")
    if facts.last and facts.last.bytes > ceiling:
        told = say(
            "Nothing fits {limit} yet: the last result is {size}, so the next one will look worse rather than better.",
            limit=exact(ceiling, say),
            size=size(facts.last.bytes, say, ceiling),
        )
        return [told, more, say("Fewer pixels lose fine detail, but under a limit each of them looks cleaner.")]
    return [say("It is made as good as {limit} allow; nothing was changed.", limit=exact(ceiling, say)), more]


def smallest(facts: Facts) -> int:
    """Return the smallest of limit, last result and source, in bytes; 0 without a file."""
    last = facts.last.bytes if facts.last else None
    known = (facts.standing.ceiling, last, facts.standing.source_bytes)
    return min((n for n in known if n), default=0)


def numbered(names: Sequence[str], say: Words) -> str:
    return named([f"{n}. {name}" for n, name in enumerate(names, 1)], say)


def files(name: str, lang: str, *, new: Sequence[str] = (), every: int = 0, duration_ms: int = 0) -> str:
    """Which file is meant. ``name`` alone: it is the one that is worked on now, with its length if ``duration_ms``
    says it. ``new``: these files came while ``name`` is worked on ("" before the first). ``every``: how many files each
    get the change."""
    say = words(lang)
    if new:
        there = say.many(
            "{names} is here.", "{names} are here.", len(new), names=named([say("“{text}”", text=n) for n in new], say)
        )
        if not name or name in new:
            return there
        still = say(
            "“{name}” is still the one I work on; say “now {other}” for the other, or “all files” for each of them.",
            name=name,
            other=new[0],
        )
        return paragraph([there, still], say)
    if every:
        return say.many("For {n} file:", "For each of the {n} files:", every)
    if duration_ms:
        return say("Now it is about “{name}”, {time} long.", name=name, time=seconds(duration_ms, say))
    return say("Now it is about “{name}”.", name=name)


# Words that mark small talk, in all languages.
_THANKS = (
    r"thank|thx|\bty\b|cheers|appreciate|谢|dank|merci|gracias|ありがと|サンキュ|感謝|助か|grazie|obrigad|valeu|"
    r"감사|고마"
)
_BYE = (
    r"\bbye|see you|good ?night|再见|拜拜|tsch[uü]s|bis (dann|bald)|au revoir|bonne (nuit|soirée)|adi[oó]s|hasta|"
    r"さよなら|またね|おやすみ|arrivederci|tchau|안녕히|잘 ?가"
)
_HELLO = (
    r"\b(hi|hello|hey|hallo|moin|servus|guten (tag|morgen|abend)|bonjour|bonsoir|salut|hola|buen[oa]s|ciao|buongiorno|"
    r"ol[aá]|oi)\b|你好|您好|在吗|早上好|こんにち|こんばん|おはよう|안녕|여보세요"
)
_PRAISE = (
    r"awesome|great|nice|perfect|cool|love|wow|amazing|brilliant|excellent|棒|厉害|不错|完美|太好|牛|super|toll|klasse|"
    r"prima|perfekt|génial|parfait|bravo|genial|perfecto|estupendo|すごい|素晴|いいね|完璧|ottimo|fantastic|ótimo|legal|"
    r"대박|좋아|최고"
)
_TALK = (
    (_THANKS, later("You're welcome!")),
    (_BYE, later("Goodbye! Your files are here when you come back.")),
    (_HELLO, later("Hello! What shall I do with your file?")),
    (_PRAISE, later("Glad you like it!")),
)


def small_talk(text: str, lang: str) -> str:
    """Return a short reply to thanks, a greeting, praise or a goodbye. A question about anything else is told what can
    be done here; the rest gets a neutral reply."""
    say = words(lang)
    plain = text.casefold()
    for pattern, reply in _TALK:
        if re.search(pattern, plain):
            return say(reply)
    if asks(text, lang):
        return cannot(["other"], lang)
    return say("All right.")
