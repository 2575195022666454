"""The queue: which render runs next, computed from the rows, so that every worker gets the same answer.

The highest priority goes first, then the oldest, with two rules. An account runs at most as many renders at once as its
plan allows; its other renders wait. And an account cannot starve: at most OVERTAKEN renders of a higher priority start
while it waits, then its render is next.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, QuerySet

from gifweb.accounts.models import Account
from gifweb.credits import plans
from gifweb.deadlock import again_after_deadlock
from gifweb.upkeep import clock

from .models import Render, State

OVERTAKEN = 10


CHOICE = 100  # so many workers that ask in the same moment each find a render of their own
_LOCKS = 0x6769  # the first of the two numbers of our advisory locks


class Head(NamedTuple):
    """The first queued render of one account. ``since``: when it was submitted, or when its account last had one
    started."""

    id: int
    priority: int
    since: datetime


def next_render() -> int | None:
    """Return the id of the render to run next, or None when none may run now."""
    return next(iter(_next(1)), None)


def take(worker: str) -> tuple[int, str] | None:
    """Choose and claim a render: its id and lease token. None when none may run now.

    Another worker may claim the chosen render first: then the next one is chosen.
    """
    for _ in range(CHOICE):
        tried = _try(worker)
        if tried is None or tried[1]:
            return tried
    return None


@again_after_deadlock
def _try(worker: str) -> tuple[int, str] | None:
    """Choose a render and try to claim it: its id and its lease token, which is "" when another was first.

    On PostgreSQL a worker passes over what another one is about to claim. Otherwise all would choose the same render,
    and of eight workers seven would have tried in vain, each time. Still, one that reads the queue just before another
    commits can choose what that one has claimed.
    """
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():  # SQLite: one writer at a time
        found = _nobodys(_next(CHOICE)) if connection.vendor == "postgresql" else next_render()
        return None if found is None else (found, claim(found, worker))


# "OFFSET 0" keeps the two apart: a lock is asked for row by row, in the order of the list, until one is had.
_CHOOSE = """
    SELECT id FROM (
        SELECT t.id FROM unnest(%s::bigint[]) WITH ORDINALITY AS t(id, n)
        JOIN renders_render r ON r.id = t.id WHERE r.state = 'queued' ORDER BY t.n OFFSET 0
    ) AS still_queued
    WHERE pg_try_advisory_xact_lock(%s, (id %% 2147483647)::int) LIMIT 1
"""


def _nobodys(ids: list[int]) -> int | None:
    """The first of the renders that no other transaction is about to claim; it is ours until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute(_CHOOSE, [ids, _LOCKS])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _next(count: int) -> list[int]:
    """The ids of the renders to run next, at most so many."""
    waiting = Render.objects.filter(state=State.QUEUED).exclude(account__in=_full())
    first = list(waiting.order_by("-priority", "id").values_list("id", "priority")[:count])
    if not first:
        return []
    overtaken = [head.id for head in _passed_over(waiting, first[0][1]) if _overtakes(head) >= OVERTAKEN]
    return overtaken[:count] + [ident for ident, _ in first if ident not in overtaken][: count - len(overtaken)]


def _full() -> list[Any]:
    """Return the keys of the accounts that run as many renders as their plan allows."""
    lowest = min(plan.concurrent_renders for plan in plans.plans().values())
    running = Render.objects.filter(state=State.RUNNING).order_by().values("account").annotate(n=Count("id"))
    many = {row["account"]: row["n"] for row in running.filter(n__gte=lowest)}
    return [key for key, plan in plans.of_each(many).items() if many[key] >= plan.concurrent_renders]


def _passed_over(waiting: QuerySet[Render], highest: int) -> Iterable[Head]:
    """Yield, for each priority below the highest, the account that has waited longest; longest first.

    No other account of the same priority can have been overtaken more often.
    """
    behind = waiting.filter(priority__lt=highest)
    oldest, lowest = behind.order_by().aggregate(a=Min("created_at"), b=Min("priority")).values()
    if oldest is None or _overtakes(Head(0, lowest, oldest)) < OVERTAKEN:  # then it is so for each of them
        return ()
    started = Render.objects.filter(account__in=behind.values("account"), started_at__gt=oldest)
    turns = dict(started.order_by().values_list("account").annotate(Max("started_at")))
    behind = behind.exclude(account__in=waiting.filter(priority=highest).values("account")).order_by()
    heads = []
    had_none = behind.exclude(account__in=turns)
    for priority in behind.values_list("priority", flat=True).distinct():
        if first := had_none.filter(priority=priority).order_by("id").values_list("id", "created_at").first():
            heads.append(Head(first[0], priority, first[1]))
    had_some = behind.filter(account__in=turns).values_list("account", "priority")
    for account, priority, ident, created in had_some.annotate(Min("id"), Min("created_at")):
        heads.append(Head(ident, priority, max(created, turns[account])))
    heads.sort(key=lambda head: head.since, reverse=True)
    longest = {head.priority: head for head in heads}
    return sorted(longest.values(), key=lambda head: head.since)


def _overtakes(head: Head) -> int:
    """How many of a higher priority started meanwhile; counted up to OVERTAKEN."""
    return Render.objects.filter(started_at__gt=head.since, priority__gt=head.priority).order_by()[:OVERTAKEN].count()


@again_after_deadlock
def claim(render_id: int, worker: str) -> str:
    """Claim a queued render. Return the lease token, or "" when another worker was first or the account's limit of
    concurrent renders is reached.

    The account's row is locked, so that two workers cannot both take the last free slot.
    """
    token = secrets.token_hex(8)
    with transaction.atomic():
        account_id = Render.objects.filter(pk=render_id).values_list("account", flat=True).first()
        if account_id is None:
            return ""
        account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
        running = Render.objects.filter(account=account, state=State.RUNNING).count()
        if running >= plans.of(account).concurrent_renders:
            return ""
        now = clock.now()
        taken = Render.objects.filter(pk=render_id, account=account, state=State.QUEUED).update(
            state=State.RUNNING,
            lease_token=token,
            lease_until=now + timedelta(seconds=settings.LEASE_S),
            tries=F("tries") + 1,
            started_at=now,
            worker=worker[:120],
        )
    return token if taken else ""


def room_was_made(render_id: int) -> bool:
    """Whether the account of an ended render has a queued one, which may have waited for its slot."""
    account = Render.objects.filter(pk=render_id).values("account")
    return Render.objects.filter(account__in=account, state=State.QUEUED).exists()
