"""The documents for agents: SKILL.md parses, names every field, and works when it is followed to the letter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from django.test import Client

from compressor.goal import FORMATS
from gifweb.accounts import tokens
from gifweb.api import payloads
from gifweb.errors import Unusable

from . import media_made as made
from .live import Site, wait_until


@pytest.fixture
def document() -> str:
    return Client().get("/for-agents/skill.md").content.decode()


def test_the_front_matter_is_yaml(document: str) -> None:
    _, front, text = document.split("---\n", 2)
    facts = yaml.safe_load(front)
    assert set(facts) == {"name", "version", "description"}
    assert all(isinstance(value, str) and value for value in facts.values())
    assert re.fullmatch(r"[a-z0-9-]{1,64}", facts["name"])
    assert len(facts["description"]) <= 1024
    assert text.lstrip().startswith("# ")


def test_every_field_of_output_is_listed(document: str) -> None:
    """What the endpoint takes is what the document lists."""
    tried = {
        "format": "gif",
        "codec": "h264",
        "max_bytes": 5,
        "quality": 50,
        "resolution": "720p",
        "preset": "discord-emoji",
    }
    tried |= {name: low for name, (low, _) in payloads._RANGES.items()}
    for name, value in tried.items():
        assert payloads._field(name, value), name
    assert set(payloads.OUTPUT) == set(tried)
    for name in tried:
        assert f"| `{name}` |" in document


@pytest.mark.parametrize(("asked", "instead"), [("mov", "mp4"), (".HEIC", "jpeg"), ("pdf", "png"), ("mp3", "mp4")])
def test_a_format_that_is_not_made_names_the_one_that_is(asked: str, instead: str) -> None:
    with pytest.raises(Unusable) as refused:
        payloads.goal_fields({"format": asked})
    assert refused.value.data["instead"] == instead
    assert refused.value.data["formats"] == list(FORMATS)
    assert instead.upper() in refused.value.message or asked == "mp3"
    assert payloads.goal_fields({"format": "GIF"})["format"] == "gif"
    for odd in (None, 7, [], "bmp"):
        if odd is not None:
            with pytest.raises(Unusable):
                payloads.goal_fields({"format": odd})


def test_llms_txt_names_addresses_that_answer() -> None:
    client = Client()
    answer = client.get("/llms.txt")
    assert answer["Content-Type"].startswith("text/plain")
    text = answer.content.decode()
    assert text.startswith("# Brim\n\n> ")
    for path in re.findall(r"\]\(http://testserver(/[^)]*)\)", text):
        if path not in ("/mcp", "/api/v1/presets"):
            assert client.get(path).status_code == 200, path


@pytest.mark.django_db
def test_the_claims_of_the_document_hold_here() -> None:
    assert tokens.SCOPES.keys() == {"read", "write", "upload", "render", "*"}


def test_followed_to_the_letter(site: Site, tmp_path: Path) -> None:
    """Each step's method, address, headers and body are cut out of the document."""
    text = httpx.get(f"{site.url}/for-agents/skill.md", timeout=60).text
    steps = {int(m[1]): m[0] for m in re.finditer(r"^(\d)\. .*$", text, re.M)}
    block = re.search(r"```\n(Authorization.*?)```", text, re.S)
    assert block
    known: dict[str, str] = {"<a UUID that you keep>": "2b1f8a52-skill-test", "<anything unique>": "1"}

    def filled(part: str) -> str:
        for mark, value in known.items():
            part = part.replace(mark, value)
        return part

    def step(number: int, **more: Any) -> httpx.Response:
        method, address = re.findall(r"`(GET|POST) (\S+?)`", steps[number])[0]
        headers = {}
        if number > 1:
            headers = dict(line.split(": ", 1) for line in filled(block[1]).strip().splitlines())
            headers["X-Skill-Platform"] = "unknown"
        named = re.search(r"`(X-Client-Id|Accept): ([^`]+)`", steps[number])
        if named:
            headers[named[1]] = filled(named[2])
        found = re.search(r"`(\{.*?\})`", steps[number]) if not more and method == "POST" else None
        if found:
            headers["Content-Type"] = "application/json"
            more["content"] = filled(found[1])
        answer = httpx.request(method, filled(address), headers=headers, timeout=120, **more)
        assert answer.status_code == 200, (number, answer.text)
        return answer

    known["<token>"] = step(1).json()["data"]["token"]
    known["<session_id>"] = step(2).json()["data"]["session_id"]
    gif = made.gif(tmp_path / "a.gif", made.scene(64, 48, 5, noise=8), 8).read_bytes()
    step(3, files={"files": ("a.gif", gif)})
    said = step(4).text
    assert '"type":"text"' in said.strip().splitlines()[-1]
    known["<id>"] = step(5).json()["id"]
    wait_until(lambda: step(6).json()["status"] == "completed", 120, "the render is completed")
    output = step(6).json()["output"]
    fetched = httpx.get(output["url"], timeout=60)
    assert fetched.status_code == 200
    assert len(fetched.content) == output["size"] <= 500_000
    assert fetched.content[4:8] == b"ftyp"  # without a format it is MP4
