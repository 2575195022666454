"""The account data of this app: renders and their results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from gifweb import stored_files
from gifweb.accounts import data_owners
from gifweb.accounts.models import Account
from gifweb.errors import NotFound

from .models import OPEN, Render
from .submission import cancel


def move_renders(source: Account, target: Account) -> None:
    """Move the renders. Where both accounts used the same idempotency key, the source's gets its render id appended."""
    with transaction.atomic():
        hand_over(Render.objects.filter(account=source), target)


def hand_over(mine: QuerySet[Render], target: Account) -> None:
    """Make ``target`` the owner of these renders, inside the caller's transaction."""
    taken = Render.objects.filter(account=target).values("idempotency_key")
    for tries_left in (2, 1, 0):
        try:
            with transaction.atomic():
                mine.filter(idempotency_key__in=taken).update(
                    idempotency_key=Concat(F("idempotency_key"), Value("~"), F("public_id"))
                )
                mine.update(account=target)
            return
        except IntegrityError:  # the target used such a key a moment ago
            if not tries_left:
                raise


def erase_renders(account: Account) -> dict[str, int]:
    """Cancel open renders, release their holds, delete files and rows."""
    found = list(Render.objects.filter(account=account))
    for render in found:
        if render.state in OPEN:
            with suppress(NotFound):
                cancel(render)
    erased = 0
    for render in found:
        stored_files.delete_later(render.result_key)
        stored_files.delete_later(render.poster_key)
        erased += bool(render.result_key)
        # A worker that still runs it finds no row and stores nothing.
        Render.objects.filter(pk=render.pk).delete()
    return {"renders": len(found), "result files": erased}


def _result_files(account: Account) -> Iterable[tuple[str, Callable[[], IO[bytes]]]]:
    for render in Render.objects.filter(account=account, file_deleted_at=None).exclude(result_key=""):
        yield (
            f"results/{render.public_id}-{data_owners.archive_name(render.result_name)}",
            stored_files.opener(render.result_key),
        )


def register() -> None:
    fields = ("public_id", "state", "words", "goal", "paid_credits", "result_name", "result_bytes", "created_at")
    data_owners.register(
        data_owners.simple("renders", Render, fields, move=move_renders, erase=erase_renders, files=_result_files)
    )
