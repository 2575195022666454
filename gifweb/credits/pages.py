"""The credits page, its forms and the Stripe webhook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from gifweb import absolute_urls, accounts
from gifweb.accounts import identity, rate_limits
from gifweb.accounts.models import Account
from gifweb.errors import NotFound, PublicError
from gifweb.headers import page_csp

from . import entry_labels, ledger, plans, stripe_checkout, vouchers
from .models import Entry, Kind, Lot

PER_PAGE = 50
DAYS = 30
_TYPICAL = (800, 450, 75)  # a screen recording of five seconds


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart: ``x``, ``y`` and ``height`` in a box of 100 by 100."""

    day: date
    spent: int
    x: float
    y: float
    height: float


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``credits`` is the balance, read from the database only if the template uses it, and
    ``free_credits`` what somebody new begins with."""

    def read() -> ledger.Balance:
        account = accounts.current(request)
        return ledger.balance(account) if account else ledger.Balance(0, 0)

    return {"credits": SimpleLazyObject(read), "free_credits": settings.FREE_CREDITS}


@never_cache
@require_safe
def credits(request: HttpRequest) -> HttpResponse:
    """The balance, its expiry, the history, and the price of a typical render."""
    return _page(request, accounts.current(request))


def _page(request: HttpRequest, account: Account | None, status: int = 200, **extra: Any) -> HttpResponse:
    paying = stripe_checkout.enabled()
    shown: dict[str, Any] = {
        "account": account,
        "plans": plans.plans().values(),
        "paying": paying,
        "items": stripe_checkout.items().values() if paying else (),
        "free_credits": settings.FREE_CREDITS,
        "free_days": settings.FREE_DAYS,
        "monthly_credits": settings.MONTHLY_CREDITS,
        "typical": ledger.price(*_TYPICAL),
        "paid": request.GET.get("paid") == "1",
        **extra,
    }
    if account is not None:
        page = Paginator(Entry.objects.filter(account=account), PER_PAGE).get_page(request.GET.get("page"))
        shown |= {
            "balance": ledger.balance(account),
            "plan": plans.of(account),
            "ends": Lot.objects.filter(account=account, left__gt=0, expires_at__gt=timezone.now()),
            "page": page,
            "entries": entry_labels.label(account, page.object_list),
            "bars": (drawn := bars(account)),
            "spent": sum(bar.spent for bar in drawn),
            "most": max((bar.spent for bar in drawn), default=0),
            "typical": typical(account),
        }
    response = render(request, "credits/credits.html", shown, status=status)
    if paying:  # the form redirects to Stripe, which form-action must allow
        response["Content-Security-Policy"] = page_csp().replace(
            "form-action 'self'", "form-action 'self' https://checkout.stripe.com"
        )
    return response


def bars(account: Account) -> list[Bar]:
    """Return a bar for each of the last DAYS days; an empty list when nothing was spent."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    spent: dict[date, int] = {
        row["day"]: -row["n"]
        for row in Entry.objects.filter(account=account, kind=Kind.SPENT, created_at__date__gte=first)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(n=Sum("amount"))
    }
    if not spent:
        return []
    most = max(spent.values())
    drawn = []
    for number in range(DAYS):
        day = first + timedelta(days=number)
        height = round(100 * spent.get(day, 0) / most, 2)
        drawn.append(Bar(day, spent.get(day, 0), round(number * 100 / DAYS, 2), round(100 - height, 2), height))
    return drawn


def typical(account: Account) -> int:
    """Return the median price of the last renders; before the first, that of a short screen recording."""
    last = Entry.objects.filter(account=account, kind=Kind.SPENT).values_list("amount", flat=True)[:20]
    return round(median(-amount for amount in last)) if last else ledger.price(*_TYPICAL)


@never_cache
@require_POST
def redeem(request: HttpRequest) -> HttpResponse:
    """Redeem a voucher code, with a rate limit."""
    account = accounts.current(request)
    rate_limits.hit_request("voucher", request, account)
    try:
        with transaction.atomic():  # a code that is worth nothing begins no account
            entry = vouchers.redeem(accounts.ensure(request), request.POST.get("code", ""))
    except PublicError as error:
        if account is None:
            identity.undo(request)
        return _page(request, account, error.status, error=error, code=request.POST.get("code", "")[:40])
    messages.success(request, f"{entry.amount} credits were added.")
    return redirect("credits")


@require_POST
def top_up(request: HttpRequest) -> HttpResponse:
    """Redirect to Stripe's page. The credits are granted when Stripe confirms the payment."""
    account = accounts.current(request)
    if account is None:
        raise NotFound("There is no account here yet: it is made with your first file.")
    origin = absolute_urls.origin(request)
    url = stripe_checkout.start(account, request.POST.get("item", ""), origin, reverse("credits"))
    answer = redirect(url)
    answer.status_code = 303
    return answer


@csrf_exempt
@require_POST
def stripe_message(request: HttpRequest) -> HttpResponse:
    """Stripe's webhook, authenticated by its signature. A repeated message changes nothing."""
    result = stripe_checkout.receive(request.body, request.headers.get("Stripe-Signature", ""))
    return HttpResponse(result, content_type="text/plain")
