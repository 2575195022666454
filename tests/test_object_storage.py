"""Files in a bucket instead of a folder: the whole way of a file through an object store, and what it costs there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from gifweb import environment_urls, ids, orphaned_files, renders, stored_files
from gifweb.accounts import identity, privacy
from gifweb.accounts.models import Account
from gifweb.errors import Gone
from gifweb.renders.models import Render, State
from gifweb.studio.models import Media

from . import media_made, s3

pytest.importorskip("storages.backends.s3", reason="the packages of requirements-cluster.txt are not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[s3.Store]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test" * 5)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with s3.serving() as store:
        options = f"endpoint_url={quote(store.url, safe='')}&region_name=eu-central-1&addressing_style=path"
        kept = environment_urls.media_storage(f"s3://bucket/site?{options}", Path("/nowhere"))
        settings.STORAGES = settings.STORAGES | {"default": kept}
        yield store


@pytest.fixture
def account(client: Client) -> Account:
    made = identity.make()
    client.cookies["visitor"] = identity.cookie_for(made)
    return made


@pytest.fixture
def gif(tmp_path: Path) -> Path:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(64, 48, 6))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def send(client: Client, path: Path, words: str = "webp") -> Render:
    with path.open("rb") as file:
        answer = client.post("/", {"file": file, "words": words})
    assert answer.status_code == 302, answer.content
    return Render.objects.get(public_id=answer["Location"].rsplit("/", 1)[-1])


def test_from_upload_to_deletion(client: Client, account: Account, store: s3.Store, gif: Path) -> None:
    render = send(client, gif)
    media = Media.objects.get()
    assert store.objects == {f"bucket/site/{media.key}": gif.read_bytes()}
    assert renders.run(render.pk)
    render.refresh_from_db()
    assert render.state == State.FINISHED, render.error
    assert set(store.objects) == {f"bucket/site/{key}" for key in (media.key, render.result_key, render.poster_key)}

    page = f"/r/{render.public_id}"
    assert client.get(page).status_code == 200
    whole = body(client.get(f"{page}/file"))
    assert whole == store.objects[f"bucket/site/{render.result_key}"]
    assert len(whole) == render.result_bytes
    part = client.get(f"{page}/view", headers={"range": "bytes=8-11"})
    assert (part.status_code, body(part)) == (206, b"WEBP")
    assert client.head(f"{page}/file")["Content-Length"] == str(len(whole))
    assert body(client.get(f"{page}/poster"))[8:12] == b"WEBP"
    assert body(client.get(f"/m/{media.public_id}")) == gif.read_bytes()

    again = send(client, gif)  # the same wish again: a copy that is made over there
    assert again.state == State.FINISHED
    assert store.objects[f"bucket/site/{again.result_key}"] == whole

    assert sum(map(len, stored_files.zipped(privacy.export(account)))) > len(whole) + gif.stat().st_size
    privacy.erase(account, "a test")
    assert store.objects == {}


def test_a_range_costs_that_range(client: Client, account: Account, store: s3.Store, gif: Path) -> None:
    render = send(client, gif)
    renders.run(render.pk)
    store.asked.clear()
    part = client.get(f"/r/{render.public_id}/view", headers={"range": "bytes=10-19"})
    assert len(body(part)) == 10
    assert [(method, asked) for method, _, asked in store.asked] == [("HEAD", ""), ("GET", "bytes=10-")]


def test_a_large_file_goes_in_parts(store: s3.Store, tmp_path: Path) -> None:
    content = os.urandom(20_000_000)
    path = tmp_path / "large"
    path.write_bytes(content)
    key = ids.file_key("results")
    stored_files.adopt(path, key)
    assert not path.exists()
    assert store.objects[f"bucket/site/{key}"] == content
    assert sum(method == "PUT" for method, _, _ in store.asked) > 1
    assert stored_files.local_path(key, tmp_path).read_bytes() == content
    stored_files.delete(key)
    stored_files.delete(key)
    with pytest.raises(Gone):
        stored_files.local_path(key, tmp_path)
    with pytest.raises(FileNotFoundError):
        stored_files.twin(key, ids.file_key("results"))


def test_no_transaction_waits_for_the_store(
    client: Client, account: Account, store: s3.Store, gif: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[str] = []
    for name in ("adopt", "twin", "delete"):
        true = getattr(stored_files, name)

        def watched(*arguments: Any, _true: Any = true, _name: str = name) -> Any:
            if connection.in_atomic_block:
                inside.append(_name)
            return _true(*arguments)

        monkeypatch.setattr(stored_files, name, watched)
    renders.run(send(client, gif).pk)
    send(client, gif)
    privacy.erase(account, "a test")
    assert inside == []
    assert store.objects == {}


def test_a_store_that_is_away_keeps_nothing(client: Client, account: Account, store: s3.Store, gif: Path) -> None:
    """The upload fails as a whole: no row without its file."""
    store.objects = Refusing()
    client.raise_request_exception = False
    with gif.open("rb") as file:
        answer = client.post("/", {"file": file, "words": "webp"})
    assert answer.status_code == 500
    assert not Media.objects.exists()
    assert not Render.objects.exists()


class Refusing(dict[str, bytes]):
    def __setitem__(self, key: str, value: bytes) -> None:
        raise OSError("the disk is full")


def test_what_no_row_names_is_found_in_a_bucket_too(
    store: s3.Store, client: Client, account: Account, gif: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed between storing its file and writing the row: the file would have stayed for ever."""
    send(client, gif)
    kept = set(store.objects)
    left = ids.file_key("results")
    (tmp_path / "x").write_bytes(b"x")
    stored_files.adopt(tmp_path / "x", left)
    shards = {key.split("/")[-2] for key in store.objects}

    def looked_at_all() -> None:
        for shard in shards:
            monkeypatch.setattr(
                orphaned_files.time, "time", lambda s=shard: now + (int(s, 16) + 0.5 - now / 600) % 256 * 600
            )
            orphaned_files.delete()

    now = time.time()
    monkeypatch.setattr(orphaned_files, "HOUR_S", 256 * 600.0 + 3600)
    looked_at_all()
    assert set(store.objects) == kept | {f"bucket/site/{left}"}, "it may be of a render that ends at this moment"
    monkeypatch.setattr(orphaned_files, "HOUR_S", -60.0)
    looked_at_all()
    assert set(store.objects) == kept
