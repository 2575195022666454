"""Credits where people meet them: the page, vouchers, plans, paying by card, the admin, the audit."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import stripe
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from gifweb.accounts import identity, privacy
from gifweb.accounts.models import Account, User
from gifweb.credits import audit, entry_labels, ledger, pages, plans, stripe_checkout, vouchers
from gifweb.credits.models import Entry, Kind, Lot, Purchase, Voucher, Wallet
from gifweb.errors import BeyondPlan, Conflict, Gone, NotFound
from gifweb.renders.models import Render
from gifweb.studio.models import Project

from . import media_made

pytestmark = pytest.mark.django_db
SECRET = "whsec_test"


@pytest.fixture(autouse=True)
def _forget_attempts() -> None:
    cache.clear()


@pytest.fixture
def account() -> Account:
    return Account.objects.create()


@pytest.fixture
def mine(client: Client, account: Account) -> Client:
    client.cookies["visitor"] = identity.cookie_for(account)
    return client


def spend(account: Account, amount: int, cause: str = "") -> None:
    key = f"k{Entry.objects.count()}"
    ledger.hold(account, amount, key, cause)
    ledger.settle(key, amount)


class TestPage:
    def test_somebody_without_an_account_is_told_what_they_would_get(self, client: Client) -> None:
        page = client.get("/credits")
        assert page.status_code == 200
        assert "starts with 100 credits for 7 days" in page.content.decode()
        assert not Account.objects.exists()

    def test_the_page_says_what_is_there_and_what_it_went_on(self, mine: Client, account: Account) -> None:
        project = Project.objects.create(account=account)
        made = Render.objects.create(account=account, project=project, request_hash="", words="under 500KB")
        spend(account, 7, f"render {made.public_id}")
        ledger.hold(account, 5, "running")
        page = mine.get("/credits")
        text = page.content.decode()
        assert (page.context["balance"].available, page.context["balance"].frozen) == (88, 5)
        assert f'<a href="/r/{made.public_id}">under 500KB</a>' in text
        assert "Free credits to start with" in text
        assert page.context["typical"] == 7
        assert len(page.context["bars"]) == pages.DAYS
        assert page.context["bars"][-1].spent == 7
        assert [lot.left for lot in page.context["ends"]] == [88]

    def test_a_render_of_somebody_else_is_never_named(self, account: Account) -> None:
        other = Account.objects.create()
        project = Project.objects.create(account=other)
        made = Render.objects.create(account=other, project=project, request_hash="", words="secret words")
        spend(account, 1, f"render {made.public_id}")
        told = entry_labels.label(account, Entry.objects.filter(kind=Kind.SPENT))
        assert told[0][1] == entry_labels.Label("A render that was deleted")

    def test_many_entries_are_shown_in_pages(self, mine: Client, account: Account) -> None:
        for number in range(pages.PER_PAGE + 5):
            ledger.grant(account, 1, Kind.GIFT, f"g{number}", reason="thanks")
        assert len(mine.get("/credits").context["entries"]) == pages.PER_PAGE
        assert len(mine.get("/credits?page=2").context["entries"]) == 6
        assert mine.get("/credits?page=nonsense").status_code == 200

    def test_without_stripe_nothing_is_for_sale(self, mine: Client) -> None:
        assert "Buy by card" not in mine.get("/credits").content.decode()
        assert mine.post("/credits/top-up", {"item": "500"}).status_code == 404
        assert mine.post("/webhooks/stripe", "{}", content_type="application/json").status_code == 404


class TestMonthly:
    @pytest.fixture
    def person(self) -> Account:
        from allauth.account.models import EmailAddress

        user = User.objects.create_user("ann@example.org")
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return identity.for_user(user)

    def test_a_confirmed_person_gets_it_once_a_month(self, person: Account) -> None:
        assert ledger.balance(person).available == 200
        assert ledger.balance(person).available == 200
        lot = Lot.objects.get(origin=Kind.MONTHLY)
        assert lot.expires_at is not None
        assert lot.expires_at.day == 1
        assert timezone.now() < lot.expires_at < timezone.now() + timedelta(days=32)

    def test_it_comes_when_it_is_needed(self, person: Account) -> None:
        ledger.hold(person, 150, "k")
        assert ledger.balance(person).available == 50

    def test_a_mailbox_brings_one_allowance_however_often_it_registers(self) -> None:
        """Deleted and registered again, the same address brought a month's allowance each time."""
        for email, credits in (("ann@example.org", 200), ("Ann@example.org", 100), ("bob@example.org", 200)):
            user = User.objects.create_user(email)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            mine = identity.for_user(user)
            assert ledger.balance(mine).available == credits
            privacy.erase(mine, "deleted by its owner")

    def test_another_address_brings_an_account_no_second_allowance(self, person: Account) -> None:
        """Each change of the address brought one, and each “+7” before the @ was a mailbox of its own."""
        assert ledger.balance(person).available == 200
        assert person.user is not None
        for email in ("bob@example.org", "eve@example.org"):
            User.objects.filter(pk=person.user.pk).update(email=email)
            assert ledger.balance(Account.objects.get(pk=person.pk)).available == 200
        for email, credits in (("Ann+7@example.org", 100), ("ann@elsewhere.example.org", 200)):
            user = User.objects.create_user(email)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            assert ledger.balance(identity.for_user(user)).available == credits

    def test_visitors_and_unconfirmed_people_get_none(self, account: Account) -> None:
        other = identity.for_user(User.objects.create_user("bob@example.org"))
        assert ledger.balance(account).available == ledger.balance(other).available == 100


