"""Races for the last credit and for one render, as a program of its own: ``python -m tests.ledger_races``.

Works on the empty database that DATABASE_URL names; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from .ledger_storm import Storm, prepare


def at_once(count: int, act: Callable[[int], object]) -> Counter[str]:
    """``act`` by so many threads in the same moment; how often which answer came: "ok", or the refusal's code."""
    from django.db import connection

    from gifweb.errors import PublicError

    gate = threading.Barrier(count)
    answers: Counter[str] = Counter()

    def one(number: int) -> None:
        gate.wait()
        try:
            act(number)
            answers["ok"] += 1
        except PublicError as refusal:
            answers[str(refusal.code)] += 1
        except Exception as error:
            answers[repr(error)[:200]] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def main() -> int:
    prepare()

    from compressor.goal import Goal
    from gifweb import renders
    from gifweb.accounts import binding
    from gifweb.accounts.models import Account, User
    from gifweb.credits import audit, ledger, vouchers
    from gifweb.credits.models import Hold
    from gifweb.renders import queue
    from gifweb.renders.models import Render

    storm = Storm(1)
    told: dict[str, Any] = {}

    # 20 spenders, one credit.
    poor = Account.objects.create()
    ledger.hold(poor, 99, "all but one")
    told["last_credit"] = at_once(20, lambda n: ledger.hold(poor, 1, f"last{n}"))
    told["last_credit_left"] = ledger.balance(poor).available

    # The same race through the door that people use: each render costs 15 credits, and 20 are left.
    buyer = Account.objects.create()
    project, draft = storm.project(buyer)
    ledger.hold(buyer, 80, "all but twenty")
    told["last_render"] = at_once(
        20, lambda n: renders.submit(buyer, project, Goal(format="gif", colors=10 + n), draft, f"r{n}")
    )
    told["last_render_rows"] = Render.objects.filter(account=buyer).count()

    # 50 times the same request.
    twin = Account.objects.create()
    own, same = storm.project(twin)
    seen: list[str] = []
    told["twins"] = at_once(
        50, lambda n: seen.append(renders.submit(twin, own, Goal(format="gif"), same, "one").public_id)
    )
    told["twin_renders"] = Render.objects.filter(account=twin).count()
    told["twin_answers"] = len(set(seen))
    told["twin_holds"] = Hold.objects.filter(account=twin).count()

    # Ten people with one bind link, 20 people with one code for five, one person who sends a code 20 times.
    people = [User.objects.create(email=f"r{n}@example.org") for n in range(20)]
    link = binding.issue(Account.objects.create())
    told["one_link"] = at_once(10, lambda n: binding.bind(link, people[n]))
    code = vouchers.make(10, max_uses=5)
    crowd = [Account.objects.create() for _ in range(20)]
    told["one_code"] = at_once(20, lambda n: vouchers.redeem(crowd[n], code))
    mine = vouchers.make(10, max_uses=50)
    told["my_code"] = at_once(20, lambda n: vouchers.redeem(crowd[0], mine))

    # One visitor is merged by the same person over and over while it spends.
    guest, home = Account.objects.create(), Account.objects.create(user=people[19])
    ledger.grant(guest, 50, "gift", "guest", reason="race")

    def merge_or_spend(number: int) -> object:
        return binding.join(guest, people[19]) if number % 2 else ledger.hold(guest, 5, f"while{number}")

    told["merging"] = at_once(20, merge_or_spend)
    balance = ledger.balance(home)
    told["merged"] = [balance.total, balance.frozen]

    # 16 workers that ask in the same moment, 40 renders of 20 people: each gets one.
    Render.objects.all().delete()
    for person in crowd:
        where, what = storm.project(person)
        for number in range(2):
            renders.submit(person, where, Goal(format="gif", colors=10 + number), what, f"c{number}")
    taken: list[tuple[int, str] | None] = []
    told["choosing"] = at_once(16, lambda n: taken.append(queue.take(f"worker {n}")))
    got = [found for found in taken if found]
    told["chosen"] = len(got)
    told["chosen_twice"] = len(got) - len({ident for ident, _ in got})
    told["faults"] = audit.run().faults
    print(json.dumps(told))
    return 1 if told["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
