"""The tus protocol 1.0.0 for resumable uploads, with creation (also with the first bytes), termination, checksum and
expiration: https://tus.io/protocols/resumable-upload.

Our own two views, because no server library fits: those for Django are not kept any more, and ``tuspyserver`` is a
router for FastAPI that keeps parts on one machine's disk and knows neither accounts nor limits. Every request must
carry ``Tus-Resumable``, which a page of another site could only send with our consent, so no form token is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from gifweb import accounts
from gifweb.accounts import rate_limits
from gifweb.errors import BadInput, TooLarge, UnsupportedFile, WrongMethod

from . import upload_parts
from .models import Upload
from .upload_stream import Part, PartWriter

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
CHECKSUMS = ("sha1", "sha256")
PIECE = 256 * 1024
MOST_NAME = 4096  # characters of metadata
CHECKSUM_MISMATCH = 460


@csrf_exempt
def uploads(request: HttpRequest) -> HttpResponse:
    """OPTIONS: what the server can. POST: begin an upload, with its first piece where the request has a body."""
    if _method(request) == "OPTIONS":
        return _answer(204, {"Tus-Version": VERSION, **_ABILITIES, "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES)})
    if refused := _other_version(request):
        return refused
    if _method(request) != "POST":
        raise WrongMethod()
    account = accounts.current(request)
    rate_limits.hit_request("upload", request, account)
    length = _number(request, "Upload-Length")
    part = _piece(request, length) if request.content_type == PIECE_TYPE else None
    try:
        name = _metadata(request.headers.get("Upload-Metadata", "")).get("filename", "")
        upload = upload_parts.begin(account, rate_limits.address(request), length, name)
        if part is not None and part.size:
            upload.offset = upload_parts.add(upload, 0, part)
    finally:
        if part is not None:
            part.close()
    return _answer(201, _standing(upload) | {"Location": reverse("upload", args=[upload.public_id])})


@csrf_exempt
def upload(request: HttpRequest, public_id: str) -> HttpResponse:
    """HEAD: how much has come. PATCH: the next piece. DELETE: give it up."""
    if _method(request) == "OPTIONS":
        return uploads(request)
    if refused := _other_version(request):
        return refused
    found = upload_parts.find(accounts.current(request), public_id)
    if _method(request) == "HEAD":
        return _answer(200, _standing(found) | {"Upload-Length": str(found.length), "Cache-Control": "no-store"})
    if _method(request) == "DELETE":
        upload_parts.drop(found)
        return _answer(204)
    if _method(request) != "PATCH":
        raise WrongMethod()
    if request.content_type != PIECE_TYPE:
        raise UnsupportedFile(f"A piece has the type {PIECE_TYPE}.")
    offset = _number(request, "Upload-Offset")
    part = _piece(request, found.length - offset)
    if part is None:
        return _answer(CHECKSUM_MISMATCH)
    try:
        found.offset = upload_parts.add(found, offset, part)
    finally:
        part.close()
    found.refresh_from_db(fields=["expires_at"])
    return _answer(204, _standing(found))


_ABILITIES = {
    "Tus-Extension": "creation,creation-with-upload,termination,checksum,expiration",
    "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
}


def _method(request: HttpRequest) -> str:
    return request.headers.get("X-HTTP-Method-Override", request.method or "").upper()


def _answer(status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    response = HttpResponse(status=status, headers={"Tus-Resumable": VERSION, **(headers or {})})
    del response.headers["Content-Type"]
    return response


def _other_version(request: HttpRequest) -> HttpResponse | None:
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    return _answer(412, {"Tus-Version": VERSION})


def _standing(upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.offset), "Upload-Expires": http_date(upload.expires_at.timestamp())}


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadInput(f"{header} is missing or no number.")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """``key base64, key base64``; raises BadInput."""
    found: dict[str, str] = {}
    try:
        for pair in header[:MOST_NAME].split(",") if header.strip() else ():
            key, _, value = pair.strip().partition(" ")
            found[key] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise BadInput("Upload-Metadata cannot be read.") from error
    return found


def _piece(request: HttpRequest, room: int) -> Part | None:
    """The body as a file of at most ``room`` bytes; None when it is not what its checksum says."""
    algorithm, _, expected = request.headers.get("Upload-Checksum", "").partition(" ")
    if algorithm and algorithm not in CHECKSUMS:
        raise BadInput(f"The checksum must be one of {', '.join(CHECKSUMS)}.")
    digest = hashlib.new(algorithm or "sha1", usedforsecurity=False)
    writer = PartWriter(max(room, 0))
    try:
        while data := request.read(PIECE):
            if not writer.write(data):
                raise TooLarge("The piece is longer than the rest of the upload.")
            if algorithm:
                digest.update(data)
        if algorithm and base64.b64encode(digest.digest()).decode() != expected.strip():
            writer.close()
            return None
        return writer.done("piece")
    except BaseException:
        writer.close()
        raise
