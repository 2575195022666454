"""What is logged, and how."""

from __future__ import annotations

import logging


class WithoutTraceback(logging.Filter):
    """One line, at the level of a warning."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
