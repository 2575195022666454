"""The ledger at its doors: what is there, put aside, spent, given back, given, moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import FieldError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from gifweb.accounts.models import Account
from gifweb.credits import ledger
from gifweb.credits.models import Entry, Hold, Kind, Lot
from gifweb.errors import Conflict, NotFound, OutOfCredits

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.create()


def figures(account: Account) -> tuple[int, int]:
    now = ledger.balance(account)
    return now.available, now.frozen


def test_price_counts_each_started_hundred_megapixels() -> None:
    assert ledger.price(1, 1, 1) == 1
    assert ledger.price(1000, 1000, 100) == 1
    assert ledger.price(1000, 1000, 101) == 2
    assert ledger.price(1080, 1920, 300) == 7


def test_a_new_account_has_free_credits_for_a_week(account: Account) -> None:
    assert figures(account) == (100, 0)
    lot = Lot.objects.get(account=account)
    assert timedelta(days=6, hours=23) < lot.expires_at - timezone.now() < timedelta(days=7, hours=1)


def test_a_hold_freezes_and_settling_pays_the_actual_price(account: Account) -> None:
    ledger.hold(account, 30, "k", "render x")
    assert figures(account) == (70, 30)
    ledger.settle("k", 12)
    assert figures(account) == (88, 0)
    entry = Entry.objects.get(key="spent:k")
    assert (entry.amount, entry.kind, entry.cause) == (-12, Kind.SPENT, "render x")


def test_settling_never_takes_more_than_the_hold(account: Account) -> None:
    ledger.hold(account, 5, "k")
    ledger.settle("k", 50)
    assert figures(account) == (95, 0)


@pytest.mark.parametrize("times", [1, 3])
def test_every_verb_twice_is_once(account: Account, times: int) -> None:
    for _ in range(times):
        ledger.hold(account, 10, "a")
    for _ in range(times):
        ledger.settle("a", 4)
    ledger.hold(account, 10, "b")
    for _ in range(times):
        ledger.release("b")
    for _ in range(times):
        ledger.grant(account, 5, Kind.GIFT, "gift:1", reason="thanks")
    assert figures(account) == (101, 0)
    assert Hold.objects.count() == 2


def test_what_was_given_back_cannot_be_charged(account: Account) -> None:
    ledger.hold(account, 10, "k")
    ledger.release("k")
    with pytest.raises(Conflict):
        ledger.settle("k", 1)
    assert figures(account) == (100, 0)


def test_releasing_after_settling_changes_nothing(account: Account) -> None:
    ledger.hold(account, 10, "k")
    ledger.settle("k", 10)
    assert ledger.release("k").state == Hold.State.SETTLED
    assert figures(account) == (90, 0)


def test_settling_nothing_is_releasing(account: Account) -> None:
    ledger.hold(account, 10, "k")
    assert ledger.settle("k", 0).state == Hold.State.RELEASED


def test_unknown_keys_are_refused(account: Account) -> None:
    with pytest.raises(NotFound):
        ledger.settle("nothing", 1)
    with pytest.raises(NotFound):
        ledger.release("nothing")


def test_a_key_belongs_to_one_hold(account: Account) -> None:
    ledger.hold(account, 10, "k")
    with pytest.raises(Conflict):
        ledger.hold(account, 11, "k")
    with pytest.raises(Conflict):
        ledger.hold(Account.objects.create(), 10, "k")


def test_out_of_credits_says_how_much_is_missing(account: Account) -> None:
    ledger.hold(account, 60, "a")
    with pytest.raises(OutOfCredits) as caught:
        ledger.hold(account, 41, "b")
    assert caught.value.code == 2001
    assert caught.value.data == {"available": 40, "required": 41}
    assert figures(account) == (40, 60)
    ledger.hold(account, 40, "c")
    assert figures(account) == (0, 100)


def test_the_soonest_to_end_is_spent_first(account: Account) -> None:
    now = timezone.now()
    ledger.grant(account, 10, Kind.TOPUP, "paid")
    ledger.grant(account, 10, Kind.GIFT, "short", now + timedelta(days=1))
    ledger.hold(account, 15, "k")
    ledger.settle("k", 15)
    left = {lot.entry.key.split(":")[0]: lot.left for lot in Lot.objects.select_related("entry")}
    assert left == {"short": 0, "free": 95, "paid": 10}


def test_what_has_expired_is_gone_before_it_is_swept(account: Account) -> None:
    ledger.grant(account, 7, Kind.TOPUP, "paid")
    Lot.objects.filter(origin=Kind.FREE).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert figures(account) == (7, 0)
    with pytest.raises(OutOfCredits):
        ledger.hold(account, 8, "k")
    assert ledger.expire_all() == 100
    assert ledger.expire_all() == 0
    assert figures(account) == (7, 0)
    assert Entry.objects.get(kind=Kind.EXPIRED).amount == -100


def test_held_credits_do_not_expire_while_they_are_held(account: Account) -> None:
    ledger.hold(account, 30, "k")
    Lot.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ledger.expire(account) == 70
    assert figures(account) == (0, 30)
    ledger.settle("k", 10)
    assert figures(account) == (0, 0)
    assert ledger.expire(account) == 20
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0


def test_a_refund_gives_back_what_was_spent_once(account: Account) -> None:
    ledger.hold(account, 30, "k")
    ledger.settle("k", 30)
    spent = Entry.objects.get(key="spent:k")
    first = ledger.refund(spent, "it looked wrong")
    assert ledger.refund(spent, "again") == first
    assert figures(account) == (100, 0)
    with pytest.raises(Conflict):
        ledger.refund(first, "a refund of a refund")


def test_taking_back_stops_at_what_is_there(account: Account) -> None:
    ledger.hold(account, 95, "k")
    taken = ledger.take_back(account, 50, "back", "payment reversed")
    assert taken is not None
    assert taken.amount == -5
    assert figures(account) == (0, 95)
    assert ledger.take_back(account, 50, "back:2", "again") is None


def test_entries_are_never_changed_by_anybody(account: Account) -> None:
    entry = Entry.objects.get(account=account)
    entry.amount = 1_000_000
    with pytest.raises(FieldError):
        entry.save()
    with pytest.raises(FieldError):
        entry.delete()
    with pytest.raises(FieldError):
        Entry.objects.update(amount=1)
    with pytest.raises(FieldError):
        Entry.objects.filter(account=account).delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_entry SET amount = 1000000")


def test_the_database_refuses_a_negative_wallet(account: Account) -> None:
    for change in ("total = -1", "frozen = -1", "frozen = total + 1"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE credits_wallet SET {change}")


def merge(source: Account, target: Account) -> None:
    ledger.merge(source, target)
    Account.objects.filter(pk=source.pk).update(merged_into=target)


def test_merging_moves_credits_and_open_holds(account: Account) -> None:
    other = Account.objects.create()
    ledger.grant(account, 40, Kind.TOPUP, "paid")
    ledger.hold(account, 110, "k")  # the 100 free ones and 10 paid ones
    Lot.objects.filter(account=other).update(left=0)
    other.wallet.total = 0
    other.wallet.save()
    merge(account, other)
    assert figures(other) == (30, 110)
    assert Hold.objects.get(key="k").account == other
    ledger.settle("k", 105)
    assert figures(other) == (35, 0)
    ledger.hold(account, 5, "late")  # whoever still has the old account in hand is led to the new one
    assert Hold.objects.get(key="late").account == other


def test_merging_twice_moves_once(account: Account) -> None:
    other = Account.objects.create()
    ledger.grant(account, 40, Kind.TOPUP, "paid")
    merge(account, other)
    before = figures(other)
    ledger.merge(account, other)
    assert figures(other) == before == (140, 0)


def test_free_credits_never_add_up_to_more_than_one_grant(account: Account) -> None:
    other = Account.objects.create()
    ledger.hold(account, 60, "a")
    ledger.settle("a", 60)
    merge(account, other)
    assert figures(other) == (100, 0)
    assert Entry.objects.get(kind=Kind.GIVEN_UP).amount == -40


def test_remaining_free_credits_come_along_within_one_grant(account: Account) -> None:
    other = Account.objects.create()
    ledger.hold(other, 70, "a")
    ledger.settle("a", 70)
    ledger.hold(account, 60, "b")
    ledger.settle("b", 60)
    merge(account, other)
    assert figures(other) == (70, 0)


def test_free_credits_that_come_back_after_a_merge_stay_within_one_grant(account: Account) -> None:
    other = Account.objects.create()
    ledger.hold(account, 100, "a")
    ledger.hold(other, 100, "b")
    merge(account, other)
    assert figures(other) == (0, 200)
    ledger.release("a")
    assert figures(other) == (0, 100)
    ledger.release("b")
    assert figures(other) == (100, 0)
