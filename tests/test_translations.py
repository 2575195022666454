"""The pages in other languages: sentences are translated, with their placeholders, and a page has no English left."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import get_default_password_validators
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from django.utils.translation import pgettext

from compressor import language, message_catalogue, number_format, presets, setting_labels
from compressor.errors import BadRequest
from compressor.media import MediaInfo
from gifweb import engine_sentences, translations
from gifweb.accounts.models import Account, User
from gifweb.credits import entry_labels
from gifweb.credits.models import Entry, Kind
from gifweb.studio import batch, places, replies
from gifweb.studio.templatetags import figures

from .site_sentences import everything, of_scripts, of_templates
from .test_pages import sound

FOLDER = Path(settings.LOCALE_PATHS[0])
ENGINE = message_catalogue.FOLDER / "zh" / "LC_MESSAGES" / "django.po"
OTHERS = {"de": 2, "es": 2, "fr": 2, "ja": 1}  # language → its plural forms
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
MAIN_JOURNEY = (
    "base.html", "_nav.html", "home.html", "_start.html", "_understood.html", "_missed.html", "place.html",
    "_rules.html", "render.html", "_left.html", "_times.html",
    "_running.html", "_finished.html", "_attempts.html", "_again.html", "_point.html", "_share.html", "share.html",
    "share_password.html", "_state.html", "batch.html", "_batch.html", "renders.html", "project.html", "projects.html",
    "_workbench.html", "_plan.html", "_layers.html", "_transitions.html", "_stage.html", "_upsell.html", "error.html",
    "credits/credits.html",
    "account/login.html", "account/signup.html",
)  # fmt: skip
# Names, units, formats and what one types: no words of the interface.
NAMES = {
    word
    for line in (
        "brim gif mp webm apng webp mov avi mkv avif png jpeg h vp kb kib mb mib gb px fps english api reels ",
        "shift for under slack discord telegram twitch whatsapp signal mastodon mattermost steam bttv ",
        "betterttv kick youtube ads google display video x twitter github readme e mail instagram tiktok ",
        "linkedin bluesky pinterest reddit giphy shopify wordpress ko fi mgid dv ssimulacra first seconds ",
        "half the size emoji emote sticker attachment animated avatar frame store page product media upload ",
        "reel ad wechat picture in a its through proxy tv utc ip p s skill md stripe cookie delete com makeemoji ",
        "xconvert adwords support answer javascript deutsch espa ol fran ais qq facebook snapchat tumblr imgur",
    )
    for word in line.split()
}


@pytest.fixture(autouse=True)
def _compiled() -> Iterator[None]:
    message_catalogue.compile_all(FOLDER)
    yield
    translation.deactivate()


def entries(locale: str = "zh_Hans") -> dict[str, list[str]]:
    return message_catalogue.entries((FOLDER / locale / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8"))


def main_journey() -> set[str]:
    """The sentences of the pages from sending a file to sharing its result, of joining and of the studio."""
    return {"\x00".join(one) for one in of_templates(MAIN_JOURNEY) | of_scripts()}


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    keys = {"\x00".join(one) for one in everything()}
    found = entries()
    assert sorted(keys - found.keys()) == []
    assert sorted(found.keys() - keys - {""}) == []


@pytest.mark.parametrize("locale", OTHERS)
def test_the_main_journey_is_translated_and_nothing_else_is_left_over(locale: str) -> None:
    found = entries(locale)
    assert len(main_journey()) > 200
    assert sorted(main_journey() - found.keys()) == []
    assert sorted(found.keys() - {"\x00".join(one) for one in everything()} - {""}) == []


@pytest.mark.parametrize(("locale", "plurals"), [("zh_Hans", 1), *OTHERS.items()])
def test_translations_fill_the_same_places(locale: str, plurals: int) -> None:
    def holds(text: str) -> tuple[set[str], list[str], int]:
        return set(re.findall(r"%\(\w+\)s|\{\w+\}", text)), re.findall(r"<[^>]+>", text), text.count("%%")

    for key, forms in entries(locale).items():
        if key:
            assert len(forms) == (plurals if "\x00" in key else 1), key
            for form in forms:
                assert holds(form) in [holds(one) for one in key.split("\x00")], key
            assert holds(forms[-1]) == holds(key.split("\x00")[-1]), key


@pytest.mark.parametrize("locale", ["zh_Hans", *OTHERS])
def test_no_sentence_is_translated_twice(locale: str) -> None:
    """The last one would win, unseen."""
    text = (FOLDER / locale / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    heads = [block.partition("msgstr")[0] for block in text.split("\n\n")]
    assert [head for head in heads if heads.count(head) > 1] == []


def test_chinese_addresses_the_reader_in_one_way_and_calls_one_thing_by_one_name() -> None:
    """你, and of two words for one thing the one that the site chose."""
    said = [form for forms in entries().values() for form in forms]
    said += [form for forms in message_catalogue.entries(ENGINE.read_text(encoding="utf-8")).values() for form in forms]
    avoided = ("您", "账户", "帐户", "时间轴", "源文件", "登陆", "登出", "工作室")
    assert [text for text in said for word in avoided if word in text] == []
    tight = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
    figures = re.compile(r"%\(\w+\)s|\{\w+\}|Y年n月j日|n月j日")
    assert [text for text in said if tight.search(figures.sub("", text))] == []


def test_a_list_has_the_mark_of_lists_in_chinese() -> None:
    with translation.override("zh-hans"):
        assert places.limits_of(presets.get("slack-emoji"))[0].want == "GIF、PNG、JPEG"
        assert batch.compared().count("、") == 4
        assert figures.named(["GIF", "WebP"]) == "GIF、WebP"
        assert pgettext("list", ", ") == "、"
        assert engine_sentences.said("This is a text file; send a GIF, PNG or AVI.").endswith("GIF、PNG、AVI。")


def test_words_that_the_site_writes_are_chinese_to_the_comma() -> None:
    say = message_catalogue.words("zh")
    titles = {key: setting_labels.labels({"preset": key}, "zh")["preset"] for key in ("wechat-sticker", "slack-emoji")}
    assert titles == {"wechat-sticker": "用于微信表情", "slack-emoji": "用于 Slack 表情"}
    assert replies.refused(BadRequest("There is no music “x, y”. Built in: Calm, Epic; or upload a file."), "zh") == (
        "没有“x, y”这种音乐。自带的有：舒缓、史诗；也可以上传文件。"
    )
    assert number_format.apart("用于7TV表情", say) == "用于 7TV 表情"
    with translation.override("zh-hans"):
        assert places.with_place("不超过 100 KB", "wechat-sticker") == "用于微信表情，不超过 100 KB"


@pytest.mark.parametrize(
    ("kind", "cause", "said"),
    [
        (Kind.EXPIRED, "free credits", "已过期：新用户赠送"),
        (Kind.VOUCHER, "Code AB12…", "兑换码：AB12…"),
        (Kind.TOPUP, "500 credits", "购买：500 积分"),
        (Kind.GIVEN_UP, "The account was deleted", "已放弃：账号已注销"),
        (Kind.GIFT, "For the bug you found", "赠送：For the bug you found"),
        (Kind.SPENT, "render abc", "已删除的一个任务"),
    ],
)
@pytest.mark.django_db
def test_the_history_of_credits_is_told_in_chinese(kind: Kind, cause: str, said: str) -> None:
    with translation.override("zh-hans"):
        row = Entry(kind=kind, cause=cause)
        assert [label.words for _row, label in entry_labels.label(Account(), [row])] == [said]


@pytest.mark.django_db
def test_pages_of_the_account_address_the_reader_as_the_others_do() -> None:
    """allauth's own Chinese says 您 and “Email 地址”."""
    stranger, mine = Client(headers=CHINESE), Client(headers=CHINESE)
    mine.force_login(User.objects.create_user("zh@example.org", "x"))
    told = [stranger.get(path, follow=True) for path in ("/login", "/register", "/account/password/reset")]
    told += [stranger.post("/account/password/reset", {"email": "nobody@example.org"}, follow=True)]
    told += [stranger.post("/login", {"login": "zh@example.org", "password": "wrong"})]
    told += [
        mine.get(f"/account/{path}", follow=True)
        for path in (
            "email",
            "password",
            "sessions",
            "factors",
            "factors/app/add",
            "factors/codes/new",
            "factors/keys/add",
        )
    ]
    for answer in (*told, mine.get("/logout")):
        text = answer.content.decode()
        path = answer.request["PATH_INFO"]
        assert answer.status_code == 200, path
        assert '<html lang="zh-Hans">' in text, path
        assert [
            word for word in ("您", "Email", "email 地址", "账户", "登出") if word in "".join(Texts(text).found)
        ] == [], path


