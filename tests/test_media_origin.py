"""Files on an origin of their own: what that host answers, by which keys, and that pages send browsers there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from compressor import timeline
from compressor.events import Finished
from compressor.goal import Goal
from gifweb import environment, renders, signed_media
from gifweb.accounts import identity, tokens
from gifweb.accounts.models import Account
from gifweb.renders import consumers, queue, shares, worker
from gifweb.renders import media_urls as shown
from gifweb.renders.models import Render
from gifweb.studio import store_uploads
from gifweb.studio.models import Project
from gifweb.studio.upload_stream import PartWriter

from . import media_made

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "https://media.example.net"
HOST = {"host": "media.example.net"}


@pytest.fixture(autouse=True)
def _apart(settings: Any) -> None:
    settings.MEDIA_ORIGIN = ORIGIN
    settings.ALLOWED_HOSTS = ["testserver", "media.example.net"]


@pytest.fixture
def account(client: Client) -> Account:
    made = identity.make()
    client.cookies["visitor"] = identity.cookie_for(made)
    return made


@pytest.fixture
def render(account: Account, tmp_path: Path) -> Render:
    """A finished one, of a GIF that is its own result."""
    content = media_made.gif(tmp_path / "a.gif", media_made.scene(48, 32, 4)).read_bytes()
    writer = PartWriter(10**9)
    writer.write(content)
    media = store_uploads.keep(account, Project.objects.create(account=account), writer.done("cat.gif"))
    draft = timeline.draft_for(media.public_id, media.info, media.name)
    made = renders.submit(account, media.project, Goal(format="gif"), draft, "k")
    token = queue.claim(made.pk, "a worker")
    out = tmp_path / "out"
    out.write_bytes(content)
    worker.finish(made, token, Finished(str(out), {"output": media.info.to_json()}, fits=True))
    worker.add_poster(made, tmp_path)
    made.refresh_from_db()
    return made


def path_of(url: str) -> str:
    assert url.startswith(ORIGIN + "/"), url
    return url.removeprefix(ORIGIN)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def status(path: str, **headers: str) -> int:
    """The answer of the media host to somebody who has nothing but the address."""
    answer = Client().get(path, headers=HOST | headers)
    answer.close()
    return answer.status_code


def files_on(page: str) -> list[str]:
    """Every address of a picture, film or download in a page."""
    found = re.findall(r'(?:src|srcset|poster)="([^"]+)"', page) + re.findall(r'href="([^"]+)" download', page)
    return [url for url in found if "/static/" not in url and "/js/" not in url]


def test_pages_show_files_from_there_and_may(client: Client, render: Render) -> None:
    share = shares.make(render)
    for path in (f"/r/{render.public_id}", f"/s/{share.token}", "/renders", "/projects"):
        answer = client.get(path)
        found = files_on(answer.content.decode())
        assert found, path
        assert all(url.startswith(ORIGIN + "/") for url in found), (path, found)
        assert f"img-src 'self' {ORIGIN} " in answer["Content-Security-Policy"]
        assert f"media-src 'self' {ORIGIN} " in answer["Content-Security-Policy"]
        for url in found:
            assert status(path_of(url)) == 200, url


def test_what_comes_from_there_is_bare(client: Client, render: Render) -> None:
    answer = client.get(path_of(shown.result(render)), headers=HOST)
    assert body(answer)[:3] == b"GIF"
    assert not answer.cookies
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Content-Type"] == "image/gif"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    part = client.get(path_of(shown.result(render)), headers=HOST | {"range": "bytes=0-5"})
    assert (part.status_code, body(part)) == (206, b"GIF89a")
    kept = client.get(path_of(shown.result(render, "file")), headers=HOST)
    assert body(kept)[:3] == b"GIF"
    assert kept["Content-Disposition"].startswith("attachment")
    asked = client.options(path_of(shown.result(render)), headers=HOST)
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/account", "/renders", "/credits", "/healthz", "/api/credits/balance/simple", "/static/site.css",
     "/admin/", "/for-agents", "/api/v1/presets", "/nothing"],
)  # fmt: skip
def test_nothing_else_is_answered_there(client: Client, account: Account, path: str) -> None:
    for method in ("get", "post"):
        answer = getattr(client, method)(path, headers=HOST)
        assert answer.status_code == 404
        assert answer["Content-Type"].startswith("text/plain")
        assert not answer.cookies
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_cookies_open_nothing_there(client: Client, render: Render) -> None:
    for path in (f"/r/{render.public_id}/view", f"/r/{render.public_id}", f"/m/{render.sources[0]}"):
        assert client.get(path, headers=HOST).status_code == 404
    locked = shares.make(render, password="open sesame")
    client.post(f"/s/{locked.token}", {"password": "open sesame"})
    assert client.get(f"/s/{locked.token}/view", headers=HOST).status_code == 404


def test_old_addresses_lead_there_for_whom_they_open(client: Client, render: Render) -> None:
    for path in (f"/r/{render.public_id}/view", f"/r/{render.public_id}/file", f"/r/{render.public_id}/poster",
                 f"/m/{render.sources[0]}", f"/s/{shares.make(render).token}/view"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 302
        assert status(path_of(answer["Location"])) == 200
    assert Client().get(f"/r/{render.public_id}/view").status_code == 404


def test_a_signature_is_for_one_file_and_ends(render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    path = path_of(shown.result(render))
    token = path.split("/")[2]
    assert status(path.replace(token, token[:-2] + "xx")) == 404
    assert status(path.replace(token, "x")) == 404
    assert shown.result(render) == shown.result(render), "the same within an hour, for the browser's cache"
    now = signed_media.time.time()
    monkeypatch.setattr(signed_media.time, "time", lambda: now + (signed_media.VALID_HOURS + 1) * 3600 + 1)
    late = Client().get(path, headers=HOST)
    assert late.status_code == 410
    assert late["Content-Type"].startswith("text/plain")


def test_a_share_ends_there_too(client: Client, render: Render) -> None:
    share, locked = shares.make(render), shares.make(render, password="open sesame")
    public = f"/s/{share.token}/view"
    page = client.get(f"/s/{share.token}").content.decode()
    assert f'src="{ORIGIN}{public}"' in page
    assert f'content="{ORIGIN}{public}"' in page
    opened = client.get(public, headers=HOST)
    assert body(opened)[:3] == b"GIF"
    client.post(f"/s/{locked.token}", {"password": "open sesame"})
    inside = files_on(client.get(f"/s/{locked.token}").content.decode())
    assert inside
    assert all("/s/" not in url for url in inside), "signed, for those who have been let in"
    assert all(status(path_of(url)) == 200 for url in inside)
    shares.revoke(render)
    for path in (public, *map(path_of, inside)):
        assert status(path) == 410
        assert status(path, **{"if-none-match": opened["ETag"]}) == 410


def test_programs_get_their_links_there(render: Render, account: Account) -> None:
    token = tokens.issue(account, "script").token
    bearer = {"authorization": f"Bearer {token}"}
    told = Client().get(f"/api/v1/renders/{render.public_id}", headers=bearer).content.decode()
    url = re.search(rf'{ORIGIN}/api/files/[^"]+', told)
    assert url, told
    assert status(path_of(url[0])) == 200
    # With their token they still get the bytes without a detour.
    direct = Client().get(f"/api/v1/renders/{render.public_id}/file", headers=bearer)
    assert body(direct)[:3] == b"GIF"


def test_no_socket_opens_there() -> None:
    headers = [(b"host", b"media.example.net"), (b"origin", b"https://media.example.net")]
    assert not consumers.same_origin({"headers": headers})


def test_without_the_setting_all_is_on_one_origin(client: Client, render: Render, settings: Any) -> None:
    settings.MEDIA_ORIGIN = ""
    answer = client.get(f"/r/{render.public_id}")
    assert f'src="/r/{render.public_id}/view"' in answer.content.decode()
    assert "media.example.net" not in answer["Content-Security-Policy"]
    assert body(client.get(f"/r/{render.public_id}/view"))[:3] == b"GIF"


def test_it_must_be_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_ORIGIN", "https://gif.example.org")
    with pytest.raises(Exception, match="another host"):
        environment.origin("MEDIA_ORIGIN", "https://gif.example.org")
    monkeypatch.setenv("MEDIA_ORIGIN", "http://media.example.net")
    with pytest.raises(Exception, match="https"):
        environment.origin("MEDIA_ORIGIN", "https://gif.example.org")


@pytest.mark.parametrize("host", ["media.example.net.", "media.example.net:443", "Media.Example.Net.:443"])
def test_no_other_spelling_of_the_host_answers_pages(host: str) -> None:
    """A dot behind the name, which browsers send as it stands, had the whole site answer where strangers' files are."""
    for path in ("/", "/login", "/account"):
        assert status(path, host=host) == 404
