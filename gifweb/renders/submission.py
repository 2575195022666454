"""Submits and cancels renders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.utils import timezone

from compressor.errors import CompressorError
from compressor.goal import Goal
from compressor.timeline import Draft, media_ids, refreshed
from gifweb import ids, stored_files
from gifweb.accounts.models import Account
from gifweb.credits import ledger
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Conflict, NotFound, OutOfCredits, Unusable, from_engine

from . import entitlements, pricing, sources
from .event_log import LeaseLost, append
from .models import Render, State
from .sources import Source
from .wakeup import wake
from .worker import end


class Workspace(Protocol):
    """The fields of a project that a render needs."""

    pk: Any
    session_id: Any


@again_after_deadlock
def submit(
    account: Account,
    project: Workspace,
    goal: Goal,
    draft: Draft,
    key: str,
    *,
    words: str = "",
    understood: Mapping[str, Any] | None = None,
    request: Any = None,
    priority: int = 0,
) -> Render:
    """Create a render, hold its credits and queue it, in one transaction.

    ``key`` is the idempotency key: the same key with the same ``request`` returns the first render, with another
    request it raises Conflict. ``request`` defaults to the goal and the draft. Raises Unusable for a draft that shows
    nothing or names another account's files, BeyondPlan, OutOfCredits, and NotFound when the project was deleted.
    """
    request_hash = _hash(project, {"goal": goal.to_json(), "draft": draft.to_json()} if request is None else request)
    if first := _first(account, key, request_hash):
        return first
    found = _sources(account, draft)
    infos = {m.public_id: m.info for m in found}
    draft = refreshed(draft, infos)  # a client sends lengths of its own; the price follows from those of the files
    plan = entitlements.check(account, goal, draft, infos)
    try:
        amount = pricing.bound(goal, draft, infos)
    except CompressorError as error:
        raise from_engine(error) from error
    public_id = ids.public_id()
    same_hash = sameness(goal, draft, found)
    twin = _finished_twin(account, same_hash)
    copied = _copy(twin) if twin else None  # outside the transaction: the storage may be slow
    try:
        with transaction.atomic():
            if not (twin and copied):  # before the row: the wallet is locked before the project (gifweb.deadlock)
                ledger.hold(account, amount, f"render:{public_id}", f"render {public_id}")
            render = Render.objects.create(
                account=account,
                project_id=project.pk,
                public_id=public_id,
                idempotency_key=key,
                request_hash=request_hash,
                priority=priority + entitlements.priority(account, plan),
                words=words,
                understood=dict(understood or {}),
                goal=goal.to_json(),
                draft=draft.to_json(),
                sources=[m.public_id for m in found],
                same_hash=same_hash,
                hold_key=f"render:{public_id}",
                hold_credits=amount,
            )
            if twin and copied:
                Render.objects.filter(pk=render.pk).update(hold_key="", hold_credits=0)
                render.hold_key, render.hold_credits = "", 0
                _as_finished(twin, render, *copied)
                return render
            append(render, "state", {"state": State.QUEUED})
            transaction.on_commit(wake)
    except BaseException as error:
        for copy in copied or ():
            stored_files.delete(copy)
        if not isinstance(error, IntegrityError | OutOfCredits):
            raise
        if first := _first(account, key, request_hash):  # a parallel request with the same key was first
            return first
        if not account.projects.filter(pk=project.pk).exists():  # deleted meanwhile, perhaps with its account
            raise NotFound("This project was deleted.") from error
        raise
    return render


def submitted(account: Account, project: Workspace, key: str, request: Any) -> Render | None:
    """Return the render that this key created, or None. Raises Conflict when the request was another one."""
    return _first(account, key, _hash(project, request))


def _hash(project: Workspace, request: Any) -> str:
    return hashlib.sha256(
        json.dumps([project.session_id, request], sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def sameness(goal: Goal, draft: Draft, media: Sequence[Source]) -> str:
    """Return a hash of source bytes, draft and goal: equal hashes give equal files."""
    text = json.dumps([goal.to_json(), _as_shown(draft)], sort_keys=True)
    for one in media:
        text = text.replace(one.public_id, one.sha256)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_shown(draft: Draft) -> Any:
    """Return the draft without titles and names, which do not change the result."""
    value = draft.to_json()
    value.get("m", {}).pop("title", None)
    for track in value.get("t", []):
        for segment in track.get("sg", []):
            segment.pop("name", None)
    return value


def _finished_twin(account: Account, same_hash: str) -> Render | None:
    done = Render.objects.filter(account=account, same_hash=same_hash, state=State.FINISHED, file_deleted_at=None)
    return done.exclude(result_key="").first()


def _copy(twin: Render) -> tuple[str, str] | None:
    """Copy the file and the poster of a finished render. Return their keys ("" without a poster), or None when the file
    was deleted meanwhile."""
    key = ids.file_key("results")
    try:
        stored_files.twin(twin.result_key, key)
    except OSError:
        return None
    poster = ""
    if twin.poster_key:
        with suppress(OSError):
            stored_files.twin(twin.poster_key, still := ids.file_key("results"))
            poster = still
    return key, poster


def _as_finished(twin: Render, render: Render, key: str, poster: str) -> None:
    """Finish ``render`` with the copied files of an equal render. It costs no credits."""
    append(render, "state", {"state": State.QUEUED})
    append(render, "said", {"text": "You made this file before, so it costs no credits.", "code": "same"})
    append(
        render,
        "finished",
        {"report": twin.report, "fits": twin.fits, "would_fit": twin.would_fit},
        state=State.FINISHED,
        progress=100.0,
        finished_at=timezone.now(),
        paid_credits=0,
        result_key=key,
        poster_key=poster,
        result_name=twin.result_name,
        result_bytes=twin.result_bytes,
        result_facts=twin.result_facts,
        report=twin.report,
        fits=twin.fits,
        would_fit=twin.would_fit,
    )


def _first(account: Account, key: str, request_hash: str) -> Render | None:
    """Return the render with this key, or None. Raises Conflict when its request was another one."""
    found = Render.objects.filter(account=account, idempotency_key=key).first()
    if found and found.request_hash != request_hash:
        raise Conflict("This id was used before for another request.")
    return found


def _sources(account: Account, draft: Draft) -> list[Source]:
    """Return the files of the draft, the first clip's first. Raises Unusable when one is missing or not the
    account's."""
    if not draft.clips:
        raise Unusable("The timeline is empty. Upload an image or a clip first.")
    named = media_ids(draft)
    found = {key: one for key, one in sources.find(named, account).items() if one.deleted_at is None}
    if named - found.keys():
        raise Unusable("The draft names a file that does not exist.", missing=sorted(named - found.keys()))
    first = draft.clips[0].media
    return [found[first], *(found[key] for key in sorted(named - {first}))]


def cancel(render: Render) -> Render:
    """Cancel a render: a queued one at once, a running one within a second. An ended one does not change.

    Raises NotFound when it was deleted meanwhile."""
    try:
        end(render, "", State.CANCELLED, None)  # fails unless the render is queued
    except LeaseLost:
        Render.objects.filter(pk=render.pk, state=State.RUNNING).update(cancel_asked=True)
    try:
        render.refresh_from_db()
    except Render.DoesNotExist:  # its account was deleted meanwhile
        raise NotFound() from None
    return render
