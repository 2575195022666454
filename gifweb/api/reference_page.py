"""The API's reference page, made from its OpenAPI document: every operation, field and event, each with an example."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import mark_safe

from gifweb import errors

from . import v1
from .v1.document import EVENTS, TAGS

_CODE = re.compile("``(.+?)``")
_ORDER = ("get", "post", "put", "patch", "delete")


@cache
def context() -> dict[str, Any]:
    """What the template draws: operations by tag, the objects that they name, events and refusals."""
    schema = json.loads(json.dumps(v1.api.get_openapi_schema(), default=str))
    shapes = schema["components"]["schemas"]
    operations = [
        _operation(path, method, value, shapes)
        for path, methods in schema["paths"].items()
        for method, value in sorted(methods.items(), key=lambda pair: _ORDER.index(pair[0]))
    ]
    return {
        "groups": [
            {"name": tag, "about": about, "operations": [one for one in operations if one["tag"] == tag]}
            for tag, about in TAGS.items()
        ],
        "objects": [
            {
                "id": name,
                "name": _short(name),
                "sent": name.endswith("In"),
                "about": _prose(one.get("description", "")),
                "fields": _fields(one, shapes),
            }
            for name, one in sorted(shapes.items())
            if one.get("properties") and name != "Input"
        ],
        "events": [
            {"kind": kind, "about": about, "example": json.dumps(example, ensure_ascii=False)}
            for kind, (about, example) in EVENTS.items()
        ],
        "problems": _problems(),
    }


def _problems() -> list[dict[str, Any]]:
    found: dict[int, type[errors.PublicError]] = {}
    waiting = [errors.PublicError]
    while waiting:
        kind = waiting.pop(0)
        found.setdefault(kind.code, kind)
        waiting += kind.__subclasses__()
    return [{"code": kind.code, "status": kind.status, "words": kind.words} for _, kind in sorted(found.items())]


def _operation(path: str, method: str, value: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    body = value.get("requestBody", {}).get("content", {})
    kind: str = next(iter(body), "")
    answers: dict[str, Any] = value.get("responses", {})
    code = next((str(c) for c in answers if str(c).startswith("2")), "")
    contents: dict[str, Any] = answers.get(code, {}).get("content", {})
    answered: dict[str, Any] = next((one.get("schema", {}) for one in contents.values()), {})
    sent: dict[str, Any] = body[kind].get("schema", {}) if kind else {}
    parameters = [
        {
            "name": p["name"],
            "where": p["in"],
            "type": kind_of(p.get("schema", {})),
            "required": p.get("required", False),
        }
        for p in value.get("parameters", [])
    ]
    return {
        "id": value.get("operationId", ""),
        "tag": next(iter(value.get("tags", [])), ""),
        "path": path,
        "breakable_path": mark_safe(escape(path).replace("/", "<wbr>/")),
        "method": method.upper(),
        "summary": value.get("summary", ""),
        "description": _prose(value.get("description", "")),
        "open": not value.get("security"),
        "parameters": parameters,
        "body_kind": kind,
        "body": _fields(sent, shapes),
        "body_example": _shown(sent, shapes) if kind == "application/json" else "",
        "answer_code": code,
        "answer_type": kind_of(answered) if answered else "",
        "answer": _fields(answered, shapes),
        "answer_example": _shown(answered, shapes) if "application/json" in contents else "",
    }


def _prose(text: str) -> str:
    """A description with its ``code`` as HTML."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))


def _short(name: str) -> str:
    return name.removesuffix("Out").removesuffix("In")


def kind_of(schema: dict[str, Any]) -> str:
    """The type of a value in words; never "anything" for what the document names."""
    if "$ref" in schema:
        return _short(str(schema["$ref"]).rsplit("/", 1)[-1])
    for joined in ("allOf", "anyOf", "oneOf"):
        if joined in schema:
            return " or ".join("nothing" if one.get("type") == "null" else kind_of(one) for one in schema[joined])
    if "enum" in schema:
        return ", ".join(str(v) for v in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind_of(schema['additionalProperties'])}"
    if schema.get("format") in ("date-time", "binary"):
        return {"date-time": "time", "binary": "file"}[schema["format"]]
    return str(schema.get("type", "value"))


def _resolved(schema: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """The object behind references, lists and unions with nothing."""
    if schema.get("type") == "array":
        return _resolved(schema.get("items", {}), shapes)
    if "$ref" in schema:
        return _resolved(shapes[schema["$ref"].rsplit("/", 1)[-1]], shapes)
    for joined in ("allOf", "anyOf"):
        if joined in schema:
            return _resolved(next((one for one in schema[joined] if one.get("type") != "null"), {}), shapes)
    return schema


def _fields(schema: dict[str, Any], shapes: dict[str, Any]) -> list[dict[str, Any]]:
    found = _resolved(schema, shapes)
    needed = found.get("required", [])
    return [
        {
            "name": name,
            "type": kind_of(one),
            "required": name in needed,
            "about": _prose(one.get("description", "")),
            "example": json.dumps(example(one, shapes), ensure_ascii=False),
        }
        for name, one in found.get("properties", {}).items()
    ]


def _shown(schema: dict[str, Any], shapes: dict[str, Any]) -> str:
    return json.dumps(example(schema, shapes), ensure_ascii=False, indent=1)


def example(schema: dict[str, Any], shapes: dict[str, Any], depth: int = 0) -> Any:
    """A value that the schema allows: its own example where it has one."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return example(shapes[schema["$ref"].rsplit("/", 1)[-1]], shapes, depth)
    for joined in ("allOf", "anyOf", "oneOf"):
        if joined in schema:
            return example(next((o for o in schema[joined] if o.get("type") != "null"), {}), shapes, depth)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {}) if depth < 3 else {}
        return {name: example(one, shapes, depth + 1) for name, one in fields.items()}
    if kind == "array":
        return [example(schema.get("items", {}), shapes, depth + 1)] if depth < 3 else []
    if schema.get("format") == "date-time":
        return "2026-11-29T12:00:00Z"
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", 1))
        return max(1, int(least)) if kind == "integer" else max(1.0, float(least))
    return {"string": "text", "boolean": True}.get(str(kind))
