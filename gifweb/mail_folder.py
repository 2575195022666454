"""Where no mail server is configured: each mail becomes a file that only its owner can read.

Mails carry links that let somebody in, and logs are read by many.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from . import ids

log = logging.getLogger(__name__)


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.DATA_DIR) / "mail"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            path = folder / f"{ids.public_id()}.eml"
            path.touch(mode=0o600)
            path.write_bytes(message.message().as_bytes())
            log.warning("No mail server is configured (EMAIL_URL): a mail was written to %s", path)
        return len(email_messages)
