"""``manage.py audit``: check the ledger. Exits with 1 when it is inconsistent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gifweb.credits import audit


class Command(BaseCommand):
    help = "Check that the ledger is consistent."

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit.run()
        for fault in found.faults:
            self.stderr.write(fault)
        if found.faults:
            raise CommandError("The ledger is not consistent.")
        self.stdout.write(f"{found.wallets} wallets, {found.entries} entries, {found.total} credits: all adds up.")
