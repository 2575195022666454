"""The folders under DATA_DIR that must be there before a process starts."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def make() -> None:
    data = Path(settings.DATA_DIR)
    for name in ("queue/messages", "queue/control", "queue/taken", "media", "work/incoming"):
        (data / name).mkdir(parents=True, exist_ok=True)
