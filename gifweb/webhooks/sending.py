"""Sending what waits: signed, with a time limit, again after longer and longer pauses, never to a private address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.utils import timezone

from gifweb import upkeep
from gifweb.errors import PublicError
from gifweb.studio.fetch_url import is_public, post
from gifweb.upkeep import clock

from .models import Delivery

log = logging.getLogger(__name__)

EVERY_S = 5
ONE_S = 10.0  # for one receiver to answer
AT_ONCE = 8
BATCH = 64
PAUSES_S = (10, 60, 300, 1800, 7200, 21_600, 43_200, 86_400)  # after the first try, the second, …; then it is given up
KEEP = timedelta(days=7)


def signature(secret: str, event: str, timestamp: int, body: str) -> str:
    """``v1,<base64 of HMAC-SHA256>`` over id, timestamp and body, as Standard Webhooks 1.0 says."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{event}.{timestamp}.{body}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def send_due(allowed: Callable[[str], bool] = is_public) -> int:
    """Send what is due now; returns how many were tried. A receiver that is slow holds up its own messages alone: each
    endpoint has one thread, for ONE_S and the message that it is at."""
    now = clock.now()
    Delivery.objects.filter(next_at=None, created_at__lt=timezone.now() - KEEP).delete()
    due = Delivery.objects.filter(next_at__lte=now).order_by()
    endpoints = list(due.values_list("endpoint", flat=True).distinct())
    random.shuffle(endpoints)  # none is always behind the same others
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(partial(_send_to, now=now, allowed=allowed), endpoints[:BATCH]))


def _send_to(endpoint: int, now: datetime, allowed: Callable[[str], bool]) -> int:
    """Send what is due for one endpoint, the oldest first, and count it. Each row is taken by a conditional update, so
    two processes do not send the same try."""
    end, sent = time.monotonic() + ONE_S, 0
    try:
        for one in Delivery.objects.select_related("endpoint").filter(endpoint=endpoint, next_at__lte=now)[:BATCH]:
            if sent and time.monotonic() > end:
                break
            if _take(one):
                _try(one, allowed)
                sent += 1
    finally:
        connection.close()
    return sent


def _take(one: Delivery) -> bool:
    """Take a delivery for one try: nobody else takes it until the pause after it is over, also when this process is
    killed in between."""
    pause = PAUSES_S[min(one.tries, len(PAUSES_S) - 1)]
    mine = Delivery.objects.filter(pk=one.pk, next_at=one.next_at, tries=one.tries)
    return bool(mine.update(tries=one.tries + 1, next_at=clock.now() + timedelta(seconds=pause)))


def _try(one: Delivery, allowed: Callable[[str], bool]) -> None:
    timestamp = int(time.time())
    headers: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "webhook-id": one.event,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(one.endpoint.secret, one.event, timestamp, one.body),
    }
    try:
        status = post(one.endpoint.url, one.body.encode(), headers, total_s=ONE_S, allowed=allowed)
        said = str(status)
    except PublicError as error:
        status, said = 0, error.message
    changes = Delivery.objects.filter(pk=one.pk)
    if 200 <= status < 300:
        changes.update(delivered_at=timezone.now(), next_at=None, said=said)
    elif one.tries + 1 > len(PAUSES_S) or status == 410:  # 410: the receiver wants no more of them
        changes.update(next_at=None, said=said[:200])
        log.warning("webhook %s was given up after %s tries: %s", one.event, one.tries + 1, said)
    else:
        changes.update(said=said[:200])


def register() -> None:
    upkeep.register("webhooks", EVERY_S, send_due)
