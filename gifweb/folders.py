"""Creates the folders under DATA_DIR that a process needs at its start."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def make() -> None:
    data = Path(settings.DATA_DIR)
    for name in ("queue/messages", "queue/control", "queue/taken", "media", "work/incoming"):
        (data / name).mkdir(parents=True, exist_ok=True)
