"""``manage.py audit``: do the books add up? Exits 1 when they do not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gifweb.credits import audit


class Command(BaseCommand):
    help = "Check that the ledger adds up."

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit.run()
        for fault in found.faults:
            self.stderr.write(fault)
        if found.faults:
            raise CommandError("The books do not add up.")
        self.stdout.write(f"{found.wallets} wallets, {found.entries} entries, {found.total} credits: all adds up.")
