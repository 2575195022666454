"""The pages in Chinese: every sentence is translated, with its placeholders, and a page has no English left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from compressor import catalogue
from gifweb import engine_sentences, translations

from .site_sentences import everything, of_scripts
from .test_pages import sound

FOLDER = Path(settings.LOCALE_PATHS[0])
PO = FOLDER / "zh_Hans" / "LC_MESSAGES" / "django.po"
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
# Names, units, formats and what one types: no words of the interface.
NAMES = {
    word
    for line in (
        "brim gif mp webm apng webp mov avi mkv avif png jpeg h vp kb kib mb mib gb px fps english api reels ",
        "shift for under slack discord telegram twitch whatsapp signal mastodon mattermost steam bttv ",
        "betterttv kick youtube ads google display video x twitter github readme e mail instagram tiktok ",
        "linkedin bluesky pinterest reddit giphy shopify wordpress ko fi mgid dv ssimulacra first seconds ",
        "half the size emoji emote sticker attachment animated avatar frame store page product media upload ",
        "reel ad wechat picture in a its through proxy tv utc p s skill md stripe cookie delete com makeemoji ",
        "xconvert adwords support answer javascript",
    )
    for word in line.split()
}


@pytest.fixture(autouse=True)
def _compiled() -> Iterator[None]:
    catalogue.compile_all(FOLDER)
    yield
    translation.deactivate()


def entries() -> dict[str, list[str]]:
    return catalogue.entries(PO.read_text(encoding="utf-8"))


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    keys = {"\x00".join(one) for one in everything()}
    found = entries()
    assert sorted(keys - found.keys()) == []
    assert sorted(found.keys() - keys - {""}) == []


def test_translations_fill_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)s|\{(\w+)\}", text))

    for key, forms in entries().items():
        if key:
            for form in forms:
                assert places(form) == places(key.split("\x00")[-1]), key
                assert form.count("%%") == key.split("\x00")[-1].count("%%"), key


def test_scripts_are_given_their_sentences() -> None:
    assert {(one,) for one in translations.script_sentences()} == of_scripts()


class Texts(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "code", "pre", "title"):
            self.inside.append(tag)
        self.found += [value or "" for name, value in attrs if name in ("aria-label", "alt", "placeholder")]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.found.append(data)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/places", "/for/slack-emoji", "/for/google-display", "/check", "/renders", "/projects", "/privacy",
             "/credits", "/login", "/nothing", "/account"]
)  # fmt: skip
def test_a_page_in_chinese_has_no_english_word_of_the_interface(path: str) -> None:
    answer = Client(headers=CHINESE).get(path)
    text = answer.content.decode()
    assert '<html lang="zh-Hans">' in text
    words = {word for part in Texts(text).found for word in re.findall(r"[a-z]+", part.lower())}
    assert sorted(words - NAMES) == []


@pytest.mark.django_db
def test_the_switch_is_remembered_and_goes_back(client: Client) -> None:
    assert "Make it fit." in sound(client, "/")
    answer = client.post("/language", {"language": "zh-hans", "next": "/places"})
    assert answer["Location"] == "/places"
    assert "要发到哪里" in sound(client, "/places")
    client.post("/language", {"language": "en", "next": "/"})
    assert "Make it fit." in sound(client, "/")
    away = client.post("/language", {"language": "en", "next": "https://elsewhere.example/"})
    assert "elsewhere" not in away["Location"]


@pytest.mark.django_db
def test_errors_and_echo_follow_the_language() -> None:
    client = Client(headers=CHINESE)
    assert "请先选择文件" in client.post("/", {"words": "x"}).content.decode()
    assert "不超过 500 KB" in client.get("/explain", {"words": "under 500KB"}).content.decode()


def test_the_engines_refusals_follow_the_language() -> None:
    english = "All frames together have 9,000 million pixels; 4,000 million are the most. Send a shorter piece."
    assert engine_sentences.said(english) == english
    with translation.override("zh-hans"):
        assert engine_sentences.said(english) == "全部帧共 9,000 百万像素，上限为 4,000 百万。请发送较短的一段。"
        assert "请发送" in engine_sentences.said("This is a text; send a GIF, PNG or AVI.")
        assert engine_sentences.said("Something new.") == "Something new."
