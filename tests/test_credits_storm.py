"""The books add up whatever happens at once: the storm on both databases, the last credit, parallel twins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gifweb.accounts import identity
from gifweb.credits import ledger

from . import lock_order
from .postgres import cluster

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/db.sqlite3"
    else:
        with cluster() as url:
            yield url


def run(module: str, database: str, data: Path, *arguments: int) -> dict[str, Any]:
    """Run a program of the tests on that database; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "DATA_DIR": str(data), "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.stdout.strip(), done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, json.dumps(result, indent=1)
    return result


@pytest.mark.slow
def test_a_thousand_random_operations_over_eight_threads(database: str, tmp_path: Path) -> None:
    result = run("tests.ledger_storm", database, tmp_path / "data", 7, 1000, 8)
    assert result["operations"] == 1000
    assert result["faults"] == []
    assert result["holds"] > 50  # else it was a calm
    for name in ("create", "cancel", "crash", "bind", "merge", "voucher", "expiry"):
        assert result["done"][name] > 0


def test_races_have_one_winner(database: str, tmp_path: Path) -> None:
    told = run("tests.ledger_races", database, tmp_path / "data")
    assert told["last_credit"] == {"ok": 1, "2001": 19}
    assert told["last_credit_left"] == 0
    assert told["last_render"] == {"ok": 1, "2001": 19}
    assert told["last_render_rows"] == 1
    assert told["twins"] == {"ok": 50}
    assert told["twin_renders"] == told["twin_answers"] == told["twin_holds"] == 1
    assert told["one_link"] == {"ok": 1, "410": 9}
    assert told["one_code"] == {"ok": 5, "410": 15}
    assert told["my_code"] == {"ok": 1, "409": 19}
    assert told["merging"] == {"ok": 20}
    assert told["merged"] == [150, 50]  # the guest's free credits and its own do not add up to two grants
    assert told["choosing"] == {"ok": 16}
    assert told["chosen"] == 16, "nobody asks in vain while there is work for all"
    assert told["chosen_twice"] == 0
    assert told["faults"] == []


def test_the_watch_over_the_order_of_locks_sees_what_it_must() -> None:
    assert lock_order.locked_by('UPDATE "credits_wallet" SET "total" = 1') == ["credits_wallet"]
    assert lock_order.locked_by('INSERT INTO "renders_render" ("id") VALUES (1)') == [
        "studio_project",
        "renders_render",
    ]
    read = 'SELECT "studio_project"."id" FROM "studio_project" WHERE 1'
    assert lock_order.locked_by(read) == []
    assert lock_order.locked_by(f"{read} FOR UPDATE") == ["studio_project"]
    assert lock_order.locked_by('SELECT 1 FROM "credits_wallet" LIMIT 1 FOR NO KEY UPDATE') == ["credits_wallet"]


@pytest.mark.django_db
def test_an_account_is_welcome_although_its_wallet_was_looked_at_first() -> None:
    account = identity.make()  # in the moment between the two, somebody else may have asked for its wallet
    ledger.welcome(account)
    assert ledger.balance(account).total == 100
