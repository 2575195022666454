"""Pages for developers: the agents' page with its skill document, and the API reference."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from gifweb import stored_files

from . import payloads, signed_links
from . import reference_page as drawn

SKILL_NAME = "brim-make-it-fit"
SKILL_VERSION = "1.0.0"


def skill_document(request: HttpRequest) -> str:
    """The skill document for this host."""
    context = {
        "host": signed_links.absolute(request, ""),
        "name": SKILL_NAME,
        "version": SKILL_VERSION,
        "output": payloads.OUTPUT.items(),
        "free_credits": settings.FREE_CREDITS,
        "free_days": settings.FREE_DAYS,
    }
    return render_to_string("agents/skill.md", context)


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    context = {
        "document": skill_document(request),
        "host": signed_links.absolute(request, ""),
        "free_credits": settings.FREE_CREDITS,
    }
    return render(request, "agents.html", context)


@require_safe
def skill(request: HttpRequest) -> HttpResponse:
    """Download the skill document."""
    response = HttpResponse(skill_document(request), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = stored_files.disposition("SKILL.md", attachment=True)
    return response


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    """/llms.txt: what a language model should read here, as llmstxt.org describes."""
    text = render_to_string("agents/llms.txt", {"host": signed_links.absolute(request, "")})
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of /api/v1 as a page, without third-party scripts."""
    return render(request, "api.html", drawn.context() | {"host": signed_links.absolute(request, "")})
