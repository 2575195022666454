"""Runs one render in a worker: claim, encode in the sandbox, record events, finish. Read it from top to bottom.

When a worker is killed, the lease expires and maintenance requeues the render. Every write needs the lease's token, so
a worker that lost its lease can neither finish a render twice nor charge for it twice.
"""

from __future__ import annotations

import logging
import re
import shutil
import socket
from collections import defaultdict
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from compressor import engine, events, formats, sandbox
from compressor.errors import Cancelled, ChildDied, CompressorError, EngineFailure
from compressor.media import MediaInfo
from compressor.timeline.draft import stem
from gifweb import ids, logs, metrics, stored_files
from gifweb.credits import ledger
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Gone, PublicError, public
from gifweb.source_limits import source_limits

from . import pricing, queue, sources
from .event_log import LeaseLost, append
from .lease import Lease
from .models import Render, State
from .wakeup import wake

log = logging.getLogger(__name__)

STEP_S = 0.2  # at most five progress events a second


def run(render_id: int) -> bool:
    """Claim the render and run it to its end. False when it could not be claimed."""
    token = queue.claim(render_id, socket.gethostname())
    if token:
        run_claimed(render_id, token)
    return bool(token)


def run_claimed(render_id: int, token: str) -> None:
    """Run a render, which this worker has claimed, to its end."""
    render = Render.objects.select_related("account").get(pk=render_id)
    logs.render_id.set(render.public_id)
    folder = stored_files.work_folder(f"{render.public_id}-{token}")
    for left in folder.parent.glob(f"{render.public_id}-*"):  # left by a killed worker
        if left != folder:
            shutil.rmtree(left, ignore_errors=True)
    try:
        with Lease(render.pk, token) as lease:
            _run_claimed(render, token, lease, folder)
    except LeaseLost:
        log.info("render %s: the lease was lost", render.public_id)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        logs.render_id.set("")


def _run_claimed(render: Render, token: str, lease: Lease, folder: Path) -> None:
    append(render, "state", {"state": State.RUNNING, "try": render.tries}, token=token, stage="reading")
    try:
        finish(render, token, _work(render, token, lease, folder))
    except CompressorError as error:
        _stopped(render, token, lease, error)
    except PublicError as error:
        end(render, token, State.FAILED, EngineFailure(error.message))
    except LeaseLost:
        raise
    except Exception as error:
        log.exception("render %s failed with an unexpected error", render.public_id)
        words = public(error).message
        if render.tries < settings.MAX_TRIES:
            put_back(render, token, f"{words} It is tried again.")
        else:
            end(render, token, State.FAILED, EngineFailure(words, detail=repr(error)))
    else:
        try:
            add_poster(render, folder)
        except Exception:
            log.exception("render %s: no poster could be made", render.public_id)


def _stopped(render: Render, token: str, lease: Lease, error: CompressorError) -> None:
    """Handle an engine that ended without a file: requeue, cancel or fail the render, depending on the reason."""
    if isinstance(error, ChildDied):
        metrics.child_deaths.labels(_reason(error)).inc()
    if lease.why == "lost":
        raise LeaseLost(render.public_id) from error
    if lease.why == "closing":
        put_back(render, token, "The worker is restarting. The render continues in a moment.", count=False)
    elif lease.why == "cancel" or isinstance(error, Cancelled):
        end(render, token, State.CANCELLED, None)
    elif isinstance(error, ChildDied) and render.tries < settings.MAX_TRIES:
        log.warning("render %s: the sandbox child died: %s", render.public_id, error.detail)
        put_back(render, token, "The encoder stopped unexpectedly. It is tried again.")
    else:
        log.warning("render %s failed: %s %s", render.public_id, error.message, error.detail)
        end(render, token, State.FAILED, error)


def _reason(error: ChildDied) -> str:
    """A few words for a figure: details name numbers, and each would be a figure of its own."""
    found = re.search(r"SIG[A-Z]+|timeout|time limit|memory|exit", f"{error.message} {error.detail}")
    return found[0] if found else "other"


def _work(render: Render, token: str, lease: Lease, folder: Path) -> events.Finished:
    """Run the sandbox child and record its events. Raises the CompressorError that it ended with."""
    best = render.progress
    told_at, told_stage = monotonic(), "starting"
    spent: defaultdict[str, float] = defaultdict(float)  # seconds by stage
    for event in sandbox.run(job_of(render, folder), source_limits(), lease.stop):
        if isinstance(event, events.Finished):
            spent[told_stage] += monotonic() - told_at
            for stage, seconds in spent.items():
                metrics.stage_seconds.labels(stage, str(event.report.get("encoder", ""))).inc(seconds)
            return event
        if isinstance(event, events.Failed):
            raise CompressorError.from_json(event.error)
        data = event.to_json()
        kind = data.pop("kind")
        changes: dict[str, Any] = {}
        if isinstance(event, events.Step):
            best = max(best, event.percent)
            now = monotonic()
            if event.stage == told_stage and now - told_at < STEP_S:
                continue
            spent[told_stage] += now - told_at
            told_at, told_stage = now, event.stage
            data["percent"] = round(best, 1)
            changes = {"progress": best, "stage": event.stage, "left_s": event.left_s}
        append(render, kind, data, token=token, **changes)
    raise ChildDied("The encoder stopped unexpectedly.", detail="the stream of events ended early")


