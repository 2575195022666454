"""``manage.py voucher AMOUNT``: create codes and print them once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gifweb.credits import vouchers


class Command(BaseCommand):
    help = "Create voucher codes. They are shown only now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("amount", type=int, help="credits that one code is worth")
        parser.add_argument("--count", type=int, default=1, help="how many codes")
        parser.add_argument("--uses", type=int, default=1, help="how many people can use each")
        parser.add_argument("--note", default="", help="what the people see in their history")
        parser.add_argument("--lasts", type=int, metavar="DAYS", help="the credits end after so many days")
        parser.add_argument("--until", type=int, metavar="DAYS", help="the code ends after so many days")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("amount", "count", "uses", "lasts", "until"):
            if options[name] is not None and not 1 <= options[name] <= 1_000_000:
                raise CommandError(f"{name} must be between 1 and 1,000,000.")
        for _ in range(options["count"]):
            code = vouchers.make(
                options["amount"],
                max_uses=options["uses"],
                note=options["note"][:200],
                lasts_days=options["lasts"],
                expires_at=timezone.now() + timedelta(days=options["until"]) if options["until"] else None,
            )
            self.stdout.write(code)
