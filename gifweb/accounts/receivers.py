"""Signal receivers for signing in and out."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.signals import password_reset
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from gifweb.errors import PublicError

from . import binding, claim_links, identity, rate_limits, tokens
from .models import Account, User

log = logging.getLogger(__name__)

PENDING = "bind"  # session key of a bind code that waits for a sign-in
CLAIMING = "claim"  # session key of a claim link whose button was pressed
CLAIMED = "claimed"  # session key of the page that was claimed just now


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def signed_in(sender: object, request: HttpRequest | None, user: User, **_: Any) -> None:
    """Add to the person's account what the link in the session leads to, and what they made before signing in."""
    if request is None or not hasattr(request, "session"):
        return
    before = identity.visitor(request.COOKIES.get(identity.cookie_name()))
    code = request.session.get(PENDING, "")
    # A bind link brings its tokens along, and may have been opened without this person's knowledge. For a user who has
    # an account already, it needs a confirmation (``views.Register.take_over``).
    if code and not Account.objects.filter(user=user).exists():
        request.session.pop(PENDING)
        try:
            binding.bind(code, user)
            messages.success(request, "Everything in this link is yours now.")
        except PublicError as refusal:  # the sign-in itself must not fail
            messages.error(request, refusal.message)
    if claim := request.session.pop(CLAIMING, ""):
        identity.for_user(user, rate_limits.address(request))  # made here, where its address counts
        try:
            request.session[CLAIMED] = claim_links.take(claim, user)
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


@receiver(password_reset, dispatch_uid="accounts.password_reset")
def mailbox_shown(sender: object, user: User, **_: Any) -> None:
    """Revoke all tokens when somebody with the mailbox takes over an account whose address was never confirmed:
    whoever registered it before them keeps no token, as they keep no session."""
    if not identity.is_confirmed(user) and (account := Account.objects.filter(user=user).first()):
        tokens.revoke_all(account)


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def signed_out(sender: object, request: HttpRequest | None, **_: Any) -> None:
    if request is not None:
        identity.reset(request)