class TestVouchers:
    def test_a_code_works_once_for_each_however_it_is_typed(self, mine: Client, account: Account) -> None:
        code = vouchers.make(25, max_uses=2, note="Launch day", lasts_days=30)
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert mine.post("/credits/voucher", {"code": typed}).status_code == 302
        assert ledger.balance(account).available == 125
        again = mine.post("/credits/voucher", {"code": code})
        assert again.status_code == 409
        assert "already" in again.content.decode()
        assert ledger.balance(account).available == 125
        vouchers.redeem(Account.objects.create(), code)
        with pytest.raises(Gone):
            vouchers.redeem(Account.objects.create(), code)
        assert Voucher.objects.get().uses == 2

    def test_the_code_is_not_kept(self) -> None:
        code = vouchers.make(5)
        row = Voucher.objects.get()
        assert code.replace("-", "") not in str(vars(row))
        assert len(code.replace("-", "")) == 16

    def test_ended_and_stopped_codes(self, account: Account) -> None:
        late = vouchers.make(5, expires_at=timezone.now())
        stopped = vouchers.make(5)
        Voucher.objects.filter(expires_at=None).update(stopped_at=timezone.now())
        for code in (late, stopped):
            with pytest.raises(Gone):
                vouchers.redeem(account, code)
        with pytest.raises(NotFound):
            vouchers.redeem(account, "AAAA-AAAA-AAAA-AAAA")

    def test_guessing_is_throttled(self, mine: Client, settings: Any) -> None:
        settings.LIMITS = {**settings.LIMITS, "voucher": "3/h"}
        answers = [mine.post("/credits/voucher", {"code": f"guess{n}"}).status_code for n in range(5)]
        assert answers == [404, 404, 404, 429, 429]

    def test_one_person_cannot_use_a_code_again_after_merging(self, account: Account) -> None:
        from gifweb.accounts import binding

        code = vouchers.make(5, max_uses=10)
        user = User.objects.create_user("ann@example.org")
        home = identity.for_user(user)
        vouchers.redeem(account, code)
        binding.join(account, user)
        with pytest.raises(Conflict):
            vouchers.redeem(home, code)

    def test_a_code_used_by_two_visitors_counts_once_where_they_are_one_person(self, account: Account) -> None:
        """Each visitor had used it once, and merging added them all up."""
        from gifweb.accounts import binding

        code = vouchers.make(50, max_uses=10)
        user = User.objects.create_user("ann@example.org")
        other = Account.objects.create()
        for one in (account, other):
            vouchers.redeem(one, code)
            binding.join(one, user)
        home = identity.for_user(user)
        vouchered = Lot.objects.filter(account=home, origin=Kind.VOUCHER).aggregate(n=Sum("left"))["n"]
        assert vouchered == 50
        assert audit.run().faults == []

    def test_the_command_makes_them(self, account: Account) -> None:
        out = StringIO()
        call_command("voucher", "40", "--count", "3", "--uses", "2", stdout=out)
        codes = out.getvalue().split()
        assert len(codes) == len(set(codes)) == 3
        assert vouchers.redeem(account, codes[0]).amount == 40
        with pytest.raises(CommandError):
            call_command("voucher", "0")


