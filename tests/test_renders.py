"""The life of a render by its rows: asked for once, claimed once, finished once, paid once, whatever happens."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from compressor import timeline
from compressor.errors import ChildDied, EngineFailure
from compressor.events import Finished
from compressor.goal import Goal
from compressor.timeline import Draft
from gifweb import ids, orphaned_files, renders, stored_files
from gifweb.accounts import identity
from gifweb.accounts.models import Account
from gifweb.credits import ledger
from gifweb.errors import Conflict, Gone, NotFound, OutOfCredits, Unusable
from gifweb.renders import access, maintenance, pricing, queue, shares, worker
from gifweb.renders.event_log import LeaseLost, append
from gifweb.renders.lease import Lease
from gifweb.renders.models import Render, RenderEvent, State
from gifweb.studio import store_uploads
from gifweb.studio.models import Media, Project
from gifweb.studio.upload_stream import PartWriter

from . import media_made, needs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account() -> Account:
    return identity.make()


@pytest.fixture
def media(account: Account, tmp_path: Path) -> Media:
    project = Project.objects.create(account=account)
    writer = PartWriter(10**9)
    writer.write(media_made.gif(tmp_path / "a.gif", media_made.scene(64, 48, 6)).read_bytes())
    return store_uploads.keep(account, project, writer.done("cat.gif"))


def draft_of(media: Media) -> Draft:
    return timeline.draft_for(media.public_id, media.info, media.name)


def ask(media: Media, key: str = "k", **goal: object) -> Render:
    wish = Goal(**({"format": "gif"} | goal))  # type: ignore[arg-type]
    return renders.submit(media.account, media.project, wish, draft_of(media), key)


def result(folder: Path, media: Media, **more: object) -> Finished:
    """What the engine ends with: here the source's own bytes are the result."""
    path = folder / "out"
    path.write_bytes(stored_files.local_path(media.key, folder).read_bytes())
    output = media.info.to_json() | {"path": str(path)}
    return Finished(str(path), {"output": output}, **more)  # type: ignore[arg-type]


def results() -> list[Path]:
    """Every stored result file."""
    return sorted(p for p in (Path(default_storage.location) / "results").rglob("*") if p.is_file())  # type: ignore[attr-defined]


def kinds(render: Render) -> list[str]:
    return [e.data.get("state", e.kind) for e in render.events.all()]


# --- asking -----------------------------------------------------------------------------------------------------------


def test_submit_holds_credits_and_queues(media: Media) -> None:
    before = ledger.balance(media.account)
    render = ask(media)
    assert (render.state, render.hold_credits, kinds(render)) == (State.QUEUED, 1, ["queued"])
    after = ledger.balance(media.account)
    assert (after.available, after.frozen, after.total) == (before.available - 1, 1, before.total)
    assert len(render.public_id) >= 22


def test_the_same_key_is_the_same_render_and_another_wish_a_conflict(media: Media) -> None:
    first = ask(media)
    assert ask(media).pk == first.pk
    with pytest.raises(Conflict):
        ask(media, max_bytes=1000)
    assert ask(media, key="other").pk != first.pk
    assert ledger.balance(media.account).frozen == 2


def test_twins_in_flight_make_one_render_and_one_hold(media: Media) -> None:
    made: list[int] = []
    failed: list[BaseException] = []
    ready = threading.Barrier(12)

    def twin() -> None:
        try:
            ready.wait()
            made.append(ask(media).pk)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=twin) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(made) == 12
    assert len(set(made)) == 1
    assert ledger.balance(media.account).frozen == 1
    assert RenderEvent.objects.count() == 1


