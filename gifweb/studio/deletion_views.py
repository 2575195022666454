"""The buttons that delete one upload or one project; each leads to its receipt."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from gifweb import accounts
from gifweb.accounts.models import Account
from gifweb.errors import NotFound

from . import access, deletion


def _mine(request: HttpRequest) -> Account:
    account = accounts.current(request)
    if account is None:
        raise NotFound()
    return account


@require_POST
def project_delete(request: HttpRequest, public_id: str) -> HttpResponse:
    account = _mine(request)
    done = deletion.project(account, access.project_for(account, public_id))
    return redirect("receipt", number=done.number)


@require_POST
def source_delete(request: HttpRequest, public_id: str) -> HttpResponse:
    account = _mine(request)
    done = deletion.upload(account, access.media_for(account, public_id))
    return redirect("receipt", number=done.number)
