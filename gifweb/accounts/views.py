"""The account page, its forms, and registration with or without a bind link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.views import SignupView
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_noop as later
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gifweb import stored_files
from gifweb.errors import BadInput, NotFound, PublicError, respond

from . import binding, data_owners, identity, privacy, rate_limits, tokens
from .models import Account, ApiToken, ClientId, Receipt, User
from .receivers import PENDING

LASTS = {"": later("no end"), "7": later("7 days"), "30": later("30 days"), "365": later("a year")}


def _mine(request: HttpRequest) -> Account:
    account = identity.current(request)
    if account is None:
        raise NotFound("You have no account yet. It is created with your first file.")
    return account


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The account page, also for visitors."""
    return _page(request, identity.current(request))


def _page(request: HttpRequest, mine: Account | None, status: int = 200, **extra: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "account": mine,
        "things": data_owners.counts(mine) if mine else [],
        "tokens": ApiToken.objects.filter(account=mine, revoked_at=None, by_client=False) if mine else [],
        "clients": ClientId.objects.filter(account=mine).count() if mine else 0,
        "receipts": Receipt.objects.filter(account=mine)[:10] if mine else [],
        "scopes": tokens.SCOPES,
        "lasts": LASTS,
        **extra,
    }
    return render(request, "accounts/account.html", context, status=status)


@never_cache
@require_POST
def token_make(request: HttpRequest) -> HttpResponse:
    """Create a token and show it once."""
    mine = identity.ensure(request)
    rate_limits.hit("token", mine)
    lasts = request.POST.get("lasts", "")
    try:
        if lasts not in LASTS:
            raise BadInput("Choose how long the token lasts.")
        ends = timezone.now() + timedelta(days=int(lasts)) if lasts else None
        made = tokens.issue(mine, request.POST.get("name", ""), request.POST.getlist("scope"), ends)
    except BadInput as error:
        return _page(request, mine, 400, error=error, name=request.POST.get("name", ""))
    return _page(request, mine, fresh=made.token, fresh_row=made.row)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = tokens.revoke(_mine(request), pk)
    messages.success(request, f"The token “{row.name}” was revoked.")
    return redirect("account")


@require_POST
def clients_forget(request: HttpRequest) -> HttpResponse:
    """Remove every agent that uses its own client id."""
    tokens.forget_client(_mine(request))
    messages.success(request, "Agents with an id of their own can no longer use your account.")
    return redirect("account")


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Download all data of the account as a zip."""
    mine = _mine(request)
    rate_limits.hit("export", mine)
    return stored_files.zip_response(request, f"{mine.public_id}.zip", privacy.export(mine))


@never_cache
def delete(request: HttpRequest) -> HttpResponse:
    """Ask for confirmation, delete the account with all files and the sign-in, and show the receipt."""
    mine = _mine(request)
    if request.method == "POST" and mine.user_id is not None:
        return _delete_confirmed(request)
    if request.method == "POST":
        return _delete(request, mine)
    return _ask(request, mine)


@reauthentication_required
def _delete_confirmed(request: HttpRequest) -> HttpResponse:
    """Whether the password must be entered again, so that nobody at an unattended screen can do this."""
    return _delete(request, _mine(request))


def _ask(request: HttpRequest, mine: Account, status: int = 200, wrong: bool = False) -> HttpResponse:
    context = {"account": mine, "things": data_owners.counts(mine), "wrong": wrong}
    return render(request, "accounts/delete.html", context, status=status)


def _delete(request: HttpRequest, mine: Account) -> HttpResponse:
    if request.POST.get("sure", "").strip().lower() != "delete":
        return _ask(request, mine, 400, wrong=True)
    receipt = privacy.erase(mine, later("deleted by its owner"))
    if request.user.is_authenticated:
        logout(request)
    identity.forget(request)
    return redirect("receipt", number=receipt.number)


@never_cache
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Show a receipt to anyone with its number, because the account no longer exists."""
    found = Receipt.objects.filter(number=number).first()
    if found is None:
        raise NotFound()
    return render(request, "accounts/receipt.html", {"receipt": found})


class Register(SignupView):
    """allauth's sign-up page, which also stores the code of a bind link until the sign-in."""

    offer: binding.Offer | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        code = request.GET.get("bind") or request.session.get(PENDING, "")
        if code:
            user = request.user if isinstance(request.user, User) else None
            rate_limits.hit("session", rate_limits.network(rate_limits.address(request)))
            try:
                self.offer = binding.offer(code, user)
            except PublicError as refusal:
                request.session.pop(PENDING, None)
                return respond(request, refusal)
            if user is not None:
                return self.take_over(request, code, user)
            request.session[PENDING] = code
        elif request.user.is_authenticated:
            return redirect("account")
        return super().dispatch(request, *args, **kwargs)

    def take_over(self, request: HttpRequest, code: str, user: User) -> HttpResponseBase:
        """Ask a signed-in person for confirmation; otherwise any page could add things to an account."""
        if request.method != "POST":
            request.session[PENDING] = code
            return render(request, "accounts/bind.html", {"offer": self.offer})
        request.session.pop(PENDING, None)
        if "no" in request.POST:
            return redirect("account")
        try:
            binding.bind(code, user)
        except PublicError as refusal:
            return respond(request, refusal)
        messages.success(request, "Everything in this link is yours now.")
        return redirect("account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"offer": self.offer}
