"""Pages go out compressed; events, films and what cannot be read by the other end do not."""

from __future__ import annotations

import gzip

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory

from gifweb.http_compression import Compressed


def through(response: HttpResponseBase) -> HttpResponseBase:
    def view(request: HttpRequest) -> HttpResponseBase:
        return response

    return Compressed(view)(RequestFactory().get("/", headers={"Accept-Encoding": "gzip"}))  # type: ignore[arg-type, return-value]


@pytest.mark.django_db
def test_a_page_is_less_than_half_as_long() -> None:
    plain = Client().get("/places")
    small = Client(headers={"Accept-Encoding": "gzip"}).get("/places")
    assert small["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small["Vary"]
    assert "Content-Encoding" not in plain
    assert len(small.content) < len(plain.content) / 2
    assert b"Slack" in gzip.decompress(small.content)


def test_the_same_page_has_many_lengths() -> None:
    lengths = {len(through(HttpResponse("secret " * 100)).content) for _ in range(40)}  # type: ignore[attr-defined]
    assert len(lengths) > 5


@pytest.mark.parametrize(
    "response",
    [
        StreamingHttpResponse([b"data: 1\n\n" * 100], content_type="text/event-stream"),
        StreamingHttpResponse([b"x" * 1000], content_type="video/mp4"),
        FileResponse(iter([b"x" * 1000]), content_type="image/gif"),
        HttpResponse(b"x" * 1000, content_type="image/webp"),
    ],
)
def test_a_stream_or_a_picture_goes_out_as_it_is(response: HttpResponseBase) -> None:
    assert "Content-Encoding" not in through(response).headers
