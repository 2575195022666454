"""Pages about places: found by platform, use and other names; a file is held against every rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from compressor import presets
from gifweb.renders.models import Render
from gifweb.studio import places, words_to_request
from gifweb.studio.models import Media
from tests import media_made

from .test_pages import Page, sound

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", presets.names())
def test_every_place_has_words_that_mean_it(key: str) -> None:
    place = places.PLACES[key]
    assert words_to_request.meaning(place.words)["explain"] == {"preset": key}
    assert words_to_request.meaning(f"{place.words}, under 50KB")["explain"] == {"preset": key, "max_bytes": 50_000}


@pytest.mark.parametrize("lang", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_every_place_has_words_that_mean_it_in_every_language(lang: str) -> None:
    with translation.override(lang):
        read = {key: words_to_request.meaning(places.PLACES[key].words)["explain"] for key in presets.names()}
    assert read == {key: {"preset": key} for key in presets.names()}


def test_spaces_between_chinese_and_latin_do_not_matter_to_a_place() -> None:
    for key in presets.names():
        with translation.override("zh-hans"):
            name = places.PLACES[key].name
        tight = re.sub(r"(?<=[^ -~]) (?=[!-~])|(?<=[!-~]) (?=[^ -~])", "", name)
        wide = re.sub(r"(?<=[^ -~])(?=[!-~])|(?<=[!-~])(?=[^ -~])", " ", name)
        for words in (f"给{tight}用", f"给{wide}用", f"给 {tight}用", f"给 {wide}用"):
            assert words_to_request.meaning(words)["explain"] == {"preset": key}, words


@pytest.mark.parametrize("key", ["github-readme", "google-display", "dv360", "wechat-sticker"])
def test_a_place_has_a_page_that_may_be_found(client: Client, key: str) -> None:
    text = sound(client, f"/for/{key}")
    place = places.PLACES[key]
    assert f'value="{place.words}"' in text.replace("&amp;", "&")
    assert "noindex" not in text
    assert place.preset.date in text


def test_a_place_says_its_limits_and_where_they_are_from(client: Client) -> None:
    text = sound(client, "/for/slack-emoji")
    for part in ("128 KB (128,000 bytes)", "exactly 128 × 128 px", "at most 50", "makeemoji.com"):
        assert part in text, part
    assert "under 1 MB (1,000,000 bytes)" in sound(client, "/for/kick-emote")
    assert client.get("/for/nowhere").status_code == 404


def test_places_without_published_limits_are_listed_as_such(client: Client) -> None:
    assert "Limits not known" in sound(client, "/places")
    text = client.get("/places", {"q": "小红书"}).content.decode()
    assert "Xiaohongshu" in text
    assert "Snapchat" not in text
    assert "Limits not known" not in client.get("/places", {"q": "表情"}).content.decode()
    assert "Limits not known" not in client.get("/places", {"platform": "QQ"}).content.decode()
    chinese = client.get("/places", {"q": "rednote"}, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "小红书" in chinese


def test_douyin_is_not_tiktok(client: Client) -> None:
    assert [place.key for place in places.search("抖音")] == ["douyin"]
    with translation.override("zh-hans"):
        assert places.PLACES["douyin"].words == "用于抖音视频"
        assert words_to_request.meaning("发抖音用")["explain"] == {"preset": "douyin"}
        assert words_to_request.meaning("用于抖音国际版")["explain"] == {"preset": "tiktok"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("slack emoji", {"slack-emoji"}),
        ("微信表情", {"wechat-sticker"}),
        ("qq表情", {"qq-sticker"}),
        ("b站", {"bilibili-video"}),
        ("微博", {"weibo"}),
        ("公众号", {"wechat-article"}),
        ("300x250", {"google-display"}),
        ("readme", {"github-readme", "github-readme-proxied"}),
        ("e-mail", {"email-safe"}),
        ("DISCORD attach", {"discord-attachment"}),
        ("no such place", set()),
    ],
)
def test_places_are_found_by_the_names_that_people_use(client: Client, query: str, found: set[str]) -> None:
    assert {place.key for place in places.search(query)} == found
    text = client.get("/places", {"q": query}).content.decode()
    assert {key for key in places.PLACES if f'href="/for/{key}"' in text} == found


def test_platform_and_use_narrow_the_list(client: Client) -> None:
    assert {p.key for p in places.search(platform="Discord", use="sticker")} == {"discord-sticker"}
    sound(client, "/places?q=<b>&platform=<i>&use=<u>")


def test_a_file_is_checked_and_nothing_is_kept(client: Client, tmp_path: Path) -> None:
    source = media_made.gif(tmp_path / "big.gif", media_made.scene(160, 120, 4))
    with source.open("rb") as file:
        answer = client.post("/check", {"file": file, "place": "slack-emoji"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert Page(text).check() == []
    assert "Slack emoji would refuse it: one rule fails" in text
    assert "160 × 120" in text
    assert 'formaction="/"' in text
    assert 'value="for Slack emoji"' in text
    assert not Media.objects.exists()
    assert not Render.objects.exists()


def test_a_file_that_passes_is_said_to_pass(client: Client, tmp_path: Path) -> None:
    source = media_made.gif(tmp_path / "fits.gif", media_made.scene(128, 128, 4))
    with source.open("rb") as file:
        text = client.post("/check", {"file": file, "place": "slack-emoji"}).content.decode()
    assert "Slack emoji takes it" in text
    assert "Make it pass" not in text


def test_a_file_without_a_place_is_told_to_choose_one(client: Client, tmp_path: Path) -> None:
    source = media_made.gif(tmp_path / "a.gif", media_made.scene(32, 32, 2))
    with source.open("rb") as file:
        answer = client.post("/check", {"file": file, "place": ""})
    assert answer.status_code == 400
    assert "Choose a place first." in answer.content.decode()


def test_what_cannot_be_checked_is_refused_in_the_page(client: Client, tmp_path: Path) -> None:
    assert "novalidate" in sound(client, "/check")  # the script says it beside the field, in the page's language
    assert client.post("/check", {"place": "slack-emoji"}).status_code == 400
    fake = tmp_path / "fake.gif"
    fake.write_text("a letter")
    with fake.open("rb") as file:
        answer = client.post("/check", {"file": file, "place": "slack-emoji"})
    assert answer.status_code == 415
    assert 'role="alert"' in answer.content.decode()
    with fake.open("rb") as file:
        assert client.post("/check", {"file": file, "place": "nowhere"}).status_code == 404


def test_a_picked_place_goes_before_the_words_once() -> None:
    assert places.with_place("under 50KB", "slack-emoji") == "for Slack emoji, under 50KB"
    assert places.with_place("for Slack emoji", "slack-emoji") == "for Slack emoji"
    assert places.with_place("", "nowhere") == ""


def test_the_start_page_offers_every_place(client: Client) -> None:
    text = sound(client, "/")
    assert all(f'value="{key}"' in text for key in presets.names())


@pytest.mark.django_db
def test_a_place_alone_leaves_nothing_unread() -> None:
    assert words_to_request.meaning("for Slack emoji")["missed"] == []
    assert words_to_request.meaning("for Slack emoji, blorp")["missed"] == [{"text": "blorp", "nearest": ""}]
