"""Every address of the site, asked by everybody: nothing of one's own is ever seen or changed by others, and what is
not theirs looks exactly like what is not there.

The addresses are found in the URL configuration itself. One that has no row in ROWS fails the first test: whoever adds
a route says here what stands in it and who may use it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from compressor import timeline
from compressor.media import MediaInfo
from gifweb import signed_media
from gifweb.accounts import binding, claim_links, identity, privacy, tokens
from gifweb.accounts.models import Account, User
from gifweb.api import signed_links, upload_links
from gifweb.credits import ledger
from gifweb.errors import NotFound
from gifweb.renders import consumers
from gifweb.renders.models import Render, ShareLink
from gifweb.studio.models import Media, Project, Revision, Turn, Upload
from gifweb.webhooks import outbox

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
MARK = "OF-ANN"  # stands in everything of hers that has a name
NAMES = "zzMissing0000000000000"
ALWAYS_NEW = {"last_used_at", "last_login", "last_seen_at", "views", "changed_at"}


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in a route. ``own`` names of hers for its parameters; ``sent`` the body that names her things, as
    JSON. ``opens``: the method and the statuses with which it works for herself. ``key``: whoever has the address
    may see what is behind it, as with a share link; without the right one it is not there."""

    own: tuple[str, ...] = ()
    sent: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    query: str = ""
    opens: tuple[str, tuple[int, ...]] | None = None
    key: bool = False
    takes: bool = False  # with the right key, what is behind it may be taken over
    form: dict[str, str] = field(default_factory=dict)


ABOUT_ME = Row()  # no parameters: about whoever asks, or the same for everybody
READ = ("GET", (200, 302))


def render(method: str, *statuses: int) -> Row:
    return Row(("render",), opens=(method, statuses))


