"""What a machine must have for renders: checks for ``manage.py check``, and what is said when a process starts."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.management.base import CommandError

from compressor import hardware, sandbox
from compressor.errors import CompressorError
from compressor.sandbox import client

log = logging.getLogger(__name__)


@register()
def encoder_name(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """COMPRESSOR_ENCODER names an encoder."""
    try:
        hardware.check_wish()
    except CompressorError as error:
        return [Error(error.message, id="renders.E001")]
    return []


@register(Tags.security, deploy=True)
def sandbox_stands(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Every restriction of the sandbox stands on this machine."""
    try:
        found = sandbox.standing()
    except CompressorError as error:
        return [Error(f"The sandbox cannot be started: {error.message}", id="renders.E002")]
    kind, number = (Error, "renders.E003") if sandbox.strict() else (Warning, "renders.W001")
    return [kind(sentence, id=number) for sentence in found.sentences()]


def begin(process: str) -> None:
    """Refuse to start what must not run here, and tell the operator in the log what the machine lacks. Raises
    CommandError for an encoder that is none, and under SANDBOX=strict where a restriction is missing."""
    try:
        hardware.check_wish()
        if sandbox.strict():
            sandbox.require()
    except CompressorError as error:
        raise CommandError(f"{error.message} {error.detail}".strip()) from error
    if process == "up":  # a supervisor needs no sandbox of its own
        client.close()
        return
    # Opening every encoder takes a second or two, for which nobody has to wait.
    threading.Thread(target=_tell, args=(process,), daemon=True).start()


def _tell(process: str) -> None:
    try:
        for sentence in sandbox.standing().sentences():
            log.warning("%s", sentence)
        if process == "work":
            found = sandbox.encoders()
            failed = found.asked not in (hardware.AUTO, found.used)
            log.log(logging.WARNING if failed else logging.INFO, "%s", found.sentence())
    except CompressorError as error:
        log.error("The sandbox cannot be started: %s %s", error.message, error.detail)
