"""Checks a request against the account's plan, before credits are held, and computes its priority."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Sum

from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import Draft
from gifweb.accounts.models import Account
from gifweb.credits import plans

from .models import OPEN, Render

_LOWEST = -1000


def check(account: Account, goal: Goal, draft: Draft, infos: Mapping[str, MediaInfo]) -> plans.Plan:
    """Return the account's plan. Raises BeyondPlan for a longest side, a duration or a source file above its limits,
    and where its results take more than it stores: one that was made before is copied for nothing.

    Only a size that was asked for is checked; otherwise the result is as large as the plan and the format allow."""
    pictures = [i for i in infos.values() if i.width and i.height]
    source = max((max(i.width, i.height) for i in pictures), default=0)
    sides = [goal.width or 0, goal.height or 0, goal.short_side or 0]
    if goal.scale and goal.scale > 1:
        sides.append(round(source * goal.scale))
    return plans.check(
        account,
        longest_side=max(sides),
        duration_ms=draft.d_ms,
        file_bytes=max((i.bytes for i in infos.values()), default=0),
        stored_bytes=_results(account),
    )


def _results(account: Account) -> int:
    """The bytes of the account's results that are stored."""
    kept = Render.objects.filter(account=account, file_deleted_at=None).exclude(result_key="")
    return kept.aggregate(n=Sum("result_bytes"))["n"] or 0


def priority(account: Account, plan: plans.Plan) -> int:
    """Return the plan's priority, minus one for each open render above the plan's limit of concurrent renders.

    An account with a hundred renders must not delay an account with one."""
    waiting = Render.objects.filter(account=account, state__in=OPEN).count()
    return max(_LOWEST, plan.priority - max(0, waiting - plan.concurrent_renders + 1))