class TestPlans:
    def test_within_the_plan(self, account: Account) -> None:
        assert plans.check(account, longest_side=1920, duration_ms=60_000).name == "free"

    @pytest.mark.parametrize(
        ("asked", "what"),
        [
            ({"longest_side": 1921}, "longest_side 1921 of 1920"),
            ({"duration_ms": 10**7}, "duration_ms"),
            ({"file_bytes": 10**10}, "file_bytes"),
            ({"stored_bytes": 10**13}, "storage_bytes"),
        ],
    )
    def test_beyond_it_is_402_with_a_reason_and_a_way(self, account: Account, asked: dict[str, int], what: str) -> None:
        with pytest.raises(BeyondPlan) as caught:
            plans.check(account, **asked)
        assert caught.value.status == 402
        assert caught.value.data["reason"].startswith(what)
        assert caught.value.data["upgrade_url"].endswith("/credits#plans")

    def test_pro_is_more_sooner_and_ends(self, account: Account) -> None:
        plans.extend(account, "pro", 31)
        pro = plans.of(account)
        free = plans.plans()["free"]
        assert pro.priority > free.priority
        assert pro.retention_days > free.retention_days
        plans.check(account, longest_side=4000)
        plans.extend(account, "pro", 31)
        until = Wallet.objects.get(account=account).plan_until
        assert until is not None
        assert until > timezone.now() + timedelta(days=61)
        Wallet.objects.update(plan_until=timezone.now())
        assert plans.of(account).name == "free"