ROWS: dict[str, Row] = {
    **dict.fromkeys(
        (
            "healthz", "privacy", "status", "uploads", "language", "b", "places", "check",
            "register", "login", "logout", "account", "account/tokens", "account/agents/forget",
            "account/export", "account/delete", "account/inactive", "account/confirm", "account/email",
            "account/email/sent", "account/password", "account/password/set", "account/password/reset",
            "account/password/reset/sent", "account/password/reset/done", "account/sessions", "account/factors",
            "account/factors/sign-in", "account/factors/confirm", "account/factors/app/add",
            "account/factors/app/remove", "account/factors/codes", "account/factors/codes/new",
            "account/factors/codes/file", "account/factors/keys", "account/factors/keys/add",
            "account/factors/keys/confirm", "account/factors/keys/sign-in", "credits", "credits/voucher",
            "credits/top-up", "webhooks/stripe", "metrics", "api/auth/anonymous-token", "api/credits/balance/simple",
            "api/v1/openapi.json", "api/v1/", "api/v1/explain", "api/v1/presets", "api/v1/credits", "api/v1/uploads",
            "api/v1/uploads/by-url", "api/v1/projects", "api/v1/webhooks", "api", "for-agents",
            "for-agents/skill.md", "llms.txt",
            ".well-known/oauth-protected-resource", ".well-known/oauth-protected-resource/mcp", "", "explain",
            "expected", "projects", "renders",
        ),
        ABOUT_ME,
    ),
    "account/tokens/<int:pk>/revoke": Row(("token_pk",), opens=("POST", (302,))),
    "account/factors/keys/<int:pk>/remove": Row(("factor",)),
    "account/factors/keys/<int:pk>/edit": Row(("factor",)),
    "receipts/<str:number>": Row(("receipt",), opens=READ, key=True),
    r"^account/email/(?P<key>[-:\w]+)$": Row(("email_key",), key=True),
    r"^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$": Row(("uid", "reset_key"), key=True),
    "api/auth/claim-token": Row(
        sent=lambda ids: {"session_id": ids["session"], "task_id": ids["task"]}, opens=("POST", (200,))
    ),
    "api/tasks/<str:user_id>/with-session/nemo_agent": Row(("user",), opens=("POST", (200,))),
    "api/upload-video/nemo_agent/<str:user_id>/<str:session_id>": Row(("user", "session"), opens=("POST", (400,))),
    "api/state/nemo_agent/<str:user_id>/<str:session_id>/latest": Row(("user", "session"), opens=READ),
    "api/render/proxy/lambda": Row(
        sent=lambda ids: {"id": "render_new", "sessionId": ids["session"]}, opens=("POST", (200,))
    ),
    "api/render/proxy/lambda/<str:client_id>": Row(("client",), opens=READ),
    "api/render/proxy/lambda/<str:client_id>/cancel": Row(("client",), opens=("POST", (200,))),
    "api/render/proxy/<str:client_id>/download": Row(("client",), opens=READ),
    "api/files/<str:token>/<str:name>": Row(("file_token", "plain"), opens=READ, key=True),
    "api/v1/uploads/once/<str:token>": Row(("upload_token",), opens=("POST", (400,)), key=True),
    "api/v1/projects/<project_id>": Row(("project",), opens=READ),
    "api/v1/projects/<project_id>/edits": Row(
        ("project",), sent=lambda ids: {"words": "faster"}, opens=("POST", (200,))
    ),
    "api/v1/projects/<project_id>/undo": Row(("project",), opens=("POST", (200,))),
    "api/v1/projects/<project_id>/redo": Row(("project",), opens=("POST", (200, 409))),
    "api/v1/renders": Row(sent=lambda ids: {"project": ids["project"]}, opens=("POST", (201,))),
    "api/v1/renders/together": Row(
        sent=lambda ids: {"project": ids["project"], "max_bytes": 9000}, opens=("POST", (201,))
    ),
    "api/v1/renders/formats": Row(sent=lambda ids: {"project": ids["project"]}, opens=("POST", (201,))),
    "api/v1/renders/<render_id>": render("GET", 200),
    "api/v1/renders/<render_id>/cancel": render("POST", 200),
    "api/v1/renders/<render_id>/file": render("GET", 200),
    "api/v1/renders/<render_id>/events": render("HEAD", 200, 405),
    "api/v1/renders/<render_id>/shares": Row(("render",), sent=lambda ids: {"days": 1}, opens=("POST", (201,))),
    "api/v1/shares/<token>": Row(("share",), opens=("DELETE", (204,))),
    "api/v1/uploads/<media_id>": Row(("media",), opens=("DELETE", (200,))),
    "api/v1/webhooks/<webhook_id>": Row(("webhook",), opens=("DELETE", (204,))),
    "p/<str:public_id>/delete": Row(("project",), opens=("POST", (302,))),
    "m/<str:public_id>/delete": Row(("media",), opens=("POST", (302,))),
    "workspace/claim": Row(query="ct=claim", opens=READ, key=True, takes=True),
    "workspace/task/<str:task_id>": Row(("task",), opens=READ),
    "task/<str:task_id>": Row(("task",), opens=READ),
    "run_sse": Row(sent=lambda ids: {"session_id": ids["session"], "new_message": {"parts": [{"text": "status"}]}}),
    "uploads/<str:public_id>": Row(("upload",), opens=("DELETE", (412,))),  # see test_resumable
    "m/<str:public_id>": Row(("media",), opens=READ),
    "for/<str:key>": Row(("plain",)),
    "b/<str:public_id>": Row(("project",), opens=READ),
    "b/<str:public_id>/add": Row(("project",), opens=("POST", (400,))),
    "b/<str:public_id>/act": Row(("project",), opens=("POST", (404,))),
    "b/<str:public_id>/zip": Row(("project",), opens=("GET", (200, 409))),
    "m/<str:public_id>/poster": Row(("media",), opens=("GET", (200, 404))),
    "p/<str:public_id>/preview": Row(("project",), opens=("POST", (302,))),
    "p/<str:public_id>": Row(("project",), opens=READ),
    "p/<str:public_id>/stage": Row(("project",), opens=READ),
    "p/<str:public_id>/preview/<int:number>": Row(("project", "one")),
    "p/<str:public_id>/say": Row(("project",), form={"words": "faster"}, opens=("POST", (200, 302))),
    "p/<str:public_id>/add": Row(("project",), opens=("POST", (302, 400))),
    "p/<str:public_id>/file": Row(("project",), opens=("POST", (400,))),
    "p/<str:public_id>/transitions": Row(("project",), form={"kind": "fade"}, opens=("POST", (302, 422))),
    "p/<str:public_id>/texts": Row(("project",), form={"text": "SALE"}, opens=("POST", (302, 422))),
    "p/<str:public_id>/layers": Row(("project",), form={"number": "0", "remove": "1"}, opens=("POST", (302, 422))),
    "p/<str:public_id>/plan": Row(("project",), form={"drop": "goal:max_bytes"}, opens=("POST", (302, 409))),
    "p/<str:public_id>/export": Row(("project",), opens=("POST", (302,))),
    "r/<str:public_id>": render("GET", 200),
    "r/<str:public_id>/events": render("GET", 200),
    "r/<str:public_id>/cancel": render("POST", 302),
    "r/<str:public_id>/again": Row(("render",), form={"words": "gif"}, opens=("POST", (302,))),
    "r/<str:public_id>/delete": render("POST", 302),
    "r/<str:public_id>/file": render("GET", 200),
    "r/<str:public_id>/view": render("GET", 200),
    "r/<str:public_id>/poster": render("GET", 200),
    "r/<str:public_id>/share": render("POST", 302),
    "f/<str:token>/<str:name>": Row(("media_token", "plain"), opens=READ, key=True),
    "s/<str:token>": Row(("share",), opens=READ, key=True),
    "s/<str:token>/file": Row(("share",), opens=READ, key=True),
    "s/<str:token>/view": Row(("share",), opens=READ, key=True),
    "s/<str:token>/poster": Row(("share",), opens=READ, key=True),
    "s/<str:token>/revoke": Row(("share",), opens=("POST", (302,))),
}  # fmt: skip
SOCKETS = {r"^ws/renders/(?P<public_id>[A-Za-z0-9_-]{1,64})$"}