def test_a_project_that_is_deleted_meanwhile_is_not_there(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = pricing.bound

    def while_it_goes(*arguments: object) -> int:
        Project.objects.filter(pk=media.project_id).delete()
        return bound(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pricing, "bound", while_it_goes)
    with pytest.raises(NotFound, match="deleted"):
        ask(media)
    assert not Render.objects.exists()
    assert ledger.balance(media.account).frozen == 0


def test_without_credits_nothing_is_made(media: Media) -> None:
    ledger.hold(media.account, ledger.balance(media.account).available, "all of it")
    with pytest.raises(OutOfCredits) as refused:
        ask(media)
    assert refused.value.data["available"] == 0
    assert not Render.objects.exists()


def test_a_draft_must_show_ones_own_media(media: Media) -> None:
    stranger = identity.make()
    project = Project.objects.create(account=stranger)
    with pytest.raises(Unusable, match="does not exist"):
        renders.submit(stranger, project, Goal(format="gif"), draft_of(media), "k")
    with pytest.raises(Unusable, match="timeline is empty"):
        renders.submit(stranger, project, Goal(format="gif"), Draft(), "k")


@pytest.mark.parametrize(
    ("goal", "credits"),
    [
        (Goal(), 1),
        (Goal(scale=2), 1),
        (Goal(width=64_000), 185),  # 64,000 x 48,000 x 6
        (Goal(fps=1000.0), 2),  # 64 x 48 x 60,000 frames at most
    ],
)
def test_the_price_is_bounded_before(media: Media, goal: Goal, credits: int) -> None:
    found = pricing.bound(goal, draft_of(media), {media.public_id: media.info})
    assert found >= (credits if credits > 2 else 1)
    assert found <= credits


def test_a_small_result_of_a_huge_source_costs_what_reading_it_does(media: Media) -> None:
    """7,000 x 7,000 pixels in 160 frames are 3.7 KB of GIF and much work, whatever comes out of it."""
    media.facts |= {"width": 7000, "height": 7000, "frames": 160, "duration_ms": 3200}
    media.save()
    draft, small = draft_of(media), Goal(format="gif", width=100, max_frames=2)
    assert pricing.decoding(draft, {media.public_id: media.info}) == 4
    render = Render(account=media.account, sources=[media.public_id], draft=draft.to_json(), hold_credits=78)
    assert pricing.actual(render, {"width": 100, "height": 100, "frames": 2}) == 4
    assert pricing.bound(small, draft, {media.public_id: media.info}) >= 4


def test_a_length_that_a_client_made_up_is_no_price(media: Media) -> None:
    """A film whose frames are not counted, and a draft that says it takes a millisecond."""
    media.facts |= {"width": 1000, "height": 1000, "frames_exact": False, "duration_ms": 60_000, "shown_ms": 60_000}
    media.save()
    true = draft_of(media)
    (clip,) = true.clips
    made_up = timeline.Draft((timeline.Track(0, (replace(clip, d_ms=1),)),))
    sent = [renders.submit(media.account, media.project, Goal(format="gif"), d, d.meta.title) for d in (true, made_up)]
    assert sent[0].hold_credits == sent[1].hold_credits > 5
    assert Draft.from_json(sent[1].draft).d_ms == 60_000


def test_what_lies_over_a_still_counts(media: Media) -> None:
    """A film over a still shows its own pictures, and a fade moves: neither is one picture a second."""
    infos = {media.public_id: media.info}
    still = timeline.Clip(media.public_id, 60_000, still=True)
    bare = pricing._frames(Goal(), timeline.Draft((timeline.Track(0, (still,)),)), infos)
    assert bare < 100
    film = timeline.Layer(media.public_id)
    text = timeline.Title("hello", fade_in_ms=60_000)
    for kind, over, least in ((0, film, 60 * media.info.fps), (7, text, 60 * 25)):
        tracks = (timeline.Track(0, (still,)), timeline.Track(kind, (over,)))
        assert pricing._frames(Goal(), timeline.Draft(tracks), infos) >= least
    fade = replace(still, transition=timeline.Transition("fade", 10_000))
    assert pricing._frames(Goal(), timeline.Draft((timeline.Track(0, (fade, still)),)), infos) >= 2 * bare + 250 - 2


@pytest.mark.parametrize(("width", "height", "frames"), [(498, 280, 120), (1920, 1080, 900), (1080, 1920, 960)])
def test_an_ordinary_source_costs_nothing_to_read(media: Media, width: int, height: int, frames: int) -> None:
    media.facts |= {"width": width, "height": height, "frames": frames}
    assert pricing.decoding(draft_of(media), {media.public_id: media.info}) == 0


# --- claiming and finishing -------------------------------------------------------------------------------------------


def test_one_of_many_claims_wins(media: Media) -> None:
    render = ask(media)
    tokens: list[str] = []

    def claim() -> None:
        tokens.append(queue.claim(render.pk, "a worker"))
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([t for t in tokens if t]) == 1
    render.refresh_from_db()
    assert (render.state, render.tries) == (State.RUNNING, 1)


@pytest.fixture
def claimed(media: Media) -> tuple[Render, str]:
    render = ask(media)
    token = queue.claim(render.pk, "a worker")
    render.refresh_from_db()
    return render, token


def test_finish_adopts_the_file_and_settles(claimed: tuple[Render, str], media: Media, tmp_path: Path) -> None:
    render, token = claimed
    worker.finish(render, token, result(tmp_path, media))
    render.refresh_from_db()
    assert (render.state, render.fits, render.paid_credits, render.progress) == (State.FINISHED, True, 1, 100)
    assert default_storage.exists(render.result_key)
    assert (render.result_name, render.result_facts["frames"]) == ("cat.gif", 6)
    assert str(tmp_path) not in str(render.report)
    balance = ledger.balance(render.account)
    assert (balance.frozen, balance.total) == (0, 99)


def test_what_does_not_fit_is_kept_and_costs_nothing(claimed: tuple[Render, str], media: Media, tmp_path: Path) -> None:
    render, token = claimed
    worker.finish(render, token, result(tmp_path, media, fits=False, would_fit="half the width"))
    render.refresh_from_db()
    assert (render.fits, render.would_fit, render.paid_credits) == (False, "half the width", 0)
    assert render.has_file
    assert ledger.balance(render.account).total == 100


def test_a_lost_lease_can_neither_tell_nor_finish(claimed: tuple[Render, str], media: Media, tmp_path: Path) -> None:
    render, token = claimed
    before = results()
    Render.objects.filter(pk=render.pk).update(lease_token="somebody else")
    with pytest.raises(LeaseLost):
        append(render, "said", {"text": "x"}, token=token)
    with pytest.raises(LeaseLost):
        worker.finish(render, token, result(tmp_path, media))
    render.refresh_from_db()
    assert (render.state, render.result_key) == (State.RUNNING, "")
    assert results() == before


def test_failing_gives_the_credits_back_and_says_why(claimed: tuple[Render, str]) -> None:
    render, token = claimed
    worker.end(render, token, State.FAILED, EngineFailure("It broke.", detail="secret path"))
    render.refresh_from_db()
    assert render.error == {"error": "EngineFailure", "message": "It broke.", "data": {}}
    assert ledger.balance(render.account).total == 100
    assert "secret" not in str([e.data for e in render.events.all()])


def test_events_are_numbered_without_gaps_by_many_writers(claimed: tuple[Render, str]) -> None:
    render, token = claimed

    def tell() -> None:
        for _ in range(10):
            append(render, "said", {"text": "x"}, token=token)
        connection.close()

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(render.events.values_list("number", flat=True)) == list(range(1, 42))


def test_the_same_wish_again_costs_nothing(claimed: tuple[Render, str], media: Media, tmp_path: Path) -> None:
    render, token = claimed
    worker.finish(render, token, result(tmp_path, media))
    render.refresh_from_db()
    before = ledger.balance(media.account)
    again = ask(media, key="again")
    assert (again.state, again.paid_credits, again.hold_credits) == (State.FINISHED, 0, 0)
    assert again.pk != render.pk
    assert kinds(again) == ["queued", "said", "finished"]
    assert ledger.balance(media.account) == before
    stored_files.delete(render.result_key)
    assert stored_files.local_path(again.result_key, tmp_path).read_bytes()[:3] == b"GIF"
    assert ask(media, key="other", max_bytes=900).state == State.QUEUED
    # Without the first one's file there is nothing to copy but the copy's own.
    stored_files.delete(again.result_key)
    assert ask(media, key="gone").state == State.QUEUED


# --- cancelling -------------------------------------------------------------------------------------------------------


def test_cancel_a_waiting_render_at_once(media: Media) -> None:
    render = renders.cancel(ask(media))
    assert render.state == State.CANCELLED
    assert ledger.balance(render.account).available == 100
    assert renders.cancel(render).state == State.CANCELLED
    assert kinds(render) == ["queued", "cancelled"]


def test_cancel_a_running_render_stops_its_lease_within_a_second(claimed: tuple[Render, str]) -> None:
    render, token = claimed
    with Lease(render.pk, token) as lease:
        assert renders.cancel(render).state == State.RUNNING
        assert lease.stop.wait(1.0)
        assert lease.why == "cancel"


def test_the_lease_is_renewed_and_notices_when_it_is_lost(claimed: tuple[Render, str]) -> None:
    render, token = claimed
    Render.objects.filter(pk=render.pk).update(lease_until=timezone.now())
    with Lease(render.pk, token) as lease:
        assert not lease.stop.wait(0.6)
        render.refresh_from_db()
        assert render.lease_until is not None
        assert render.lease_until > timezone.now() + timedelta(seconds=10)
        Render.objects.filter(pk=render.pk).update(lease_token="x")
        assert lease.stop.wait(1.0)
        assert lease.why == "lost"


# --- crashes ----------------------------------------------------------------------------------------------------------


def lose(render: Render) -> None:
    Render.objects.filter(pk=render.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_lost_worker_is_replaced_and_the_third_loss_is_the_last(media: Media) -> None:
    render = ask(media)
    for attempt in (1, 2, 3):
        assert queue.claim(render.pk, "a worker")
        lose(render)
        maintenance.sweep()
        render.refresh_from_db()
        assert render.tries == attempt
        assert render.state == (State.FAILED if attempt == 3 else State.QUEUED)
    assert render.error is not None
    assert "3 times" in render.error["message"]
    assert ledger.balance(render.account).total == 100
    assert ledger.balance(render.account).frozen == 0


def test_a_held_lease_is_left_alone_and_a_cancelled_one_ends(claimed: tuple[Render, str]) -> None:
    render, _ = claimed
    assert maintenance.sweep() == 0
    render.refresh_from_db()
    assert render.state == State.RUNNING
    renders.cancel(render)
    lose(render)
    maintenance.sweep()
    render.refresh_from_db()
    assert render.state == State.CANCELLED


def test_a_late_worker_finds_its_render_taken(claimed: tuple[Render, str], media: Media, tmp_path: Path) -> None:
    render, token = claimed
    lose(render)
    maintenance.sweep()
    other = queue.claim(render.pk, "a worker")
    with pytest.raises(LeaseLost):
        worker.finish(render, token, result(tmp_path, media))
    worker.finish(render, other, result(tmp_path, media))
    assert kinds(render).count("finished") == 1
    assert ledger.balance(render.account).total == 99


def test_a_dead_child_is_tried_again_and_a_refused_file_is_not(claimed: tuple[Render, str]) -> None:
    render, token = claimed
    with Lease(render.pk, token) as lease:
        worker._stopped(render, token, lease, ChildDied("The encoder stopped unexpectedly."))
        render.refresh_from_db()
        assert (render.state, render.tries) == (State.QUEUED, 1)


# --- time -------------------------------------------------------------------------------------------------------------


@needs.by_files  # of a bucket, one shard is looked at: tests.test_object_storage
def test_old_results_and_orphans_are_deleted(
    claimed: tuple[Render, str], media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render, token = claimed
    worker.finish(render, token, result(tmp_path, media))
    render.refresh_from_db()
    orphan = ids.file_key("results")
    default_storage.save(orphan, ContentFile(b"x"))
    orphaned_files.delete()
    assert default_storage.exists(orphan)  # it may be of a render that ends at this moment
    monkeypatch.setattr(orphaned_files, "HOUR_S", -1.0)
    orphaned_files.delete()
    assert not default_storage.exists(orphan)
    assert default_storage.exists(render.result_key)
    Render.objects.update(finished_at=timezone.now() - timedelta(days=8))
    maintenance.tidy()
    render.refresh_from_db()
    assert not default_storage.exists(render.result_key)
    assert not render.has_file
    assert render.result_facts["frames"] == 6


# --- who may see ------------------------------------------------------------------------------------------------------


def test_a_render_is_its_owners(media: Media) -> None:
    render = ask(media)
    assert access.render_for(media.account, render.public_id).pk == render.pk
    for somebody in (None, identity.make()):
        with pytest.raises(NotFound):
            access.render_for(somebody, render.public_id)


def test_a_share_opens_until_it_is_withdrawn_or_expires(
    claimed: tuple[Render, str], media: Media, tmp_path: Path
) -> None:
    render, token = claimed
    with pytest.raises(Conflict):
        shares.make(render)
    worker.finish(render, token, result(tmp_path, media))
    render.refresh_from_db()
    share = shares.make(render)
    stranger = Client()
    assert stranger.get(f"/s/{share.token}").status_code == 200
    answer = stranger.get(f"/s/{share.token}/file")
    assert b"".join(answer.streaming_content)[:3] == b"GIF"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    share.refresh_from_db()
    assert share.views == 1
    assert stranger.post(f"/s/{share.token}/revoke").status_code == 404
    shares.revoke(render)
    assert stranger.get(f"/s/{share.token}").status_code == 410
    assert stranger.get(f"/s/{share.token}/file").status_code == 410
    other = shares.make(render)
    type(other).objects.update(expires_at=timezone.now())
    with pytest.raises(Gone):
        access.share_for(other.token)
    with pytest.raises(NotFound):
        access.share_for("x")


def test_a_share_with_a_password(claimed: tuple[Render, str], media: Media, tmp_path: Path) -> None:
    render, token = claimed
    worker.finish(render, token, result(tmp_path, media))
    render.refresh_from_db()
    share = shares.make(render, password="open sesame")
    assert "sesame" not in share.password
    stranger = Client()
    page = f"/s/{share.token}"
    assert b"result_bytes" not in stranger.get(page).content
    assert stranger.get(f"{page}/file").status_code == 404
    assert stranger.post(page, {"password": "wrong"}).status_code == 403
    assert stranger.post(page, {"password": "open sesame"}).status_code == 302
    answer = stranger.get(f"{page}/file")
    assert b"".join(answer.streaming_content)[:3] == b"GIF"  # type: ignore[attr-defined]


def test_many_addresses_guess_a_links_password_together_only_so_often(
    claimed: tuple[Render, str], media: Media, tmp_path: Path, settings: Any
) -> None:
    settings.LIMITS = {**settings.LIMITS, "share_password_link": "3/d"}
    render, token = claimed
    worker.finish(render, token, result(tmp_path, media))
    page = f"/s/{shares.make(render, password='open sesame').token}"
    tries = [Client(REMOTE_ADDR=f"203.0.113.{n}").post(page, {"password": f"guess {n}"}) for n in range(5)]
    assert [answer.status_code for answer in tries] == [403, 403, 403, 429, 429]


def test_a_shared_file_can_be_embedded_unless_it_is_behind_a_password(
    claimed: tuple[Render, str], media: Media, client: Client, tmp_path: Path
) -> None:
    render, token = claimed
    worker.finish(render, token, result(tmp_path, media))
    render.refresh_from_db()
    Render.objects.filter(pk=render.pk).update(result_facts=render.result_facts | {"format": "mp4"})
    render.refresh_from_db()
    share = shares.make(render)
    page = client.get(f"/s/{share.token}").content.decode()
    assert f'property="og:video" content="http://testserver/s/{share.token}/view"' in page
    assert "autoplay loop muted playsinline" in page
    assert "prefers-reduced-motion" in page
    shown = client.get(f"/s/{share.token}/view")
    shown.close()
    assert shown["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "frame-ancestors" not in shown["Content-Security-Policy"]
    locked = shares.make(render, password="open sesame")
    client.post(f"/s/{locked.token}", {"password": "open sesame"})
    page = client.get(f"/s/{locked.token}").content.decode()
    assert "og:video" not in page
    shown = client.get(f"/s/{locked.token}/view")
    shown.close()
    assert shown["Cross-Origin-Resource-Policy"] == "same-origin"
