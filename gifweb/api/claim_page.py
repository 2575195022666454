"""The claim page: shows one project of an agent without a login, and lets a person take it over.

The page is read-only and gives no API access. The person gets the project with its files and results, and nothing else
of the agent's account. Older link forms redirect the owner to the project's page.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from gifweb import accounts
from gifweb.accounts import claim_links, rate_limits
from gifweb.accounts.models import User
from gifweb.accounts.receivers import CLAIMING
from gifweb.errors import NotFound
from gifweb.studio import chat, drafts, timeline_view
from gifweb.studio.models import Project

from . import signed_links


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """``/workspace/claim?ct=clm_…``: name, timeline, files and results of one project. A POST takes it over: at once
    when signed in, else after registering or signing in."""
    rate_limits.hit("claim", rate_limits.network(rate_limits.address(request)))
    raw = request.GET.get("ct", "")
    found = claim_links.open(raw)
    if request.method == "POST":
        if isinstance(request.user, User):
            accounts.current(request)  # made here where there is none yet: its address counts
            return redirect(claim_links.take(raw, request.user))
        request.session[CLAIMING] = raw
        return redirect("account_signup")
    kind, _, key = found.subject.partition(":")
    project = Project.objects.filter(account=found.account, public_id=key).first() if kind == "project" else None
    if project is None:
        raise NotFound("What this link showed was deleted.")
    if accounts.current(request) == found.account:
        return redirect("project", public_id=project.public_id)
    media = drafts.media_of(project)
    made = [r for r in project.renders.filter(state="finished")[:20] if r.has_file and r.fits is not False]
    context = {
        "project": project,
        "summary": chat.summary(project),
        "drawing": timeline_view.draw(drafts.current(project), {m.public_id: m.name for m in media}),
        "files": [{"file": m, "url": signed_links.of_media(request, m)} for m in media],
        "renders": [{"render": r, "url": signed_links.of_render(request, r)} for r in made],
    }
    response = render(request, "claim.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def task(request: HttpRequest, task_id: str) -> HttpResponse:
    """``/task/<task_id>`` and ``/workspace/task/<task_id>?session=…``: redirect the owner to the project, anybody else
    to the sign-in page, whether or not the task exists."""
    account = accounts.current(request)
    project = Project.objects.filter(account=account, task_id=task_id).first() if account else None
    if project:
        return redirect("project", public_id=project.public_id)
    return redirect(reverse("account_login"))
