"""Celery's ``filesystem://`` broker with atomic messages.

This is the one place that patches kombu. The upstream reason: kombu (5.7, ``kombu.transport.filesystem.Channel``)
writes a message in place, so a worker that lists the folder at that moment reads an incomplete one, and it copies
consumed messages into a common temporary folder. Here a message appears by rename and is consumed by rename.
"""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        folder = Path(self.data_folder_out)
        part = folder / f".{name}.part"
        try:
            part.write_text(dumps(payload))
            os.replace(part, folder / name)
        except OSError:  # a full disk
            part.unlink(missing_ok=True)
            raise

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        ending = f"{queue}.msg"
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.startswith(".") or name.partition(".")[2] != ending:
                continue
            taken = Path(self.processed_folder) / name
            try:
                os.rename(os.path.join(self.data_folder_in, name), taken)
            except FileNotFoundError:  # another worker was first
                continue
            text = taken.read_text()
            with suppress(FileNotFoundError):
                taken.unlink()
            message: dict[str, Any] = loads(text)
            return message
        raise Empty()


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES["filesystem"] = "gifweb.folder_broker:Transport"