class TestStripe:
    @pytest.fixture(autouse=True)
    def _keys(self, settings: Any) -> None:
        settings.STRIPE_SECRET_KEY = "sk_test_x"
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        settings.STRIPE_PRICES = "500:500,pro:900"

    def send(
        self, client: Client, kind: str, thing: dict[str, Any], at: int | None = None, secret: str = SECRET
    ) -> Any:
        event = {
            "id": "evt_1", "object": "event", "api_version": stripe.api_version, "created": 1, "type": kind,
            "data": {"object": thing}, "livemode": False, "pending_webhooks": 1, "request": None,
        }  # fmt: skip
        body = json.dumps(event)
        signature = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at or int(time.time()))
        return client.generic(
            "POST", "/webhooks/stripe", body, "application/json", headers={"Stripe-Signature": signature}
        )

    def session(self, account: Account, **more: Any) -> dict[str, Any]:
        return {
            "id": "cs_test_1", "object": "checkout.session", "payment_status": "paid", "amount_total": 500,
            "client_reference_id": str(account.pk), "currency": "eur", "payment_intent": "pi_1",
            "metadata": {"item": "500", "credits": "500"},
        } | more  # fmt: skip

    def test_a_payment_counts_once_however_often_it_is_told(self, client: Client, account: Account) -> None:
        for _ in range(3):
            assert self.send(client, "checkout.session.completed", self.session(account)).status_code == 200
        self.send(client, "checkout.session.async_payment_succeeded", self.session(account))
        assert ledger.balance(account).available == 600
        assert Purchase.objects.get().price == 500

    def test_a_slow_payment_counts_when_it_is_there(self, client: Client, account: Account) -> None:
        self.send(client, "checkout.session.completed", self.session(account, payment_status="unpaid"))
        assert ledger.balance(account).available == 100
        self.send(client, "checkout.session.async_payment_succeeded", self.session(account))
        assert ledger.balance(account).available == 600

    def test_forged_old_and_broken_messages_are_refused(self, client: Client, account: Account) -> None:
        done = "checkout.session.completed"
        assert self.send(client, done, self.session(account), secret="whsec_wrong").status_code == 400
        assert self.send(client, done, self.session(account), at=int(time.time()) - 3600).status_code == 400
        bare = client.generic("POST", "/webhooks/stripe", "{}", "application/json")
        assert bare.status_code == 400
        assert ledger.balance(account).available == 100

    def test_strange_but_signed_messages_change_nothing(self, client: Client, account: Account) -> None:
        done = "checkout.session.completed"
        for odd in ({"client_reference_id": "nobody"}, {"client_reference_id": None}, {"metadata": {}}):
            assert self.send(client, done, self.session(account, **odd)).status_code == 200
        assert self.send(client, "customer.created", {"id": "cus_1", "object": "customer"}).status_code == 200
        assert not Purchase.objects.exists()

    def test_money_that_goes_back_takes_its_credits_along(self, client: Client, account: Account) -> None:
        self.send(client, "checkout.session.completed", self.session(account))
        charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 500}
        for _ in range(2):
            self.send(client, "charge.refunded", charge | {"amount_refunded": 250})
        assert ledger.balance(account).available == 350
        self.send(client, "charge.refunded", charge | {"amount_refunded": 500})
        assert ledger.balance(account).available == 100

    def test_pro_is_bought_the_same_way(self, client: Client, account: Account) -> None:
        sold = self.session(account, metadata={"item": "pro", "credits": "0"}, amount_total=900)
        self.send(client, "checkout.session.completed", sold)
        assert plans.of(account).name == "pro"
        refunded = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 900, "amount_refunded": 900}
        self.send(client, "charge.refunded", refunded)
        assert plans.of(account).name == "free"

    def test_the_checkout_names_the_account_and_the_price(
        self, mine: Client, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: dict[str, Any] = {}

        class Sessions:
            def create(self, params: dict[str, Any]) -> Any:
                asked.update(params)
                return type("Session", (), {"url": "https://checkout.stripe.com/c/pay/cs_test_1"})

        made = type("Client", (), {})()
        made.v1 = type("V1", (), {"checkout": type("Checkout", (), {"sessions": Sessions()})})
        monkeypatch.setattr(stripe, "StripeClient", lambda *a, **k: made)
        page = mine.get("/credits")
        assert "500 credits for 5.00 EUR" in page.content.decode()
        assert "https://checkout.stripe.com" in page["Content-Security-Policy"]
        answer = mine.post("/credits/top-up", {"item": "500"})
        assert (answer.status_code, answer["Location"]) == (303, "https://checkout.stripe.com/c/pay/cs_test_1")
        assert asked["client_reference_id"] == str(account.pk)
        assert asked["line_items"][0]["price_data"]["unit_amount"] == 500
        assert mine.post("/credits/top-up", {"item": "9"}).status_code == 400

    @pytest.mark.parametrize("text", ["500", "x:5", "0:5", "500:0", "500:-1", "pro:", ""])
    def test_unreadable_prices_are_said(self, settings: Any, text: str) -> None:
        settings.STRIPE_PRICES = text
        with pytest.raises(ImproperlyConfigured):
            stripe_checkout.items()


class TestAdmin:
    @pytest.fixture
    def boss(self, client: Client) -> Client:
        user = User.objects.create_superuser("boss@example.org", "correct horse battery")
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    @pytest.mark.parametrize("table", ["entry", "hold", "lot", "purchase", "audit", "wallet", "voucher"])
    def test_every_table_opens(self, boss: Client, account: Account, table: str) -> None:
        assert boss.get(f"/admin/credits/{table}/").status_code == 200

    def test_entries_are_found_by_render_and_cannot_be_edited(self, boss: Client, account: Account) -> None:
        spend(account, 4, "render abc")
        entry = Entry.objects.get(kind=Kind.SPENT)
        assert "render abc" in boss.get("/admin/credits/entry/?q=abc").content.decode()
        assert boss.post(f"/admin/credits/entry/{entry.pk}/change/", {"amount": 1}).status_code == 403
        assert boss.get("/admin/credits/entry/add/").status_code == 403
        assert boss.post(f"/admin/credits/entry/{entry.pk}/delete/").status_code == 403

    def test_a_refund_needs_a_reason_and_counts_once(self, boss: Client, account: Account) -> None:
        spend(account, 4, "render abc")
        entry = Entry.objects.get(kind=Kind.SPENT)
        form = {"action": "refund", "_selected_action": entry.pk}
        boss.post("/admin/credits/entry/", form)
        assert ledger.balance(account).available == 96
        for _ in range(2):
            boss.post("/admin/credits/entry/", form | {"reason": "it was our fault"})
        assert ledger.balance(account).available == 100

    def test_a_grant_needs_a_reason(self, boss: Client, account: Account) -> None:
        path = f"/admin/credits/wallet/{account.pk}/change/"
        assert boss.post(path, {"give": "50", "plan_days": "31"}).status_code == 200
        assert ledger.balance(account).available == 100
        sent = {"give": "50", "reason": "sorry", "plan_days": "31", "extend_plan": "pro"}
        assert boss.post(path, sent).status_code == 302
        assert ledger.balance(account).available == 150
        assert plans.of(account).name == "pro"

    def test_a_voucher_is_shown_once(self, boss: Client, account: Account) -> None:
        sent = {"amount": "9", "max_uses": "1", "note": "", "lasts_days": "", "expires_at_0": "", "expires_at_1": ""}
        page = boss.post("/admin/credits/voucher/add/", sent, follow=True).content.decode()
        code = page.split("The code is ")[1].split(".")[0]
        assert vouchers.redeem(account, code).amount == 9


class TestAudit:
    def test_whole_books_and_broken_ones(self, account: Account) -> None:
        spend(account, 4)
        ledger.hold(account, 5, "open")
        out = StringIO()
        call_command("audit", stdout=out)
        assert "all adds up" in out.getvalue()
        assert audit.metrics()["gifweb_ledger_faults"] == 0
        breaks = [
            "UPDATE credits_wallet SET total = total + 1",
            "UPDATE credits_wallet SET frozen = frozen - 1",
            "UPDATE credits_lot SET left = left + 1",
            "UPDATE credits_part SET amount = amount + 1",
            "UPDATE credits_hold SET paid = 1 WHERE state = 'settled'",
        ]
        from django.db import transaction

        for broken in breaks:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(broken.replace(" left = left", ' "left" = "left"'))
                assert audit.run().faults, broken
                transaction.set_rollback(True)

    def test_metrics_are_for_whoever_has_the_token(self, client: Client, settings: Any, account: Account) -> None:
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.5").status_code == 404
        settings.METRICS_TOKEN = "a-long-enough-token"
        assert client.get("/metrics").status_code == 404
        audit.run()
        answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-enough-token"})
        assert "gifweb_ledger_faults 0.0\n" in answer.content.decode()


class TestOutOfCredits:
    """Whoever has none left is shown the way to more, in the page and in JSON."""

    @pytest.fixture
    def broke(self, client: Client, tmp_path: Path) -> Path:
        account = identity.make()
        client.cookies["visitor"] = identity.cookie_for(account)
        ledger.hold(account, 100, f"all of {account.pk}", "a test")
        return media_made.gif(tmp_path / "a.gif", media_made.scene(32, 24, 2))

    def send(self, client: Client, path: Path, **more: Any) -> Any:
        with path.open("rb") as file:
            return client.post("/", {"file": file, "words": "gif"}, **more)

    def test_a_visitor_is_led_to_register(self, client: Client, broke: Path) -> None:
        answer = self.send(client, broke)
        assert answer.status_code == 403
        assert re.search(r'href="http://testserver/register\?bind=[\w-]{22,}"', answer.content.decode())
        told = self.send(client, broke, headers={"accept": "application/json"}).json()
        assert told["code"] == 2001
        assert "/register?bind=" in told["data"]["registration_url"]

    def test_a_person_is_led_to_the_credits(self, client: Client, broke: Path) -> None:
        user = User.objects.create_user("poor@example.org", "correct horse battery")
        account = identity.for_user(user)
        ledger.hold(account, ledger.balance(account).available, "all", "a test")
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        assert 'href="http://testserver/credits"' in self.send(client, broke).content.decode()
