"""What this room does when somebody signs in or out, whichever way they did it."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from gifweb.errors import PublicError

from . import binding, claims, identity, rate_limits
from .models import Account, User

log = logging.getLogger(__name__)

PENDING = "bind"  # the session's key for a bind code that waits for its person to sign in
CLAIMING = "claim"  # for a claim link whose button was pressed
CLAIMED = "claimed"  # where the page is of what was taken over just now


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def signed_in(sender: object, request: HttpRequest | None, user: User, **_: Any) -> None:
    """Give the person what waits for them: the link they came with, and what they made here before they signed in."""
    if request is None or not hasattr(request, "session"):
        return
    before = identity.visitor(request.COOKIES.get(identity.cookie_name()))
    code = request.session.get(PENDING, "")
    # A link that was opened earlier, perhaps not by this person's wish, brings its tokens along: into an account that
    # exists already it comes only after a press (``views.Register.take_over``).
    if code and not Account.objects.filter(user=user).exists():
        request.session.pop(PENDING)
        try:
            binding.bind(code, user)
            messages.success(request, "Everything that this link led to is yours now.")
        except PublicError as refusal:  # signing in itself must not fail over it
            messages.error(request, refusal.message)
    if claim := request.session.pop(CLAIMING, ""):
        identity.for_user(user, rate_limits.address(request))  # made here, where its address counts
        try:
            request.session[CLAIMED] = claims.take(claim, user)
            messages.success(request, "This project is yours now.")
        except PublicError as refusal:
            messages.error(request, refusal.message)
    if before is not None:
        try:
            binding.join(before, user)
        except PublicError as refusal:
            log.warning("a visitor's account stayed behind: %s", refusal)
        identity.forget(request)
    identity.reset(request)


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def signed_out(sender: object, request: HttpRequest | None, **_: Any) -> None:
    if request is not None:
        identity.reset(request)