def routes(resolver: Any = None, before: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        here = before + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from routes(entry, here)
        else:
            yield here


ALL = sorted(set(routes()))
OURS = [route for route in ALL if not route.startswith("admin/")]


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(OURS) == set(ROWS), "say in ROWS who may use the new route, or take away the row of the old one"
    assert {str(route.pattern) for route in consumers.routes} == SOCKETS


# --- the people, and what is hers -------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.LIMITS = {**dict.fromkeys(settings.LIMITS, "0/h"), **dict.fromkeys(("claim",), "0/h")}
    settings.ACCOUNT_RATE_LIMITS = False
    settings.METRICS_TOKEN = "m" * 32
    cache.clear()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end and closed."""

    status: int
    headers: str
    body: str

    @classmethod
    def of(cls, response: Any) -> Answer:
        streams = getattr(response, "streaming", False) and response.is_async
        body = "(a stream)" if streams else response.getvalue().decode("utf-8", "replace")
        # As the test client does: closing a response must not close the test's own connection.
        request_finished.disconnect(close_old_connections)
        try:
            response.close()
        finally:
            request_finished.connect(close_old_connections)
        return cls(response.status_code, str(response.headers), body)


@dataclass
class Person:
    """Somebody with a browser and a program: a session or a cookie, and a token."""

    name: str
    account: Account | None = None
    user: User | None = None
    token: str = ""

    def ask(
        self, method: str, url: str, sent: dict[str, Any] | None = None, form: dict[str, str] | None = None
    ) -> Answer:
        client = Client(raise_request_exception=False)
        if self.user:
            client.force_login(self.user, "allauth.account.auth_backends.AuthenticationBackend")
        elif self.account:
            client.cookies["visitor"] = identity.cookie_for(self.account)
        headers = {"X-Skill-Source": "a", "X-Skill-Version": "1", "X-Skill-Platform": "b", "X-Client-Id": self.name}
        headers["Idempotency-Key"] = "once"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        api = url.startswith(("/api/", "/run_sse"))
        if method in ("GET", "HEAD"):
            return Answer.of(client.generic(method, url, headers=headers))
        if api:
            body = json.dumps(sent or {})
            return Answer.of(client.generic(method, url, body, "application/json", headers=headers))
        body = "&".join(f"{k}={v}" for k, v in (form or {}).items())
        return Answer.of(client.generic(method, url, body, "application/x-www-form-urlencoded", headers=headers))


def person(name: str) -> Person:
    user = User.objects.create_user(f"{name}@example.org", "correct horse battery")
    account = identity.for_user(user)
    return Person(name, account, user, tokens.issue(account, f"{name} token").token)


@pytest.fixture
def ann() -> Person:
    return person("ann")


@pytest.fixture
def hers(ann: Person) -> dict[str, Any]:
    """One of everything, by the names that ROWS uses."""
    mine = ann.account
    assert mine
    facts = {"format": "gif", "kind": "video", "codec": "gif", "bytes": 9, "width": 8, "height": 8, "frames": 2}
    info = MediaInfo.from_json(facts | {"duration_ms": 200, "frames_exact": True})
    project = Project.objects.create(account=mine, title=f"{MARK} project")
    media = Media.objects.create(
        account=mine, project=project, name=f"{MARK}.gif", key=f"uploads/{MARK}", sha256="a" * 64, bytes=9,
        facts=info.to_json(),
    )  # fmt: skip
    draft = timeline.draft_for(media.public_id, info, media.name)
    for number in (1, 2):
        Revision.objects.create(project=project, number=number, draft=draft.to_json(), sentence=f"{MARK} said")
    Project.objects.filter(pk=project.pk).update(draft_number=2)
    Turn.objects.create(project=project, role="user", text=f"{MARK} asked")
    made = Render.objects.create(
        account=mine, project=project, idempotency_key="agent:render_of_ann", request_hash="x", state="finished",
        words=f"{MARK} words", draft=draft.to_json(), sources=[media.public_id], result_key=f"results/{MARK}",
        poster_key=f"results/{MARK}-poster", result_name=f"{MARK}.gif", result_bytes=9, result_facts=info.to_json(),
        fits=True, finished_at=timezone.now(), progress=100.0,
    )  # fmt: skip
    for key in (media.key, made.result_key, made.poster_key):
        default_storage.delete(key)
        default_storage.save(key, ContentFile(f"{MARK} bytes".encode()))
    share = ShareLink.objects.create(render=made, expires_at=timezone.now() + timedelta(days=1))
    row = tokens.issue(mine, f"{MARK} script").row
    ledger.hold(mine, 3, "of ann", f"render {made.public_id}")
    visitor = identity.make()
    receipt = privacy.erase(visitor, f"{MARK} reason")
    handed = identity.make()
    shown = Project.objects.create(account=handed, title=f"{MARK} claimed")
    binding.issue(mine)
    return {
        "user": mine.public_id, "project": project.public_id, "session": project.session_id, "task": project.task_id,
        "media": media.public_id, "render": made.public_id, "client": "render_of_ann", "share": share.token,
        "upload": Upload.objects.create(
            account=mine, network="x", length=9, name=f"{MARK}.gif", expires_at=timezone.now() + timedelta(hours=1)
        ).public_id,
        "webhook": outbox.add(mine, "https://example.org/hook").public_id,
        "token_pk": row.pk, "factor": 10**6, "receipt": receipt.number, "one": 1, "uid": "1", "reset_key": "x-y",
        "email_key": "x:y:z", "plain": "result.gif",
        "media_token": signed_media.address("view", made.public_id, "result.gif").rsplit("/", 2)[1],
        "file_token": signed_links.of_render(None, made).rsplit("/", 2)[1],
        "upload_token": upload_links.issue(mine, project)[0],
        "claim": claim_links.issue(handed, f"project:{shown.public_id}"),
    }  # fmt: skip


@pytest.fixture
def others(hers: dict[str, Any]) -> list[Person]:
    """Another user, a visitor with an account, an agent's account, and nobody at all."""
    guest = identity.make()
    agent = tokens.for_client("somebody", "198.51.100.1")
    return [
        person("bob"),
        Person("visitor", guest, None, tokens.issue(guest, "x").token),
        Person("agent", None, None, agent.token),
        Person("nobody"),
        Person("forger", None, None, "gw_" + "A" * 43),
    ]


def rows_now() -> dict[tuple[str, Any], dict[str, Any]]:
    """Every row of the database that is there now, without what changes by mere looking."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label in ("sessions", "contenttypes", "admin", "channels_lite", "usersessions"):
            continue
        if model._meta.model_name in ("hits", "clientid"):
            continue
        for values in model._default_manager.values():
            key = (model._meta.label, values[model._meta.pk.attname])
            found[key] = {k: v for k, v in values.items() if k not in ALWAYS_NEW}
    return found


def fill(route: str, values: list[Any]) -> str:
    """The path of a route with these values for its parameters, in their order."""
    left = iter(values)
    path = route.removeprefix("^").removesuffix("$")
    path = re.sub(r"\(\?P<\w+>(?:\[[^\]]*\]|[^)])*\)", lambda m: str(next(left)), path)
    return "/" + re.sub(r"<[^>]+>", lambda m: str(next(left)), path)


def missing(name: str, value: Any) -> Any:
    """Something of the same shape that is not there."""
    if isinstance(value, int):
        return 987_654_321 if name != "one" else 1
    if name in ("user", "plain"):
        return value
    return {"session": "1" * 19, "task": "task_" + "0" * 24, "claim": "clm_" + "A" * 43}.get(name, NAMES)


def url_of(route: str, row: Row, ids: dict[str, Any]) -> str:
    query = (
        "?" + "&".join(f"{k}={ids[v]}" for k, v in (part.split("=") for part in row.query.split("&")))
        if row.query
        else ""
    )
    return fill(route, [ids[name] for name in row.own]) + query


def plain(answer: Answer, ids: dict[str, Any]) -> str:
    """The body without what may differ: the names that were asked for, and the form's secret."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.body)
    for value in sorted(map(str, ids.values()), key=len, reverse=True):
        if len(value) > 3:
            text = text.replace(value, "…")
    return text


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written in here is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- the sweep --------------------------------------------------------------------------------------------------------


def faults_of(route: str, somebody: Person, hers: dict[str, Any]) -> Iterator[str]:
    """What ``somebody`` sees of hers, or can tell about it, at this route."""
    row = ROWS[route]
    gone = {name: missing(name, value) for name, value in hers.items()}
    here, nowhere = url_of(route, row, hers), url_of(route, row, gone)
    for method in METHODS if somebody.name == "bob" else ("GET", "POST", "DELETE"):
        where = f"{somebody.name} {method} {route}"
        asked = somebody.ask(method, here, row.sent(hers) if row.sent else None, row.form)
        if asked.status == 500:
            yield f"{where}: 500"
        if not row.key and MARK in asked.body + asked.headers:
            yield f"{where}: {asked.status}, and hers can be read"
        if row.key and method == "GET":
            absent = somebody.ask(method, nowhere)
            if MARK in absent.body or absent.status not in (200, 302, 404, 410):
                yield f"{where}: opens with a wrong key ({absent.status})"
        elif not row.key and (here != nowhere or row.sent):
            absent = somebody.ask(method, nowhere, row.sent(gone) if row.sent else None, row.form)
            if absent.status != asked.status:
                yield f"{where}: {asked.status} for hers, {absent.status} for what is not there"
            elif plain(absent, gone) != plain(asked, hers):
                yield f"{where}: hers and what is not there look different"


def test_nobody_else_sees_or_changes_what_is_hers(ann: Person, hers: dict[str, Any], others: list[Person]) -> None:
    before = rows_now()
    faults: list[str] = []
    for route in OURS:
        with undone():
            for somebody in others:
                if route.startswith(("api/", "run_sse")) or somebody.name not in ("agent", "forger"):
                    faults += faults_of(route, somebody, hers)
            now = rows_now()
            changed = [key for key, values in before.items() if now.get(key) != values and not ROWS[route].takes]
            faults += [f"{route}: somebody else changed {key}" for key in changed]
    assert not faults, "\n".join(faults)


def test_she_herself_is_let_in(ann: Person, hers: dict[str, Any]) -> None:
    """Else the sweep would be content with routes that are shut for everybody."""
    faults = []
    for route in OURS:
        row = ROWS[route]
        if row.opens:
            method, statuses = row.opens
            with undone():
                answer = ann.ask(method, url_of(route, row, hers), row.sent(hers) if row.sent else None, row.form)
            if answer.status not in statuses:
                faults.append(f"{method} {route}: {answer.status} {answer.body[:300]}")
    assert not faults, "\n".join(faults)


def test_the_admin_is_shut_for_all_but_its_people() -> None:
    people = [person("bob"), Person("visitor", identity.make()), Person("nobody")]
    faults = []
    for route in ALL:
        if not route.startswith("admin/"):
            continue
        path = re.sub(r"\(.*?\)|[\^$?]", "x", re.sub(r"<[^>]+>", "1", f"/{route}"))
        for somebody in people:
            for method in ("GET", "POST"):
                with undone():
                    answer = somebody.ask(method, path)
                shut = answer.status in (403, 404, 405) or (answer.status == 302 and "/login" in answer.headers)
                if not shut and route not in ("admin/login/", "admin/logout/"):
                    faults.append(f"{somebody.name} {method} {path}: {answer.status} {answer.headers[:200]}")
    assert not faults, "\n".join(faults)


def test_sockets_are_for_their_owner_alone(ann: Person, hers: dict[str, Any], others: list[Person]) -> None:
    def scope(of: Person, name: str) -> dict[str, Any]:
        cookies = {"visitor": identity.cookie_for(of.account)} if of.account and not of.user else {}
        return {"user": of.user, "cookies": cookies, "url_route": {"kwargs": {"public_id": name}}}

    assert consumers._render_of(scope(ann, hers["render"]))
    for somebody in others:
        for name in (hers["render"], NAMES):
            with pytest.raises(NotFound):
                consumers._render_of(scope(somebody, name))


def test_the_sweep_would_notice(ann: Person, hers: dict[str, Any], others: list[Person]) -> None:
    """The sweep's own tools: a look at hers by herself does show the mark, and a change is seen."""
    assert MARK in ann.ask("GET", f"/r/{hers['render']}").body
    before = rows_now()
    ann.ask("POST", f"/s/{hers['share']}/revoke")
    assert [key for key, values in before.items() if rows_now().get(key) != values]
