"""Asking for a render, and taking the wish back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from compressor.errors import CompressorError
from compressor.goal import Goal
from compressor.timeline import Draft, media_ids
from gifweb import files, ids
from gifweb.accounts.models import Account
from gifweb.credits import ledger
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Conflict, NotFound, OutOfCredits, Unusable, from_engine
from gifweb.studio.models import Media, Project

from . import entitlements, pricing
from .event_log import LeaseLost, append
from .models import Render, State
from .tasks import wake
from .worker import end


@again_after_deadlock
def submit(
    account: Account,
    project: Project,
    goal: Goal,
    draft: Draft,
    key: str,
    *,
    words: str = "",
    understood: Mapping[str, Any] | None = None,
    request: Any = None,
    priority: int = 0,
) -> Render:
    """One render for one ``key``: made, paid for by a hold, queued and announced in one transaction.

    The same key again with the same request answers the render of the first time; with another request it raises
    Conflict. ``request`` is what is compared (whatever the door was sent); left out, it is goal and draft. Raises
    Unusable for a draft that shows nothing or names media of somebody else, BeyondPlan, OutOfCredits, and NotFound for
    a project that is deleted meanwhile.
    """
    body = request if request is not None else {"goal": goal.to_json(), "draft": draft.to_json()}
    request_hash = hashlib.sha256(
        json.dumps([project.session_id, body], sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    if first := _first(account, key, request_hash):
        return first
    media = sources(account, draft)
    infos = {m.public_id: m.info for m in media}
    plan = entitlements.check(account, goal, draft, infos)
    try:
        amount = pricing.bound(goal, draft, infos)
    except CompressorError as error:
        raise from_engine(error) from error
    public_id = ids.public_id()
    same_hash = sameness(goal, draft, media)
    twin = _finished_twin(account, same_hash)
    copied = _copy(twin) if twin else None  # outside the transaction: the files may be far away
    try:
        with transaction.atomic():
            if not (twin and copied):  # before the row: the wallet is locked before the project (gifweb.deadlock)
                ledger.hold(account, amount, f"render:{public_id}", f"render {public_id}")
            render = Render.objects.create(
                account=account,
                project=project,
                public_id=public_id,
                idempotency_key=key,
                request_hash=request_hash,
                priority=priority + entitlements.priority(account, plan),
                words=words,
                understood=dict(understood or {}),
                goal=goal.to_json(),
                draft=draft.to_json(),
                sources=[m.public_id for m in media],
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
            files.delete(copy)
        if not isinstance(error, IntegrityError | OutOfCredits):
            raise
        if first := _first(account, key, request_hash):  # a twin was a moment sooner
            return first
        if not Project.objects.filter(pk=project.pk).exists():  # deleted meanwhile, perhaps with its account
            raise NotFound("This project was deleted.") from error
        raise
    return render


def sameness(goal: Goal, draft: Draft, media: Sequence[Media]) -> str:
    """A hash that two wishes share when they come to the same file: same bytes, same draft, same goal."""
    text = json.dumps([goal.to_json(), _as_shown(draft)], sort_keys=True)
    for one in media:
        text = text.replace(one.public_id, one.sha256)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_shown(draft: Draft) -> Any:
    """The draft without its names, which change nothing that is seen or heard."""
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
    """Keys of a copy of the twin's file and of its still ("" without one); None when its file just went."""
    key = ids.file_key("results")
    try:
        files.twin(twin.result_key, key)
    except OSError:
        return None
    poster = ""
    if twin.poster_key:
        with suppress(OSError):
            files.twin(twin.poster_key, still := ids.file_key("results"))
            poster = still
    return key, poster


def _as_finished(twin: Render, render: Render, key: str, poster: str) -> None:
    """Make ``render`` the finished render that its twin is, for nothing."""
    append(render, "state", {"state": State.QUEUED})
    append(render, "said", {"text": "This was made before; it costs nothing again.", "code": "same"})
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
    """The render that this key made before; Conflict when it was another request."""
    found = Render.objects.filter(account=account, idempotency_key=key).first()
    if found and found.request_hash != request_hash:
        raise Conflict("This id was used before for another request.")
    return found


def sources(account: Account, draft: Draft) -> list[Media]:
    """The media that the draft names, the first clip's first; all must be the account's own and still there."""
    if not draft.clips:
        raise Unusable("There is nothing to show yet: upload a picture or a clip first.")
    named = media_ids(draft)
    found = {m.public_id: m for m in Media.objects.filter(account=account, public_id__in=named, deleted_at=None)}
    if named - found.keys():
        raise Unusable("The draft names a file that is not here.", missing=sorted(named - found.keys()))
    first = draft.clips[0].media
    return [found[first], *(found[key] for key in sorted(named - {first}))]


def cancel(render: Render) -> Render:
    """Stop it: at once when it waits, within a second when it runs. A render that has ended stays as it is. Raises
    NotFound when it was deleted meanwhile."""
    try:
        end(render, "", State.CANCELLED, None)  # only while it waits
    except LeaseLost:
        Render.objects.filter(pk=render.pk, state=State.RUNNING).update(cancel_asked=True)
    try:
        render.refresh_from_db()
    except Render.DoesNotExist:  # its owner left in this moment
        raise NotFound() from None
    return render
