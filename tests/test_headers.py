"""The safety headers of every response, whatever it says, and the settings under which the site is deployed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory

from gifweb.headers import SecurityHeaders

from .test_access_sweep import OURS, ROWS, fill

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "BASE_URL": "https://gif.example.org",
    "SECRET_KEY": "k" * 20 + "aB3-_xyz" * 8,
    "TRUST_PROXY": "1",
    "EMAIL_VERIFICATION": "mandatory",
}
# What a browser does to be asked over https; the checks look at what came back.
CHECK = """
import json, warnings
import django
django.setup()
from django.test import Client
from django.conf import settings
client = Client(raise_request_exception=False)
found = {}
for path in ("/", "/register", "/nothing-here", "/credits", "/api/credits/balance/simple", "/static/site.css"):
    answer = client.get(path, secure=True, headers={"host": "gif.example.org"})
    found[path] = {"status": answer.status_code, "headers": dict(answer.headers),
                   "cookies": {k: v.OutputString() for k, v in answer.cookies.items()}}
answer = client.get("/", headers={"host": "gif.example.org"})
found["plain"] = {"status": answer.status_code, "headers": dict(answer.headers), "cookies": {}}
answer = client.get("/", secure=True, headers={"host": "evil.example.com"})
found["stranger"] = {"status": answer.status_code, "headers": dict(answer.headers), "cookies": {}}
print(json.dumps(found))
"""


def assert_safe(headers: Any, where: str) -> None:
    csp = headers.get("Content-Security-Policy", "")
    assert "default-src 'none'" in csp, where
    assert "unsafe-inline" not in csp, where
    assert "unsafe-eval" not in csp, where
    assert "frame-ancestors 'none'" in csp, where
    assert headers.get("X-Content-Type-Options") == "nosniff", where
    assert headers.get("X-Frame-Options") == "DENY", where
    assert headers.get("Cross-Origin-Opener-Policy") == "same-origin", where
    assert headers.get("Cross-Origin-Resource-Policy") in ("same-origin", "cross-origin"), where
    assert headers.get("Referrer-Policy") in ("same-origin", "no-referrer"), where
    assert "camera=()" in headers.get("Permissions-Policy", ""), where
    assert headers.get("Cache-Control"), f"{where}: a cache may keep it"


@pytest.mark.django_db
def test_every_address_answers_with_them(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, "0/h")
    cache.clear()
    client = Client(raise_request_exception=False)
    for route in OURS:
        for method in ("GET", "POST", "OPTIONS"):
            answer = client.generic(method, fill(route, ["1"] * len(ROWS[route].own)))
            assert_safe(answer.headers, f"{method} {route}: {answer.status_code}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/nothing", "/r/nothing", "/api/nothing", "/admin/", "/admin/login/", "/static/no.css"]
)
def test_errors_and_the_admin_too(client: Client, path: str) -> None:
    assert_safe(client.get(path).headers, path)


def test_our_own_fault_too() -> None:
    """An exception that nothing else caught is made a page by Django itself, inside of our middleware."""
    from django.core.handlers.exception import convert_exception_to_response

    def broken(request: HttpRequest) -> Any:
        raise RuntimeError("broken")

    middleware = SecurityHeaders(convert_exception_to_response(broken))
    answer = middleware(RequestFactory().get("/", HTTP_ACCEPT="application/json"))
    assert answer.status_code == 500
    assert_safe(answer.headers, "500")


def test_refused_forms_too() -> None:
    answer = Client(enforce_csrf_checks=True).post("/")
    assert answer.status_code == 403
    assert_safe(answer.headers, "no csrf token")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    data = tmp_path_factory.mktemp("production")
    found = {**os.environ, **PRODUCTION, "DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "gifweb.settings"}
    done = subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=found, capture_output=True)
    assert done.returncode == 0, done.stderr
    return found


def test_the_deployment_check_is_clean(production: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=production,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout, done.stdout + done.stderr


def test_under_https(production: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], cwd=ROOT, env=production, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for path, answer in found.items():
        if path == "plain":
            assert answer["status"] == 301
            assert answer["headers"]["Location"].startswith("https://gif.example.org/")
            continue
        assert_safe(answer["headers"], path)
        hsts = answer["headers"].get("Strict-Transport-Security", "")
        assert hsts == "max-age=31536000", path  # other hosts of the domain are not ours to bind
    assert found["stranger"]["status"] == 400
    cookies = {name: text for answer in found.values() for name, text in answer["cookies"].items()}
    assert "__Host-csrf" in cookies
    for name, text in cookies.items():
        assert name.startswith("__Host-"), name
        assert "Secure" in text, text
        assert "Path=/" in text, text
        assert "Domain" not in text, text
        assert "SameSite=Lax" in text, text
