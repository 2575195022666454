"""What a machine lacks is told at start, by ``check --deploy`` and by /healthz; what must not run is refused."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.test import AsyncClient

from compressor import hardware, sandbox
from compressor.sandbox import Standing
from gifweb import readiness
from gifweb.renders import checks

LACKING = Standing({"landlock": 0, "seccomp": True}, {"landlock": "this kernel has none"})
WHOLE = Standing({"landlock": 7, "seccomp": True})


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda found: monkeypatch.setattr(sandbox, "_known", found)


def test_check_deploy_names_what_is_missing(standing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    standing(WHOLE)
    assert checks.sandbox_stands(None) == []
    standing(LACKING)
    (told,) = checks.sandbox_stands(None)
    assert told.id == "renders.W001"
    assert "no landlock: this kernel has none" in told.msg
    monkeypatch.setenv("SANDBOX", "strict")
    (told,) = checks.sandbox_stands(None)
    assert told.id == "renders.E003"
    with pytest.raises(SystemCheckError, match=r"renders\.E003"):
        call_command("check", "--deploy")


@pytest.mark.parametrize("command", ["up", "work", "serve"])
def test_strict_refuses_to_start(command: str, standing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    standing(LACKING)
    monkeypatch.setenv("SANDBOX", "strict")
    monkeypatch.setattr(sandbox, "warm", lambda: None)
    monkeypatch.setattr(readiness, "demand_migrations", lambda: None)
    with pytest.raises(CommandError, match=r"incomplete.*landlock \(this kernel has none\)"):
        call_command(command)


@pytest.mark.parametrize("command", ["up", "work", "serve"])
def test_a_typo_in_the_encoder_stops_the_start(command: str, standing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    standing(WHOLE)
    monkeypatch.setenv(hardware.VARIABLE, "h264_nvnec")
    monkeypatch.setattr(sandbox, "warm", lambda: None)
    monkeypatch.setattr(readiness, "demand_migrations", lambda: None)
    with pytest.raises(CommandError, match="h264_nvnec"):
        call_command(command)
    (told,) = checks.encoder_name(None)
    assert told.id == "renders.E001"


def test_the_log_says_at_start_what_is_missing_and_what_opened(
    standing: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    standing(LACKING)
    trials = (hardware.Trial("h264_nvenc", True, "no device"), hardware.Trial("libx264", False, ""))
    monkeypatch.setattr(sandbox, "encoders", lambda: hardware.Report("h264_nvenc", "libx264", trials))
    monkeypatch.setattr(checks.log, "propagate", True)
    with caplog.at_level(logging.INFO):
        checks._tell("work")
    assert "The sandbox has no landlock: this kernel has none" in caplog.text
    assert "h264_nvenc was asked for, libx264 is used (h264_nvenc does not open: no device)" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_healthz_has_the_sandbox(standing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> dict[str, Any]:
        answer = async_to_sync(AsyncClient().get)("/healthz")
        return dict(json.loads(answer.content))

    standing(None)
    assert ask()["sandbox"] == {"state": "starting"}
    standing(WHOLE)
    assert ask()["sandbox"] == {"state": "ok", "landlock": 7, "seccomp": True, "missing": {}}
    standing(LACKING)
    body = ask()
    assert body["sandbox"]["state"] == "incomplete"
    assert "sandbox" not in body["missing"]
    monkeypatch.setenv("SANDBOX", "strict")
    assert "sandbox" in ask()["missing"]
