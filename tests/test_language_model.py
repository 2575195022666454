"""The optional model, as a small real server answers for it: well, badly, slowly and with malice."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from compressor.language import Context, arbiter, read


class Endpoint:
    def __init__(self) -> None:
        self.content: Any = "{}"
        self.status = 200
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    state = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append(body)
            state.headers.append(dict(self.headers))
            state.may_answer.wait(60)
            answer = json.dumps({"choices": [{"message": {"content": state.content}}]}).encode()
            try:
                self.send_response(state.status)
                self.end_headers()
                self.wfile.write(answer)
            except BrokenPipeError:
                pass

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("LANGUAGE_MODEL_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("LANGUAGE_MODEL_KEY", "k-123")
    monkeypatch.setenv("LANGUAGE_MODEL_NAME", "small")
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


STRANGE = "blorptastic frobnicate the wibble"


def test_it_is_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGUAGE_MODEL_URL", raising=False)
    assert not arbiter.enabled()
    assert read(STRANGE).explain == {"action": "unknown"}


def test_it_is_asked_only_about_what_was_not_understood(endpoint: Endpoint) -> None:
    assert read("under 500KB as mp4").explain == {"max_bytes": 500_000, "format": "mp4"}
    assert endpoint.asked == []
    endpoint.content = '```json\n{"fps": 12, "reverse": true}\n```'
    found = read(STRANGE, Context(goal={"max_bytes": 9000}, texts=("Hi",)))
    assert found.doubt == {"fps": 12, "reverse": True}
    assert not {"fps", "reverse"} & found.explain.keys(), "what a model says is confirmed before it is done"
    assert endpoint.asked[0]["model"] == "small"
    told = json.loads(endpoint.asked[0]["messages"][1]["content"])
    assert (told["stands"]["goal"], told["stands"]["texts"]) == ({"max_bytes": 9000}, ["Hi"])
    assert endpoint.headers[0]["Authorization"] == "Bearer k-123"


def test_it_cannot_do_what_words_cannot(endpoint: Endpoint) -> None:
    endpoint.content = json.dumps(
        {
            "action": "export",
            "path": "/etc/passwd",
            "format": "exe",
            "max_bytes": "500KB",
            "colors": 100_000,
            "loop": True,
            "preset": "nowhere",
            "text": {"text": "x", "font": "../../x"},
            "crop": {"x": -1, "y": 0, "w": 1, "h": 1},
            "fps": 10,
        }
    )
    assert read(STRANGE).doubt == {"fps": 10}


@pytest.mark.parametrize("content", ["no idea", "[1, 2]", '{"fps": ', None, 7, "{}", "{" * 5000])
def test_nonsense_leaves_the_reading_as_it_is(endpoint: Endpoint, content: Any) -> None:
    endpoint.content = content
    found = read(STRANGE)
    assert (found.explain, found.doubt) == ({"action": "unknown"}, {})


def test_an_error_leaves_the_reading_as_it_is(endpoint: Endpoint) -> None:
    endpoint.status = 500
    assert read(STRANGE).doubt == {}


def test_a_slow_answer_is_not_waited_for(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arbiter, "TIMEOUT_S", 0.3)
    endpoint.content = '{"fps": 10}'
    endpoint.may_answer.clear()
    try:
        assert read(STRANGE).doubt == {}  # with the answer, which may come only afterwards, it would be asked about
    finally:
        endpoint.may_answer.set()
