"""The pages' sentences in other languages: what scripts say, and which labels a page is given."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext, ngettext_lazy
from django.utils.translation import gettext_noop as later

_SAID = re.compile(r"""\bt\("((?:[^"\\]|\\.)+)\"""")

# Sentences of Django and allauth that some language says otherwise here: English without capitals within, Chinese
# with 你 as everywhere.
SAID_OTHERWISE = [
    later("Change Password"), later("Confirm Access"), later("Current Password"), later("New Password"),
    later("New Password (again)"), later("Password (again)"), later("Password Reset"), later("Recovery Codes"),
    later("Reset My Password"), later("Set Password"), later("Sign Out"), later("Verify Your Email Address"),
    later("Are you sure you want to sign out?"),
    later("Your password can’t be too similar to your other personal information."),
    later("Your password can’t be a commonly used password."), later("Your password can’t be entirely numeric."),
    later("This password is entirely numeric."),
    ngettext_lazy("Your password must contain at least %(min_length)d character.",
                  "Your password must contain at least %(min_length)d characters.", "min_length"),
    # Django 5.2 says it in words that its Chinese catalogue does not have
    ngettext_lazy("This password is too short. It must contain at least %d character.",
                  "This password is too short. It must contain at least %d characters."),
]  # fmt: skip


@lru_cache(maxsize=1)
def script_sentences() -> tuple[str, ...]:
    """Every sentence that our scripts say, as ``t("…")`` has it."""
    scripts = sorted((settings.ROOT / "static" / "js").glob("*.js"))
    return tuple(sorted({one for path in scripts for one in _SAID.findall(path.read_text(encoding="utf-8"))}))


@lru_cache(maxsize=8)
def _words(lang: str) -> dict[str, str]:
    return {one: gettext(one) for one in script_sentences()}


def context(request: HttpRequest) -> dict[str, Any]:
    """``js_words``: what scripts say in the language of the page; nothing where that is English."""
    lang = get_language() or "en"
    return {"js_words": {} if lang.startswith("en") else _words(lang)}


def lang() -> str:
    """The language of the request, as the engine's catalogues name it."""
    return get_language() or "en"
