"""The lease of a running render: a thread renews it and checks for cancellation."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from gifweb.upkeep import clock

from .models import Render, State

log = logging.getLogger(__name__)

LOOK_S = 0.25
closing = threading.Event()  # set when this worker process is asked to stop
draining = threading.Event()  # set when it is asked to take no more renders


class Lease(threading.Thread):
    """A context manager that holds the lease until ``stop`` is set.

    ``why`` is then the reason: ``cancel`` (the owner cancelled), ``closing`` (this process ends) or ``lost`` (another
    worker has the render, or it was deleted)."""

    def __init__(self, render_id: int, token: str) -> None:
        super().__init__(name=f"lease-{render_id}", daemon=True)
        self.render_id = render_id
        self.token = token
        self.stop = threading.Event()
        self.why = ""
        self._done = threading.Event()

    def __enter__(self) -> Lease:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        try:
            self._hold()
        finally:
            connection.close()

    def _hold(self) -> None:
        renew_at = monotonic()
        held_until = renew_at + settings.LEASE_S
        while not self._done.wait(LOOK_S):
            try:
                now = monotonic()
                if now >= renew_at:
                    if not self._renew():
                        return self._end("lost")
                    renew_at, held_until = now + settings.LEASE_S / 5, now + settings.LEASE_S
                asked = self._mine().values_list("cancel_asked", flat=True).first()
                if asked is None:
                    return self._end("lost")
                if asked:
                    return self._end("cancel")
                if closing.is_set():
                    return self._end("closing")
            except DatabaseError as error:
                log.warning("the lease of render %s could not be renewed: %s", self.render_id, error)
                connection.close()
                if monotonic() > held_until:
                    return self._end("lost")
        return None

    def _mine(self) -> QuerySet[Render]:
        return Render.objects.filter(pk=self.render_id, state=State.RUNNING, lease_token=self.token)

    def _renew(self) -> bool:
        until = clock.now() + timedelta(seconds=settings.LEASE_S)
        return bool(self._mine().update(lease_until=until))

    def _end(self, why: str) -> None:
        self.why = why
        self.stop.set()
