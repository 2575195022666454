"""Webhooks: signed, once for each event, again after longer pauses, never to a private address, in no job's way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gifweb.accounts import identity, tokens
from gifweb.accounts.models import Account
from gifweb.credits import ledger
from gifweb.renders import queue, worker
from gifweb.renders.models import Render, State
from gifweb.studio.models import Project
from gifweb.webhooks import outbox, sending
from gifweb.webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)


class Receiver(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((dict(self.headers), body))
        if self.path == "/hang":
            server.over.wait(60)
        if self.path == "/inside":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.2:{server.server_address[1]}/")
        else:
            self.send_response(server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def receiver() -> Iterator[Any]:
    httpd: Any = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    httpd.daemon_threads = True
    httpd.got, httpd.status, httpd.over = [], 200, threading.Event()
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield httpd
    httpd.over.set()
    httpd.shutdown()
    httpd.server_close()


def near(address: str) -> bool:
    return address == "127.0.0.1"


@pytest.fixture
def account() -> Account:
    return identity.make()


def end_one(account: Account, key: str = "k") -> Render:
    project = Project.objects.create(account=account)
    render = Render.objects.create(
        account=account, project=project, idempotency_key=key, request_hash="h", hold_key=f"h:{key}", hold_credits=1
    )
    ledger.hold(account, 1, f"h:{key}")
    token = queue.claim(render.pk, "a worker")
    worker.end(render, token, State.CANCELLED, None)
    return render


def endpoint(account: Account, receiver: Any, path: str = "/") -> Endpoint:
    return outbox.add(account, f"http://127.0.0.1:{receiver.server_address[1]}{path}")


def test_the_end_of_a_render_is_told_signed_and_once(account: Account, receiver: Any) -> None:
    made = endpoint(account, receiver)
    render = end_one(account)
    end_one(identity.make(), "of somebody else")
    assert sending.send_due(near) == 1
    assert sending.send_due(near) == 0
    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert told["type"] == "render.cancelled"
    assert told["data"]["id"] == render.public_id
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    assert (
        headers["webhook-signature"]
        == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    )
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert Delivery.objects.get().delivered_at is not None


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's reference libraries."""
    secret, event = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    sign = sending.signature(secret, event, 1614265330, '{"test": 2432232314}')
    assert sign == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_that_fails_is_tried_again_with_the_same_id_and_then_given_up(
    account: Account, receiver: Any
) -> None:
    endpoint(account, receiver)
    receiver.status = 500
    end_one(account)
    pauses = []
    for _ in range(len(sending.PAUSES_S) + 1):
        assert sending.send_due(near) == 1
        row = Delivery.objects.get()
        if row.next_at is not None:
            pauses.append(row.next_at - timezone.now())
            assert sending.send_due(near) == 0  # not before its time
        Delivery.objects.exclude(next_at=None).update(next_at=timezone.now() - timedelta(seconds=1))
    assert sending.send_due(near) == 0
    assert pauses == sorted(pauses)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    row = Delivery.objects.get()
    assert (row.next_at, row.delivered_at, row.said) == (None, None, "500")


def test_a_receiver_that_hangs_or_leads_elsewhere(
    account: Account, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ONE_S", 3.0)
    endpoint(account, receiver, "/hang")
    endpoint(account, receiver, "/inside")
    end_one(account)
    assert sending.send_due(lambda address: True) == 2
    said = sorted(Delivery.objects.values_list("said", flat=True))
    assert said == ["302", "The server of this URL is too slow."]
    assert len(receiver.got) == 2  # nobody followed the redirect
    assert not Delivery.objects.filter(next_at=None).exists()


def test_a_receiver_that_hangs_keeps_no_other_one_waiting(
    account: Account, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ONE_S", 1.0)
    hostile = endpoint(account, receiver, "/hang")
    many = [Delivery(endpoint=hostile, event=f"e{n}", body="{}") for n in range(sending.BATCH)]
    Delivery.objects.bulk_create(many)
    other = identity.make()
    good = endpoint(other, receiver)
    end_one(other)
    sending.send_due(near)
    assert good.deliveries.get().delivered_at is not None
    tried = hostile.deliveries.filter(tries__gt=0).count()
    assert 0 < tried < sending.BATCH, "the rest waits, and has used up none of its tries"


def test_no_private_address_is_ever_called(account: Account, receiver: Any) -> None:
    endpoint(account, receiver)
    end_one(account)
    assert sending.send_due() == 1
    assert receiver.got == []
    assert "may not be reached" in Delivery.objects.get().said


def test_what_is_rolled_back_is_not_told(account: Account, receiver: Any) -> None:
    from django.db import transaction

    endpoint(account, receiver)
    with transaction.atomic():
        end_one(account)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_programs_add_list_and_delete_them(account: Account) -> None:
    client = Client()
    headers = {"Authorization": f"Bearer {tokens.issue(account, 'a program').token}"}
    other = {"Authorization": f"Bearer {tokens.issue(identity.make(), 'another').token}"}

    def add(url: str) -> Any:
        return client.post("/api/v1/webhooks", {"url": url}, content_type="application/json", headers=headers)

    made = add("https://example.org/hook").json()
    assert made["secret"].startswith("whsec_")
    assert add("ftp://example.org").status_code == 400
    assert add("https://u:p@example.org").status_code == 400
    listed = client.get("/api/v1/webhooks", headers=headers).json()
    assert [(one["id"], one["secret"]) for one in listed] == [(made["id"], None)]
    assert client.get("/api/v1/webhooks", headers=other).json() == []
    assert client.delete(f"/api/v1/webhooks/{made['id']}", headers=other).status_code == 404
    assert client.delete(f"/api/v1/webhooks/{made['id']}", headers=headers).status_code == 204
    for _ in range(outbox.MOST):
        assert add("https://example.org/hook").status_code == 201
    assert add("https://example.org/hook").status_code == 400
