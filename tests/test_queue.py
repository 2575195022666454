"""Whose turn it is: paid ones first, nobody passed over too often, and of one account no more at once than its plan
lets it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from compressor import timeline
from compressor.goal import Goal
from gifweb import renders
from gifweb.accounts import identity
from gifweb.accounts.models import Account
from gifweb.credits import ledger, plans
from gifweb.credits.models import Kind
from gifweb.renders import queue, tasks, worker
from gifweb.renders.models import Render, State
from gifweb.studio import store_uploads
from gifweb.studio.models import Media, Project
from gifweb.studio.upload_stream import PartWriter

from . import media_made

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gif(tmp_path: Path) -> bytes:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(64, 48, 3)).read_bytes()


def somebody(gif: bytes, plan: str = "free") -> Media:
    """An account with a file in it, and credits enough."""
    account = identity.make()
    ledger.grant(account, 500, Kind.GIFT, f"gift:{account.pk}")
    if plan != "free":
        plans.extend(account, plan, 30)
    writer = PartWriter(10**9)
    writer.write(gif)
    return store_uploads.keep(account, Project.objects.create(account=account), writer.done("cat.gif"))


def ask(media: Media, count: int = 1) -> list[Render]:
    draft = timeline.draft_for(media.public_id, media.info, media.name)
    asked = Render.objects.filter(account=media.account).count()
    return [
        renders.submit(media.account, media.project, Goal(format="gif", quality=float(n)), draft, f"k{n}")
        for n in range(asked, asked + count)
    ]


def take() -> Render:
    """What a worker does: the next one, claimed."""
    found = queue.next_render()
    assert found is not None
    assert queue.claim(found, "a worker")
    return Render.objects.get(pk=found)


def end(render: Render) -> None:
    worker.end(render, render.lease_token, State.CANCELLED, None)


def test_paid_ones_overtake(gif: bytes) -> None:
    free, pro = somebody(gif), somebody(gif, "pro")
    (waits,) = ask(free)
    sooner = ask(pro, 3)
    assert [take().pk for _ in range(4)] == [*(r.pk for r in sooner), waits.pk]


def test_a_free_render_waits_at_most_so_many_paid_ones(gif: bytes) -> None:
    """New paid ones keep coming; the free one is taken after exactly OVERTAKEN of them, whichever worker asks."""
    free, others = somebody(gif), [somebody(gif, "pro") for _ in range(3)]
    (waits,) = ask(free)
    ask(free, 1)
    taken = []
    for number in range(3 * queue.OVERTAKEN):
        ask(others[number % 3])
        render = take()
        taken.append(render.account_id)
        end(render)
        if render.pk == waits.pk:
            break
    assert taken.count(free.account.pk) == 1
    assert len(taken) == queue.OVERTAKEN + 1, "not later, and not sooner either"
    # Its second one has to wait as long again: one who asks for much does not bar the way for those who paid.
    again = []
    for number in range(queue.OVERTAKEN + 1):
        ask(others[number % 3])
        render = take()
        again.append(render.account_id)
        end(render)
    assert again.index(free.account.pk) == queue.OVERTAKEN


def test_two_who_wait_are_both_taken_in_time(gif: bytes) -> None:
    first, second, pro = somebody(gif), somebody(gif), somebody(gif, "pro")
    waits = [*ask(first), *ask(second)]
    taken: list[int] = []
    while not {r.pk for r in waits} <= set(taken):
        ask(pro)
        render = take()
        taken.append(render.pk)
        end(render)
    assert [taken.index(r.pk) for r in waits] == [queue.OVERTAKEN, queue.OVERTAKEN + 1]


def test_an_account_runs_as_many_as_its_plan_lets(gif: bytes) -> None:
    """What is beyond is not refused: it waits, and goes as soon as one of them has ended."""
    heavy, light = somebody(gif), somebody(gif)
    most = plans.of(heavy.account).concurrent_renders
    asked = ask(heavy, most + 3)
    begun = [take() for _ in range(most)]
    assert {r.pk for r in begun} == {r.pk for r in asked[:most]}
    assert queue.next_render() is None
    assert queue.claim(asked[most].pk, "a worker") == "", "not by its number either"
    (other,) = ask(light)
    assert take().pk == other.pk, "the others are not kept waiting by it"
    end(begun[0])
    assert take().pk == asked[most].pk
    assert queue.next_render() is None


def test_the_last_free_place_is_taken_once(gif: bytes) -> None:
    heavy = somebody(gif)
    most = plans.of(heavy.account).concurrent_renders
    asked = ask(heavy, most + 7)
    for _ in range(most - 1):
        take()
    tokens: list[str] = []

    def claim(render: Render) -> None:
        tokens.append(queue.claim(render.pk, "a worker"))
        connection.close()

    threads = [threading.Thread(target=claim, args=(render,)) for render in asked[most - 1 :]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([token for token in tokens if token]) == 1
    assert Render.objects.filter(state=State.RUNNING).count() == most


def test_a_larger_plan_runs_more(gif: bytes) -> None:
    pro = somebody(gif, "pro")
    most = plans.of(pro.account).concurrent_renders
    assert most > plans.plans()["free"].concurrent_renders
    ask(pro, most + 1)
    assert len({take().pk for _ in range(most)}) == most
    assert queue.next_render() is None


def test_a_worker_runs_them_all_in_the_end(gif: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's own loop: never more at once than the plan lets, and none is left behind."""
    heavy = somebody(gif)
    most = plans.of(heavy.account).concurrent_renders
    asked = ask(heavy, most + 2)
    at_once: list[int] = []
    woken: list[bool] = []

    def run(render_id: int, token: str) -> None:
        assert token
        at_once.append(Render.objects.filter(account=heavy.account, state=State.RUNNING).count())
        end(Render.objects.get(pk=render_id))

    monkeypatch.setattr(tasks, "run_claimed", run)
    monkeypatch.setattr(tasks, "wake", lambda: woken.append(True))
    held = [take() for _ in range(most)]
    tasks.work()
    assert at_once == [], "with all places taken it begins none, and does not wait about"
    end(held[0])
    tasks.work()
    assert at_once == [most, most]
    assert woken, "another worker may be idle"
    assert not Render.objects.filter(pk__in=[r.pk for r in asked], state=State.QUEUED).exists()


def test_accounts_without_a_plan_row_have_the_free_one() -> None:
    assert plans.of(Account.objects.create()).name == "free"


def test_a_worker_whose_choice_is_claimed_by_another_takes_the_next(gif: bytes, monkeypatch: Any) -> None:
    ask(somebody(gif))
    ask(somebody(gif))
    claim = queue.claim

    def too_late(render_id: int, worker: str) -> str:
        monkeypatch.setattr(queue, "claim", claim)
        assert claim(render_id, "another worker")
        return claim(render_id, worker)

    monkeypatch.setattr(queue, "claim", too_late)
    assert queue.take("a worker")
    assert set(Render.objects.values_list("worker", flat=True)) == {"a worker", "another worker"}
    assert queue.take("a worker") is None