def test_what_is_english_on_a_chinese_page_says_so() -> None:
    api = sound(Client(headers=CHINESE), "/api")
    assert '<html lang="zh-Hans">' in api
    assert '<main id="main" class="wide" tabindex="-1" lang="en">' in api
    assert '<p class="note" lang="zh-Hans">本页只有英文。</p>' in api
    assert "note" not in sound(Client(), "/api").partition("</header>")[2].partition("<section")[0]
    assert '<code lang="en">' in sound(Client(headers=CHINESE), "/for-agents")


def test_percent_is_written_in_one_way() -> None:
    """92 % in English, 92% in Chinese, on pages and in the chat."""
    both = entries() | message_catalogue.entries(ENGINE.read_text(encoding="utf-8"))
    assert [key for key in both if re.search(r"[\d})s]%(?!\()", key.replace("%%", "%"))] == []
    assert [form for forms in both.values() for form in forms if re.search(r"[\d})s] %(?!\()", form)] == []


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
@pytest.mark.parametrize("path", ["/", "/for/slack-emoji", "/renders", "/credits", "/login", "/signup"])
@pytest.mark.parametrize("locale", OTHERS)
def test_a_page_holds_no_english_sentence(locale: str, path: str) -> None:
    text = Client(headers={"Accept-Language": locale}).get(path).content.decode()
    assert f'<html lang="{locale}">' in text
    said = {" ".join(part.split()) for part in Texts(text).found}
    same = {key for key, forms in entries(locale).items() if key in forms}
    assert sorted(said & {" ".join(key.split()) for key in main_journey() - same} - {""}) == []
    assert len(same - {""}) < 45


