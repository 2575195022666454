"""One function starts renders for the pages, the chat, the agent API and /api/v1, by the same rules."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from compressor.media import MediaInfo
from compressor.timeline import draft_for
from gifweb.accounts.models import Account
from gifweb.api.exports import DEFAULTS
from gifweb.errors import Conflict, NotFound, TooMany, Unusable
from gifweb.renders.models import Render
from gifweb.studio import drafts, exports, project_files, start_renders
from gifweb.studio.exports import Export
from gifweb.studio.models import Media, Project

pytestmark = pytest.mark.django_db

INFO = MediaInfo(
    format="gif", kind="video", codec="gif", width=1600, height=900, frames=10, duration_ms=1000, fps=10.0, bytes=10**6
)


@pytest.fixture
def request_() -> HttpRequest:
    return RequestFactory().post("/")


@pytest.fixture
def project() -> Project:
    made = Project.objects.create(account=Account.objects.create())
    drafts.start(made, [upload(made, "one.gif")])
    return made


def upload(project: Project, name: str, **facts: Any) -> Media:
    info = INFO.to_json() | facts
    return Media.objects.create(
        account=project.account, project=project, name=name, key=f"uploads/{name}", sha256=name, bytes=10**6, facts=info
    )


def asked(project: Project, goal: dict[str, Any]) -> None:
    """The project's goal, as a message of the chat would have left it."""
    file_set = project_files.of(project)
    stands = file_set.standing()
    project_files.save(project, file_set.with_draft(stands.media, stands.draft, exports.Goal.from_json(goal)), "")


def test_every_caller_gets_the_same_goal_but_for_its_defaults(project: Project, request_: HttpRequest) -> None:
    asked(project, {"max_bytes": 500_000})
    page = exports.start(request_, Export(project, "page:1"))
    v1 = exports.start(request_, Export(project, "v1:1", sent={"project": "p"}))
    agent = exports.start(request_, Export(project, "agent:1", defaults=DEFAULTS, sent={"id": "1"}))
    assert page.goal == v1.goal
    assert (page.goal["format"], page.goal["max_bytes"]) == ("mp4", 500_000)
    assert "short_side" not in page.goal
    assert agent.goal == page.goal | {"short_side": 720}
    assert {page.words, v1.words, agent.words} == {"At most 500 KB"}


def test_a_field_replaces_the_fields_of_its_kind(project: Project, request_: HttpRequest) -> None:
    """Before, the session's short side stayed beside the export's width, and its ratio beside the bytes."""
    asked(project, {"short_side": 480, "max_ratio": 0.5})
    done = exports.start(request_, Export(project, "agent:1", fields={"width": 320, "max_bytes": 90_000}, sent={}))
    assert (done.goal["width"], done.goal["max_bytes"]) == (320, 90_000)
    assert not {"short_side", "max_ratio"} & done.goal.keys()


def test_words_are_read_over_the_goal_and_fields_win(project: Project, request_: HttpRequest) -> None:
    asked(project, {"max_bytes": 500_000})
    done = exports.start(request_, Export(project, "v1:1", words="gif, 320px wide", fields={"width": 200}, sent={}))
    assert (done.goal["format"], done.goal["width"], done.goal["max_bytes"]) == ("gif", 200, 500_000)
    assert done.words == "gif, 320px wide"
    project.refresh_from_db()
    assert project.goal == {"max_bytes": 500_000}  # only the start page's words change the project


def test_a_place_brings_its_own_format_and_size(project: Project, request_: HttpRequest) -> None:
    done = exports.start(request_, Export(project, "agent:1", fields={"preset": "slack-emoji"}, defaults=DEFAULTS))
    assert not {"format", "short_side"} & done.goal.keys()


def test_transparency_is_kept_where_no_format_was_asked_for(project: Project, request_: HttpRequest) -> None:
    clear = upload(project, "clear.gif", has_alpha=True)
    draft = draft_for(clear.public_id, clear.info, clear.name)
    assert exports.start(request_, Export(project, "page:1", draft=draft)).goal["format"] == "gif"
    contract = exports.start(request_, Export(project, "agent:1", draft=draft, defaults=DEFAULTS))
    assert contract.goal["format"] == "mp4"


def test_a_repeated_key_answers_the_first_render_whatever_became_of_the_file(
    project: Project, request_: HttpRequest
) -> None:
    media = Media.objects.get()
    export = Export(project, "v1:1", media.public_id, sent={"project": project.public_id})
    first = exports.start(request_, export)
    Media.objects.update(deleted_at=timezone.now())
    assert exports.start(request_, export).pk == first.pk
    with pytest.raises(Conflict):
        exports.start(request_, Export(project, "v1:1", media.public_id, sent={"project": "another"}))
    with pytest.raises(NotFound):
        exports.start(request_, Export(project, "v1:2", media.public_id, sent={}))


def test_every_render_counts_for_the_limit(project: Project, request_: HttpRequest, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"render": "2/h"}
    for number in range(2):
        exports.start(request_, Export(project, f"page:{number}", fields={"width": 100 + number}))
    with pytest.raises(TooMany):
        exports.start(request_, Export(project, "page:2"))
    assert Render.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"media": "nobody"}, NotFound),
        ({"format": "doc"}, Unusable),
        ({"format": "mov"}, Unusable),
        ({"words": "als mov, höchstens 2 MB"}, Unusable),
        ({"fields": {"preset": "nowhere"}}, Unusable),
        ({"fields": {"max_bytes": -1}}, Unusable),
    ],
)
def test_refusals_cost_nothing(
    project: Project, request_: HttpRequest, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        exports.start(request_, Export(project, "page:1", **more))
    assert not Render.objects.exists()


def test_the_same_form_twice_in_one_moment_answers_one_render(
    project: Project, request_: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request looks before the first has written its render, and is refused when it writes its own."""
    other = Project.objects.create(account=project.account)
    media = [upload(other, "two.gif")]

    def late(request: HttpRequest, export: Export) -> Render:
        Render.objects.create(account=project.account, project=project, idempotency_key=export.key, request_hash="x")
        raise Conflict()

    class Upload:
        name, sha256 = "two.gif", "two"

    monkeypatch.setattr(start_renders, "keep_all", lambda account, project, parts: media)
    monkeypatch.setattr(exports, "start", late)
    done = start_renders.from_upload(request_, project.account, [Upload()], "", "auto", "key")  # type: ignore[list-item]
    assert done.project == project
