"""Waiting for something to become true in a page."""

from __future__ import annotations

from playwright.sync_api import Error, Page

from tests.live import wait_until

PATIENCE_S = 90.0


def until(page: Page, expression: str) -> None:
    """Until the expression is true there. It is asked from outside: a page that asks itself again and again would have
    to evaluate text, which its own rules forbid."""

    def true() -> bool:
        try:
            return bool(page.evaluate(expression))
        except Error:  # on its way to another page
            return False

    wait_until(true, PATIENCE_S, expression)
