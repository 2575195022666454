"""Pages for developers: the agents' page with its skill document, and the API reference."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from gifweb import files

from . import links, v1

SKILL_NAME = "brim-make-it-fit"
SKILL_VERSION = "1.0.0"
_ORDER = ("get", "post", "put", "patch", "delete")


def skill_document(request: HttpRequest) -> str:
    """Return the skill document for this host."""
    context = {"host": links.absolute(request, ""), "name": SKILL_NAME, "version": SKILL_VERSION}
    return render_to_string("agents/skill.md", context)


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    context = {"document": skill_document(request), "host": links.absolute(request, "")}
    return render(request, "agents.html", context)


@require_safe
def skill(request: HttpRequest) -> HttpResponse:
    """Download the skill document."""
    response = HttpResponse(skill_document(request), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = files.disposition("SKILL.md", attachment=True)
    return response


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of /api/v1 as a page, without third-party scripts."""
    schema = json.loads(json.dumps(v1.api.get_openapi_schema()))
    shapes = schema["components"]["schemas"]
    operations = [
        _operation(path, method, value, shapes)
        for path, methods in schema["paths"].items()
        for method, value in sorted(methods.items(), key=lambda pair: _ORDER.index(pair[0]))
    ]
    return render(request, "api.html", {"operations": operations, "host": links.absolute(request, "")})


def _operation(path: str, method: str, value: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    body = value.get("requestBody", {}).get("content", {})
    kind: str = next(iter(body), "")
    answers: dict[str, Any] = value.get("responses", {})
    code = next((str(c) for c in answers if str(c).startswith("2")), "")
    contents: dict[str, Any] = answers.get(code, {}).get("content", {})
    answered: dict[str, Any] = next((one.get("schema", {}) for one in contents.values()), {})
    return {
        "id": value.get("operationId", ""),
        "path": path,
        "method": method.upper(),
        "summary": value.get("summary", ""),
        "description": value.get("description", ""),
        "open": not value.get("security"),
        "parameters": [
            {
                "name": p["name"],
                "where": p["in"],
                "type": _type(p.get("schema", {})),
                "required": p.get("required", False),
            }
            for p in value.get("parameters", [])
        ],
        "body_kind": kind,
        "body": _fields(body[kind].get("schema", {}) if kind else {}, shapes),
        "answer_code": code,
        "answer_type": _type(answered) if answered else "",
        "answer": _fields(answered, shapes),
    }


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1].removesuffix("Out").removesuffix("In")
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(v) for v in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def _fields(schema: dict[str, Any], shapes: dict[str, Any]) -> list[dict[str, Any]]:
    if schema.get("type") == "array":
        schema = schema.get("items", {})
    if "$ref" in schema:
        schema = shapes[schema["$ref"].rsplit("/", 1)[-1]]
    needed = schema.get("required", [])
    return [
        {"name": name, "type": _type(one), "required": name in needed, "about": one.get("description", "")}
        for name, one in schema.get("properties", {}).items()
    ]
