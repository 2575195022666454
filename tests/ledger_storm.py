"""A storm over the ledger, as a program of its own: ``python -m tests.ledger_storm [SEED] [OPERATIONS] [THREADS]``.

It works on the database that DATABASE_URL names (an empty one), through the same doors as the site: renders are
submitted, sent twice, cancelled, claimed, lost with their worker, put back, finished and failed, while people register
by links, merge, use vouchers, leave, and credits expire. Then, and now and then in between, the books must add up.
Prints one JSON object; exits 1 with what is wrong.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
import traceback
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from . import lock_order

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gifweb.settings")
VISITORS, PEOPLE = 10, 5


def prepare() -> None:
    import django
    from django.conf import settings

    django.setup()
    from django.core.management import call_command

    from gifweb.celery import app

    app.conf.broker_url = "memory://"
    app.conf.broker_transport_options = {}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    call_command("migrate", verbosity=0)
    lock_order.watch()


class Storm:
    """One run. Every operation may be refused in public words; anything else is a fault."""

    def __init__(self, seed: int) -> None:
        from gifweb.accounts.models import Account, User
        from gifweb.credits import vouchers

        self.seed = seed
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.faults: list[str] = []
        self.guard = threading.Lock()
        self.users = [User.objects.create(email=f"p{n}@example.org") for n in range(PEOPLE)]
        self.accounts = [Account.objects.create(user=u) for u in self.users[:3]]  # two have none yet
        self.accounts += [Account.objects.create() for _ in range(VISITORS)]
        self.codes = [vouchers.make(random.Random(seed + n).randint(1, 60), max_uses=1 + n % 4) for n in range(20)]
        self.links: list[str] = []
        self.bound: Counter[str] = Counter()
        self.keys = [f"k{n}" for n in range(150)]

    def pick(self, dice: random.Random) -> Any:
        """An account as somebody holds it who looked it up a while ago: it may have been merged away since."""
        return dice.choice(self.accounts)

    def project(self, account: Any) -> tuple[Any, Any]:
        """A project of the account with one picture in it (only its row: nothing is encoded here)."""
        from compressor import timeline
        from compressor.media import MediaInfo
        from gifweb import ids
        from gifweb.studio.models import Media, Project

        project = Project.objects.filter(account=account).first() or Project.objects.create(account=account)
        media = Media.objects.filter(account=account, project=project).first()
        if media is None:
            facts = {"format": "gif", "kind": "video", "codec": "gif", "bytes": 1000, "width": 1000, "height": 1000}
            facts |= {"frames": 1500, "duration_ms": 60_000, "frames_exact": True}
            media = Media.objects.create(
                account=account,
                project=project,
                name="a.gif",
                key=ids.file_key("uploads"),
                sha256="0" * 64,
                bytes=1000,
                facts=MediaInfo.from_json(facts).to_json(),
            )
        return project, timeline.draft_for(media.public_id, media.info, media.name)

    # Each takes the dice of its thread. The name is what is counted.

    def create(self, dice: random.Random) -> None:
        from django.db import IntegrityError

        from compressor.goal import Goal
        from gifweb import renders

        account = self.pick(dice)
        try:
            project, draft = self.project(account)
        except IntegrityError:  # they left between our two lines, and the project with them
            return
        renders.submit(account, project, Goal(format=dice.choice(["gif", "mp4"])), draft, dice.choice(self.keys))

    def cancel(self, dice: random.Random) -> None:
        from gifweb import renders
        from gifweb.renders.models import Render

        if found := Render.objects.order_by("?").first():
            renders.cancel(found)

    def _claim(self) -> tuple[Any, str] | None:
        from gifweb.renders import queue
        from gifweb.renders.models import Render, State

        waiting = Render.objects.filter(state=State.QUEUED).order_by("?").first()
        token = queue.claim(waiting.pk, "a worker") if waiting else ""
        return (Render.objects.get(pk=waiting.pk), token) if waiting and token else None

    def _finish(self, render: Any, token: str, dice: random.Random) -> None:
        from compressor import events
        from gifweb.renders import worker

        folder = Path(os.environ["DATA_DIR"]) / "work"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{render.public_id}-{token}"
        path.write_bytes(b"x")
        output = {"format": "gif", "bytes": 1, "width": 1000, "height": 1000, "frames": dice.randint(1, 3000)}
        worker.finish(render, token, events.Finished(str(path), {"output": output}, fits=dice.random() < 0.8))

    def work(self, dice: random.Random) -> None:
        from compressor.errors import EngineFailure
        from gifweb.renders import worker
        from gifweb.renders.models import State

        if (mine := self._claim()) is None:
            return
        if dice.random() < 0.75:
            self._finish(*mine, dice)
        else:
            worker.end(*mine, State.FAILED, EngineFailure("it failed"))

    def crash(self, dice: random.Random) -> None:
        """The worker stops between two lines; sometimes it wakes later and believes that it still holds the render."""
        from django.utils import timezone

        from gifweb.renders.models import Render

        if (mine := self._claim()) is None:
            return
        Render.objects.filter(pk=mine[0].pk, lease_token=mine[1]).update(lease_until=timezone.now() - timedelta(1))
        if dice.random() < 0.5:
            self.sweep(dice)
            self._finish(*mine, dice)

    def halfway(self, dice: random.Random) -> None:
        """Killed inside of a transaction: nothing of it may be left."""
        from django.db import transaction

        from gifweb.credits import ledger

        class Killed(Exception):
            pass

        try:
            with transaction.atomic():
                key = f"half{dice.random()}"
                ledger.hold(self.pick(dice), 1, key)
                ledger.settle(key, 1)
                raise Killed
        except Killed:
            return

    def sweep(self, dice: random.Random) -> None:
        from gifweb.renders import maintenance

        maintenance.sweep()

    def expiry(self, dice: random.Random) -> None:
        from django.utils import timezone

        from gifweb.credits import ledger
        from gifweb.credits.models import Lot

        if dice.random() < 0.3 and (lot := Lot.objects.exclude(expires_at=None).order_by("?").first()):
            Lot.objects.filter(pk=lot.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        ledger.expire_all()

    def voucher(self, dice: random.Random) -> None:
        from gifweb.credits import vouchers

        vouchers.redeem(self.pick(dice), dice.choice(self.codes))

    def visitor(self, dice: random.Random) -> None:
        from gifweb.accounts.models import Account

        made = Account.objects.create()
        with self.guard:
            self.accounts.append(made)

    def bind(self, dice: random.Random) -> None:
        """A link, or one that others may be using in this moment."""
        from gifweb.accounts import binding

        with self.guard:
            code = dice.choice(self.links) if self.links and dice.random() < 0.6 else ""
        if not code:
            code = binding.issue(self.pick(dice))
            with self.guard:
                self.links.append(code)
        user = dice.choice(self.users)
        binding.bind(code, user)
        with self.guard:
            self.bound[f"{code} {user.pk}"] += 1

    def merge(self, dice: random.Random) -> None:
        from gifweb.accounts import binding

        binding.join(self.pick(dice), dice.choice(self.users))

    def grant(self, dice: random.Random) -> None:
        from gifweb.credits import ledger

        ledger.grant(self.pick(dice), dice.randint(1, 30), "gift", f"gift{dice.randint(1, 40)}", reason="storm")

    def refund(self, dice: random.Random) -> None:
        from gifweb.credits import ledger
        from gifweb.credits.models import Entry

        if entry := Entry.objects.filter(kind="spent").order_by("?").first():
            ledger.refund(entry, "storm")

    def take_back(self, dice: random.Random) -> None:
        from gifweb.credits import ledger

        ledger.take_back(self.pick(dice), dice.randint(1, 20), f"back{dice.randint(1, 40)}", "storm")

    def leave(self, dice: random.Random) -> None:
        from gifweb.accounts import privacy
        from gifweb.accounts.models import Account

        made = Account.objects.filter(user=None, closed_at=None, merged_into=None).order_by("?").first()
        if made and dice.random() < 0.3:
            privacy.erase(made, "storm")

    def check(self, dice: random.Random) -> None:
        from gifweb.credits import audit

        found = audit.run().faults
        if found:
            raise AssertionError(f"in mid-storm: {found[:3]}")

    WEIGHTS = {
        "create": 34, "work": 16, "cancel": 8, "crash": 8, "halfway": 2, "sweep": 4, "expiry": 4, "voucher": 6,
        "visitor": 2, "bind": 6, "merge": 2, "grant": 4, "refund": 2, "take_back": 1, "leave": 1, "check": 1,
    }  # fmt: skip

    def thread(self, number: int, operations: int) -> None:
        from django.db import connection

        from gifweb.errors import PublicError
        from gifweb.renders.event_log import LeaseLost

        dice = random.Random(self.seed * 1000 + number)
        names = dice.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()), k=operations)
        for name in names:
            try:
                getattr(self, name)(dice)
            except (PublicError, LeaseLost) as refusal:
                with self.guard:
                    self.refused[f"{name}: {type(refusal).__name__}"] += 1
            except Exception:
                with self.guard:
                    self.faults.append(f"{name}: {traceback.format_exc(limit=-6)}")
            with self.guard:
                self.done[name] += 1
        connection.close()

    def end(self) -> None:
        """Bring everything that is open to an end, as the site would in time."""
        from django.utils import timezone

        from gifweb import renders
        from gifweb.accounts import binding
        from gifweb.renders import maintenance
        from gifweb.renders.models import OPEN, Render

        for _ in range(8):
            Render.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(1))
            maintenance.sweep()
            for render in Render.objects.filter(state__in=OPEN):
                renders.cancel(render)
        binding.tidy()

    def verify(self) -> None:
        from django.db.models import F, Sum

        from gifweb.accounts.models import Account, BindLink
        from gifweb.credits import audit
        from gifweb.credits.models import Entry, Hold, Lot, Voucher, Wallet
        from gifweb.renders.models import Render

        def must(right: bool, words: str) -> None:
            if not right:
                self.faults.append(words)

        self.faults += audit.run().faults
        self.faults += lock_order.broken[:5]
        must(not Wallet.objects.filter(total__lt=0).exists(), "a wallet is below zero")
        must(not Wallet.objects.exclude(frozen=0).exists(), "something is frozen though nothing is open")
        must(not Hold.objects.filter(state="open").exists(), "a hold was never ended")
        settled = {h.key: h.paid for h in Hold.objects.filter(state="settled")}
        spent = Entry.objects.filter(kind="spent")
        must(spent.count() == len(settled), "a hold was spent more or less than once")
        must(all(-e.amount == settled.get(e.key.removeprefix("spent:")) for e in spent), "spent is not what was paid")
        for render in Render.objects.all():
            if not render.hold_key:  # the same wish again: the finished file once more, for nothing
                must(render.state == "finished" and not render.paid_credits, f"{render} was free, and is not finished")
                continue
            hold = Hold.objects.get(key=render.hold_key)
            paid = render.state == "finished" and bool(render.paid_credits)
            must(hold.state == ("settled" if paid else "released"), f"{render} {render.paid_credits}: {hold}")
            must(hold.paid == (render.paid_credits or 0), f"{render} paid {render.paid_credits}, {hold.paid} was taken")
            must(render.account.merged_into_id is None, f"{render} stayed behind in a merged account")
            owner = hold.account  # an ended hold stays in the history of the account that it was made in
            while owner.merged_into is not None:
                owner = owner.merged_into
            must(owner.pk == render.account_id, f"{render} and its hold belong to different accounts")
        for voucher in Voucher.objects.all():
            must(voucher.uses == voucher.used.count() <= voucher.max_uses, f"{voucher} was used {voucher.uses} times")
        moved = Entry.objects.filter(kind__in=("moved_in", "moved_out")).aggregate(n=Sum("amount"))["n"] or 0
        must(moved == 0, f"merging made or lost {moved} credits")
        gone = Account.objects.exclude(merged_into=None)
        must(not Wallet.objects.filter(account__in=gone).exclude(total=0).exists(), "a merged account kept credits")
        free = Lot.objects.filter(origin="free").order_by().values("account").annotate(n=Sum("left")).values_list("n")
        must(all(n <= 100 for (n,) in free), "free credits added up to more than one grant")
        must(not BindLink.objects.exclude(used_at=None).filter(used_by=None).exists(), "a link was used by nobody")
        winners = Counter(line.split()[0] for line in self.bound)
        must(all(n == 1 for n in winners.values()), "two people used one link")
        must(not Account.objects.filter(user=None, merged_into=F("id")).exists(), "an account was merged into itself")


def main(seed: int, operations: int, threads: int) -> int:
    prepare()
    storm = Storm(seed)
    started = time.monotonic()
    share = [operations // threads + (n < operations % threads) for n in range(threads)]
    running = [threading.Thread(target=storm.thread, args=(n, share[n])) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    seconds = time.monotonic() - started
    storm.end()
    storm.verify()
    from gifweb.credits.models import Entry, Hold

    result = {
        "operations": sum(storm.done.values()),
        "seconds": round(seconds, 1),
        "done": dict(storm.done),
        "refused": dict(storm.refused),
        "entries": Entry.objects.count(),
        "holds": Hold.objects.count(),
        "faults": storm.faults[:10],
    }
    print(json.dumps(result))
    return 1 if storm.faults else 0


if __name__ == "__main__":
    sys.exit(main(*(int(a) for a in (sys.argv[1:] + ["1", "1000", "8"][len(sys.argv) - 1 :]))))
