"""The queue: which render runs next, computed from the rows, so that every worker gets the same answer.

The highest priority goes first, then the oldest, with two rules. An account runs at most as many renders at once as its
plan allows; its other renders wait. And an account cannot starve: at most OVERTAKEN renders of a higher priority start
while it waits, then its render is next.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, QuerySet

from gifweb.accounts.models import Account
from gifweb.credits import plans
from gifweb.deadlock import again_after_deadlock
from gifweb.upkeep import clock

from .models import Render, State

OVERTAKEN = 10


class Head(NamedTuple):
    """The first queued render of one account. ``since``: when it was submitted, or when its account last had one
    started."""

    id: int
    priority: int
    since: datetime


def next_render() -> int | None:
    """Return the id of the render to run next, or None when none may run now."""
    waiting = Render.objects.filter(state=State.QUEUED).exclude(account__in=_full())
    first = waiting.order_by("-priority", "id").values_list("id", "priority").first()
    if first is None:
        return None
    for head in _passed_over(waiting, first[1]):
        if _overtakes(head) >= OVERTAKEN:
            return head.id
    return int(first[0])


def _full() -> list[Account]:
    """Return the accounts that run as many renders as their plan allows."""
    lowest = min(plan.concurrent_renders for plan in plans.plans().values())
    running = Render.objects.filter(state=State.RUNNING).order_by().values("account").annotate(n=Count("id"))
    many = {row["account"]: row["n"] for row in running.filter(n__gte=lowest)}
    return [one for one in Account.objects.filter(pk__in=many) if many[one.pk] >= plans.of(one).concurrent_renders]


def _passed_over(waiting: QuerySet[Render], highest: int) -> Iterable[Head]:
    """Yield, for each priority below the highest, the account that has waited longest; longest first.

    No other account of the same priority can have been overtaken more often.
    """
    behind = waiting.filter(priority__lt=highest)
    started = Render.objects.filter(account__in=behind.values("account")).exclude(started_at=None)
    turns = dict(started.order_by().values_list("account").annotate(Max("started_at")))
    longest: dict[int, Head] = {}
    seen = set()
    ahead = set(waiting.filter(priority=highest).values_list("account", flat=True))
    rows = behind.order_by("-priority", "id").values_list("id", "account", "priority", "created_at")
    for ident, account, priority, created in rows:
        if account in seen or account in ahead:  # only the first render of each account counts
            continue
        seen.add(account)
        head = Head(ident, priority, max(created, turns.get(account, created)))
        if priority not in longest or head.since < longest[priority].since:
            longest[priority] = head
    return sorted(longest.values(), key=lambda head: head.since)


def _overtakes(head: Head) -> int:
    return Render.objects.filter(started_at__gt=head.since, priority__gt=head.priority).count()


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
