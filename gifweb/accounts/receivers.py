"""What this room does when somebody signs in or out."""

from __future__ import annotations