@pytest.mark.parametrize("locale", [code for code, _name in settings.LANGUAGES])
def test_words_that_a_page_offers_are_understood(locale: str) -> None:
    examples = (
        "under 500KB",
        "first 3 seconds, half the size",
        "600px wide gif, 12 fps",
        "720p MP4",
    )
    with translation.override(locale):
        for words in examples:
            understood = language.read(translation.gettext(words))
            assert (understood.explain, understood.unclear) == (language.read(words).explain, ())
        missed = [p.key for p in places.PLACES.values() if language.read(p.words).explain.get("preset") != p.key]
        assert len(missed) <= 6, missed  # of 42; two have one title


def test_figures_are_local_and_those_of_controls_are_not() -> None:
    with translation.override("de"):
        assert figures.size(2_150_000) == "2,15 MB"
        assert figures.grouped(1_234_567) == "1\u202f234\u202f567"
        assert figures.duration(850) == "0,85 s"
        lines = places.limits_of(presets.get("slack-emoji")) + places.checked(
            "slack-emoji", MediaInfo("gif", "video", "gif", 7141, 128, 128, 12)
        )
        assert [line for line in lines if re.search(r"\d,\d{3}", line.want + line.got)] == []
        assert any("7\u202f141" in line.got for line in lines)
        chip = {"key": "goal:fps", "label": "x", "field": "number", "value": "12", "least": 0.1, "most": 240.0}
        page = render_to_string("_plan.html", {"plan": [chip], "project": {"public_id": "p"}})
        assert 'min="0.1"' in page
    with translation.override("fr"):
        assert figures.size(482_000) == "482 Ko"
        assert translation.ngettext("%(n)s credit", "%(n)s credits", 0) % {"n": 0} == "0 crédit"


@pytest.mark.django_db
def test_the_switch_is_remembered_and_goes_back(client: Client) -> None:
    assert "Make it fit." in sound(client, "/")
    answer = client.post("/language", {"language": "zh-hans", "next": "/places"})
    assert answer["Location"] == "/places"
    assert "要发到哪里" in sound(client, "/places")
    assert all(f">{name}</button>" in sound(client, "/places") for name in ("English", "Deutsch", "Español", "日本語"))
    client.post("/language", {"language": "en", "next": "/"})
    assert "Make it fit." in sound(client, "/")
    away = client.post("/language", {"language": "en", "next": "https://elsewhere.example/"})
    assert "elsewhere" not in away["Location"]


def test_refused_passwords_are_told_in_the_language() -> None:
    with translation.override("zh-hans"):
        for validator in get_default_password_validators():
            said = validator.get_error_message()
            assert not re.search("[A-Za-z]{3}", re.sub(r"%\(\w+\)s", "", str(said))), said


@pytest.mark.django_db
def test_errors_and_echo_follow_the_language() -> None:
    client = Client(headers=CHINESE)
    assert "请先选择文件" in client.post("/", {"words": "x"}).content.decode()
    assert "不超过 500 KB" in client.get("/explain", {"words": "under 500KB"}).content.decode()


def test_the_engines_refusals_follow_the_language() -> None:
    english = "All frames together have 9,000 million pixels; 4,000 million are the most. Send a shorter piece."
    assert engine_sentences.said(english) == english
    with translation.override("zh-hans"):
        assert engine_sentences.said(english) == "所有帧合计 9,000 百万像素，上限是 4,000 百万像素。请上传较短的一段。"
        assert engine_sentences.said("This is a text file; send a GIF, PNG or AVI.").startswith(
            "不支持这种文件（文本文件），请上传"
        )
        for thing in ("a BMP picture", "an SVG drawing", "a program", "raw video (Y4M)", "an MPEG transport stream"):
            assert not re.search("[a-z]{3}", engine_sentences.said(f"This is {thing}; send a GIF."))
        assert "请改用 MP4" in engine_sentences.said("MOV is read here, but not made; ask for MP4 instead.")
        assert engine_sentences.said("Something new.") == "Something new."


def test_what_the_engine_refuses_of_a_file_is_known_to_the_pages() -> None:
    """Every sentence with which a file is refused while it is looked into."""
    kinds = {"UnreadableMedia", "UnsupportedMedia", "OverLimit"}
    said = set()
    for path in [*Path("compressor/probe").rglob("*.py"), *Path("compressor/decode").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in kinds and node.args:
                parts = getattr(node.args[0], "values", [node.args[0]])  # of an f-string
                said.add("".join(str(part.value) if isinstance(part, ast.Constant) else "4,000" for part in parts))
    assert len(said) > 15
    with translation.override("zh-hans"):
        assert sorted(one for one in said if engine_sentences.said(one) == one) == []
