"""The page of a result: rules of the place, the comparison, what was missed; deleting, searching, errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import timezone as zone
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from django.utils.html import conditional_escape

from compressor import timeline
from compressor.goal import Goal
from compressor.timeline import edits
from gifweb.accounts.models import Receipt
from gifweb.errors import TooLarge, error_page
from gifweb.renders import event_log
from gifweb.renders.models import Render, ShareLink, State
from gifweb.studio import comparison, drafts, previews, words_to_request
from gifweb.studio.models import Media, Preview, Project
from gifweb.studio.templatetags import figures
from tests import media_made

from .test_pages import Page, sound

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def render(client: Client, tmp_path: Path) -> Render:
    source = media_made.gif(tmp_path / "cat.gif", media_made.scene(160, 120, 10))
    with source.open("rb") as file:
        client.post("/", {"file": file, "words": "for Slack emoji, xyzzy plugh"})
    made = Render.objects.get()
    key = default_storage.save("results/t/one", ContentFile(b"GIF89a"))
    facts = {
        "format": "gif",
        "kind": "video",
        "codec": "gif",
        "bytes": 90_000,
        "width": 128,
        "height": 96,
        "frames": 10,
    }
    Render.objects.filter(pk=made.pk).update(
        state=State.FINISHED, result_key=key, result_bytes=90_000, result_name="cat.gif", fits=True, report={},
        result_facts=facts | {"duration_ms": 1000, "shown_ms": 1000, "fps": 10.0},
    )  # fmt: skip
    made.refresh_from_db()
    return made


def test_the_result_has_its_place_before_a_script_comes(client: Client, render: Render) -> None:
    source = render.project.media.get()
    assert comparison.clock(render, source)["shown"] == {"wide": 160, "times": 2, "width": 320, "height": 240}
    assert 'width="320" height="240"' in sound(client, f"/r/{render.public_id}")
    render.result_facts |= {"width": 640, "height": 480}
    assert comparison.clock(render, source)["shown"] == {"wide": 640, "times": 1, "width": 1120, "height": 840}


def test_every_rule_of_the_place_is_measured(client: Client, render: Render) -> None:
    text = sound(client, f"/r/{render.public_id}")
    assert "Slack emoji would refuse it: one rule fails" in text
    assert "128 × 96" in text
    assert "Make it pass" in text
    other = sound(client, f"/r/{render.public_id}?place=email-safe")
    assert "E-mail takes it" in other
    assert "Check against" in sound(client, f"/r/{render.public_id}?place=nowhere")


def test_what_was_not_understood_stands_beside_the_result(client: Client, render: Render) -> None:
    text = sound(client, f"/r/{render.public_id}")
    assert "Not understood, and so not done:" in text
    assert "xyzzy" in text.split("Not understood, and so not done:")[1][:200]
    assert text.count("xyzzy plugh”") == 1, "the chips do not repeat it"


def test_a_sentence_of_ours_is_not_told_as_words_of_the_visitor(client: Client, render: Render) -> None:
    wish = words_to_request.read("under 200 KB and 300 KB, what is the weather", drafts.current(render.project), {})
    assert wish.missed
    assert all(piece["beyond"] for piece in wish.missed)
    for state in (State.FINISHED, State.FAILED):
        Render.objects.filter(pk=render.pk).update(understood=wish.understood, state=state)
        text = sound(client, f"/r/{render.public_id}").replace("&#x27;", "'")
        assert "Not understood" not in text
        assert all(text.count(conditional_escape(piece["text"]).replace("&#x27;", "'")) == 1 for piece in wish.missed)


def test_the_way_to_the_studio_and_no_original_before_it_is_wanted(client: Client, render: Render) -> None:
    text = sound(client, f"/r/{render.public_id}")
    assert f'href="/p/{render.project.public_id}"' in text
    source = Media.objects.get().public_id
    closed = text.split('<details class="original">')[1].split("</details>")[0]
    assert text.count(f'src="/m/{source}"') == closed.count(f'src="/m/{source}"') == 1
    assert 'loading="lazy"' in closed
    assert 'href="/projects"' in sound(client, "/")


def test_the_clock_follows_the_draft(render: Render) -> None:
    source = Media.objects.get()
    draft = timeline.draft_for(source.public_id, source.info, source.name)
    infos = {source.public_id: source.info}
    wishes = [edits.Trim(start_ms=200, end_ms=800), edits.Speed(2.0), edits.CropTo(10, 20, 64, 48)]
    render.draft = timeline.apply_all(draft, wishes, infos).draft.to_json()
    (piece,) = comparison.clock(render, source)["segments"]
    assert (piece["from"], piece["to"], piece["speed"], piece["d"]) == (200, 800, 2.0, 300)
    assert piece["crop"] == {"x": 10, "y": 20, "w": 64, "h": 48}
    render.draft = None
    (whole,) = comparison.clock(render, source)["segments"]
    assert (whole["from"], whole["to"], whole["own"]) == (0, 1000, True)


def test_a_still_of_the_upload(client: Client, render: Render) -> None:
    source = Media.objects.get().public_id
    answer = client.get(f"/m/{source}/poster")
    assert answer["Content-Type"] == "image/webp"
    assert answer.content[:4] == b"RIFF"
    assert Client().get(f"/m/{source}/poster").status_code == 404


def test_one_is_deleted_with_file_link_and_upload(client: Client, render: Render) -> None:
    share = ShareLink.objects.create(render=render, expires_at=timezone.now() + timedelta(days=1))
    path = f"/r/{render.public_id}/delete"
    assert Client().post(path).status_code == 404
    assert client.get(path).status_code == 405
    upload = Media.objects.get().key
    assert client.post(path).status_code == 302
    assert client.get(f"/r/{render.public_id}").status_code == 404
    assert Client().get(f"/s/{share.token}").status_code == 404
    assert not default_storage.exists(render.result_key)
    assert not default_storage.exists(upload)
    assert not Project.objects.exists()
    assert Receipt.objects.get().facts["share links"] == 1
    assert Receipt.objects.get().number in client.get("/renders").content.decode()


def test_an_upload_that_another_result_needs_stays(client: Client, render: Render) -> None:
    client.post(f"/r/{render.public_id}/again", {"words": "mp4"})
    client.post(f"/r/{render.public_id}/delete")
    assert Render.objects.count() == 1
    assert default_storage.exists(Media.objects.get().key)


@pytest.mark.parametrize(
    ("words", "answer"),
    [("will Discord take this?", "Discord"), ("What is the capital of France?", "can't do that"), ("thanks!", "")],
)
def test_words_that_ask_for_nothing_are_answered_in_the_chat(
    client: Client, render: Render, words: str, answer: str
) -> None:
    asked = client.post(f"/r/{render.public_id}/again", {"words": words})
    assert asked["Location"] == f"/p/{render.project.public_id}"
    assert Render.objects.count() == 1
    last = render.project.turns.order_by("-pk").first()
    assert last is not None
    assert last.role == "model"
    assert answer in last.text


def test_words_that_lean_on_a_result_go_on_from_the_one_that_is_shown(client: Client, render: Render) -> None:
    Render.objects.filter(pk=render.pk).update(goal={"format": "gif", "max_bytes": 9000}, result_bytes=8800)
    client.post(f"/r/{render.public_id}/again", {"words": "as webp under 2 KB"})
    newer = Render.objects.exclude(pk=render.pk).get()
    assert newer.goal["format"] == "webp"
    Render.objects.filter(pk=newer.pk).update(state=State.FINISHED, result_bytes=1900)
    client.post(f"/r/{render.public_id}/again", {"words": "a bit smaller"})
    smaller = Render.objects.exclude(pk__in=[render.pk, newer.pk]).get()
    assert smaller.goal["format"] == "gif"
    assert 6000 < smaller.goal["max_bytes"] < 8800


def test_my_files_by_name_searched_and_run_again(client: Client, render: Render) -> None:
    text = sound(client, "/renders")
    assert text.index("cat.gif") < text.index("for Slack emoji")
    assert "cat.gif" in sound(client, "/renders?q=CAT+slack")
    assert "Nothing of yours matches" in sound(client, "/renders?q=dog")
    assert "cat.gif" not in Client().get("/renders?q=cat").content.decode()
    assert f'action="/r/{render.public_id}/again"' in text


def test_coming_back_finds_words_and_file(client: Client, render: Render) -> None:
    text = sound(client, f"/?words=for+Slack+emoji&again={render.public_id}")
    assert 'value="for Slack emoji"' in text
    assert "cat.gif, " in text
    answer = client.post("/", {"words": "mp4", "again": render.public_id})
    assert answer.status_code == 302
    assert Render.objects.filter(goal__format="mp4").exists()
    assert Media.objects.count() == 1, "the file was not sent again"
    assert "cat.gif" not in Client().get(f"/?again={render.public_id}").content.decode()
    assert Client().post("/", {"words": "mp4", "again": render.public_id}).status_code == 404


def test_a_share_with_a_password_says_so(client: Client, render: Render) -> None:
    client.post(f"/r/{render.public_id}/share", {"password": "open sesame"})
    assert "Shared, with a password" in sound(client, f"/r/{render.public_id}")


def test_a_failed_preview_says_so_and_is_tried_again(client: Client, render: Render) -> None:
    path = f"/p/{render.project.public_id}"
    client.get(path)
    Preview.objects.update(failed=True)
    assert "The preview could not be made" in sound(client, path)
    assert client.post(f"{path}/preview").status_code == 302
    assert not Preview.objects.get().failed
    assert previews.current(render.project) is not None


def test_a_wrong_method_and_an_early_refusal_wear_the_sites_dress(client: Client, render: Render) -> None:
    answer = client.get(f"/r/{render.public_id}/cancel", headers={"accept": "text/html"})
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "site.css" in answer.content.decode()
    early = error_page(TooLarge("The file is larger than 200 MB."))
    assert Page(early).check() == []
    assert "site.css" in early
    assert "The file is larger than 200 MB." in early


def test_pages_that_people_expect(client: Client) -> None:
    assert "Your files" in sound(client, "/privacy")
    text = sound(client, "/status")
    assert "No worker answers" in text
    assert "libx264" in text


def test_a_warning_is_on_the_page_and_in_the_chat_in_their_languages(client: Client, tmp_path: Path) -> None:
    source = media_made.gif(tmp_path / "cat.gif", media_made.scene(160, 120, 10))
    with source.open("rb") as file:
        client.post("/", {"file": file, "words": "as GIF"})
    made = Render.objects.get()
    warning = "Little is left of what the source looks like: 12 of 100; from 90 on nobody sees a difference."
    key = default_storage.save("results/t/two", ContentFile(b"GIF89a"))
    facts = {
        "format": "gif",
        "kind": "video",
        "codec": "gif",
        "bytes": 9000,
        "width": 16,
        "height": 12,
        "frames": 10,
        "duration_ms": 100,
    }
    event_log.append(
        made, "finished", {}, state=State.FINISHED, result_key=key, result_bytes=9000, result_name="cat.gif",
        result_facts=facts, fits=True, report={"warnings": [warning]},
    )  # fmt: skip
    assert warning in sound(client, f"/r/{made.public_id}")
    page = client.get(f"/r/{made.public_id}", headers={"accept-language": "de"}).content.decode()
    assert "Vom Aussehen der Quelle ist wenig übrig: 12" in page
    last = made.project.turns.order_by("-pk").first()
    assert last is not None
    assert last.text == f"“cat.gif” is done. {warning}"
    assert last.text in client.get(f"/p/{made.project.public_id}").content.decode()


def test_another_format_of_a_result_leaves_the_timeline_that_was_worked_on(client: Client, render: Render) -> None:
    project = render.project
    client.post(f"/r/{render.public_id}/again", {"words": "webp"})
    project.refresh_from_db()
    assert project.goal["format"] == "webp"  # nobody worked on it: the words are the project's
    drawn = timeline.apply_all(
        drafts.current(project), [edits.AddText("SALE")], {m.public_id: m.info for m in drafts.media_of(project)}
    ).draft
    drafts.save(project, drawn, Goal.from_json(project.goal), "SALE.")
    number = project.draft_number
    client.post(f"/r/{render.public_id}/again", {"words": "as mp4"})
    client.post(f"/r/{render.public_id}/compare", {"words": "under 30 KB"})
    project.refresh_from_db()
    assert (project.draft_number, drafts.current(project)) == (number, drawn)
    assert Render.objects.filter(project=project, goal__format="mp4").exists()


def test_a_film_waits_for_scripts_or_a_press(client: Client, render: Render) -> None:
    Render.objects.filter(pk=render.pk).update(result_facts=render.result_facts | {"format": "mp4"})
    text = sound(client, f"/r/{render.public_id}")
    assert "autoplay" not in text
    assert 'controls preload="auto" data-seen' in text


def test_the_balance_goes_with_what_htmx_puts_into_the_studio(client: Client, render: Render) -> None:
    path = f"/p/{render.project.public_id}"
    assert 'hx-swap-oob="true"' not in sound(client, path)
    fragment = client.post(f"{path}/say", {"words": "undo"}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="balance" data-balance href="/credits" hx-swap-oob="true"' in fragment


def test_times_are_served_in_utc() -> None:
    when = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    assert figures.moment(when.astimezone(zone(timedelta(hours=8)))) == (
        '<time datetime="2026-12-01T23:30:00+00:00" data-moment>1 Dec 2026, 23:30 UTC</time>'
    )