def job_of(render: Render, folder: Path) -> engine.Job:
    """Return the engine's job: source paths by media id, draft, goal, output path. Raises Gone for a deleted source."""
    found = sources.find(render.sources, render.account)
    missing = [key for key in render.sources if key not in found or found[key].deleted_at]
    if missing:
        raise Gone("A file that this render needs was deleted.")
    return engine.Job(
        sources={key: str(stored_files.local_path(found[key].key, folder)) for key in render.sources},
        draft=render.draft,
        goal=render.goal,
        out=str(folder / "out"),
    )


def finish(render: Render, token: str, done: events.Finished) -> None:
    """Store the file, set the state and settle the credits, in one transaction that needs the lease."""
    report = {k: v for k, v in done.report.items() if k not in ("input", "output")}
    output = {k: v for k, v in done.report.get("output", {}).items() if k != "path"}
    report |= {"input": {k: v for k, v in done.report.get("input", {}).items() if k != "path"}, "output": output}
    facts = MediaInfo.from_json({"format": "", "kind": "video", "codec": "", "bytes": 0} | output)
    key = ids.file_key("results")
    stored_files.adopt(Path(done.path), key)

    @again_after_deadlock
    def adopt() -> None:
        with transaction.atomic():
            ledger.lock_hold(render.hold_key)  # the wallet before the render: see gifweb.deadlock
            cost = pricing.actual(render, output) if done.fits else 0  # a file that does not fit is free
            append(
                render,
                "finished",
                {"report": report, "fits": done.fits, "would_fit": done.would_fit},
                token=token,
                state=State.FINISHED,
                progress=100.0,
                stage="",
                left_s=None,
                lease_until=None,
                finished_at=timezone.now(),
                result_key=key,
                result_bytes=output.get("bytes"),
                result_facts=facts.to_json(),
                result_name=result_name(render, facts),
                report=report,
                fits=done.fits,
                would_fit=done.would_fit,
                paid_credits=cost,
            )
            ledger.settle(render.hold_key, cost)

    try:
        adopt()
    except BaseException:
        stored_files.delete(key)
        raise
    metrics.render_ended("finished", report)


def add_poster(render: Render, folder: Path) -> None:
    """Make a still of the result for lists and players. A failure here does not fail the render."""
    still = folder / "poster.webp"
    try:
        sandbox.poster(stored_files.local_path(render.result_key, folder), still, (640, 640), source_limits())
    except (CompressorError, PublicError) as error:
        log.warning("render %s has no poster: %s", render.public_id, error)
        return
    key = ids.file_key("results")
    stored_files.adopt(still, key)
    mine = Render.objects.filter(pk=render.pk, result_key=render.result_key, file_deleted_at=None)
    if not mine.update(poster_key=key):
        stored_files.delete(key)


def result_name(render: Render, facts: MediaInfo) -> str:
    """Return the file name of the result: the source's name with the suffix of the new format."""
    source = sources.first(render.sources)
    spec = formats.output(facts.format)
    return f"{stem(source.name) if source else 'result'}.{spec.suffix if spec is not None else facts.format}"


@again_after_deadlock
def end(render: Render, token: str, state: State, error: CompressorError | None) -> None:
    """Set a render to failed or cancelled, record the error and release the held credits."""
    said = {"error": type(error).__name__, "message": error.message, "data": error.data} if error else None
    with transaction.atomic():
        ledger.lock_hold(render.hold_key)  # the wallet before the render: see gifweb.deadlock
        append(
            render,
            str(state),
            {"error": said} if said else {},
            token=token,
            state=state,
            error=said,
            left_s=None,
            lease_until=None,
            finished_at=timezone.now(),
            paid_credits=0,
        )
        ledger.release(render.hold_key)
    metrics.render_ended(str(state), {})


@again_after_deadlock
def put_back(render: Render, token: str, sentence: str, *, count: bool = True) -> None:
    """Requeue a render. ``count=False`` does not count this attempt against it."""
    with transaction.atomic():
        append(
            render,
            "state",
            {"state": State.QUEUED, "text": sentence},
            token=token,
            state=State.QUEUED,
            lease_token="",
            lease_until=None,
            tries=F("tries") - (0 if count else 1),
        )
        transaction.on_commit(wake)
