"""Resumable uploads: a file comes in pieces, each kept once it is whole, and what was cut off goes on from there.

The pieces are stored files and the offset is a row: any web process takes the next piece, also after a kill. Whoever
has the address of an upload may go on with it; one that an account began is that account's alone. No account is begun
here: that is for the form that names the finished upload (``join``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.http import HttpRequest
from django.utils import timezone

from gifweb import ids, stored_files
from gifweb.accounts import hashed_secret, rate_limits
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, Conflict, Gone, NotFound, TooLarge, TooMany

from .models import Piece, Upload
from .upload_stream import Part, PartWriter, by_urls, clean_name

IDLE = timedelta(hours=2)  # an upload that nobody goes on with is deleted
LEAST_PIECE = 64 * 1024  # but for the last: else a file of 200 MB could become millions of rows


def begin(account: Account | None, address: str, length: int, name: str) -> Upload:
    """A place for a file of ``length`` bytes. Raises TooLarge, TooMany (open uploads of one address) and OutOfSpace
    when the disk could not take all that was promised to it."""
    _check_length(length)
    network = hashed_secret.digest(f"upload:{rate_limits.network(address)}")
    upload = Upload.objects.create(
        account=account, network=network, length=length, name=clean_name(name), expires_at=timezone.now() + IDLE
    )
    try:  # with it among them: of many that begin at once each saw the same room before
        limit = settings.OPEN_UPLOADS_PER_IP
        if limit and Upload.objects.filter(network=network).count() > limit:
            raise TooMany("Too many unfinished uploads come from your network address.", retry_after=600, limit=limit)
        stored_files.check_room(Upload.objects.aggregate(left=Sum(F("length") - F("offset")))["left"] or 0)
    except BaseException:
        upload.delete()
        raise
    return upload


def _check_length(length: int) -> None:
    if length > settings.MAX_UPLOAD_BYTES:
        megabytes = settings.MAX_UPLOAD_BYTES // 1_000_000
        raise TooLarge(f"The file is larger than {megabytes} MB.", max_bytes=settings.MAX_UPLOAD_BYTES)


def find(account: Account | None, public_id: str) -> Upload:
    """The upload, for whoever may go on with it. Raises NotFound; Gone when its time is up."""
    found = Upload.objects.filter(public_id=public_id).first()
    if found is None or (found.account_id is not None and (account is None or found.account_id != account.pk)):
        raise NotFound()
    if found.expires_at <= timezone.now():
        raise Gone("This upload was left for too long. Send the file again.")
    return found


def add(upload: Upload, offset: int, part: Part) -> int:
    """Keep the piece that begins at ``offset``; the new offset. Raises Conflict, and keeps nothing, when the upload is
    not there: of two that come at once one is kept."""
    size = part.size or 0
    if size < LEAST_PIECE and offset + size < upload.length:
        raise BadInput(f"A piece has {LEAST_PIECE} bytes at least, but for the last.")
    if not size and offset == upload.offset:  # all of it is here already
        return offset
    key = ids.file_key("pieces")
    stored_files.adopt(part.path, key)
    try:
        with transaction.atomic():
            here = Upload.objects.filter(pk=upload.pk, offset=offset)
            if not here.update(offset=offset + size, expires_at=timezone.now() + IDLE):
                raise Conflict("The upload is at another offset.")
            Piece.objects.create(upload=upload, offset=offset, key=key)
    except BaseException:
        stored_files.delete(key)
        raise
    return offset + size


def drop(*uploads: Upload) -> None:
    """Delete uploads with their pieces."""
    for upload in uploads:
        with transaction.atomic():
            for key in upload.pieces.values_list("key", flat=True):
                stored_files.delete_later(key)
            upload.delete()


def whole(upload: Upload) -> Part:
    """The finished upload as one file; the upload stays as it is. Raises Conflict before its last piece."""
    if upload.offset < upload.length:
        raise Conflict("This upload is not complete yet.")
    writer = PartWriter(upload.length)
    try:
        for key in upload.pieces.order_by("offset").values_list("key", flat=True):
            source, _ = stored_files.open_stored(key)
            with source:
                while data := source.read(stored_files.CHUNK):
                    writer.write(data)
        return writer.done(upload.name)
    except FileNotFoundError:
        writer.close()
        raise Gone("This upload was left for too long. Send the file again.") from None
    except BaseException:
        writer.close()
        raise


def join(request: HttpRequest, account: Account | None) -> None:
    """Put what the form names, finished uploads (``upload``) and an address (``url``), among its files; they are closed
    with the request. Called once the request has been counted: an address is fetched here. An upload counts once, and
    all are together no larger than one file may be, as in a form. Raises TooLarge and OutOfSpace."""
    named = dict.fromkeys(request.POST.getlist("upload")[: settings.DATA_UPLOAD_MAX_NUMBER_FILES])
    found = [find(account, public_id) for public_id in named]
    whole_bytes = sum(upload.length for upload in found)
    _check_length(whole_bytes)
    stored_files.check_room(whole_bytes)
    url = request.POST.get("url", "").strip()
    parts = by_urls([url]) if url else []
    for part in parts:
        request.FILES.appendlist("file", part)
    for upload in found:
        request.FILES.appendlist("file", whole(upload))
    request._uploads = found  # type: ignore[attr-defined]


def taken(request: HttpRequest) -> None:
    """The files of the form are kept elsewhere now; its uploads are not needed any more."""
    drop(*cast(list[Upload], getattr(request, "_uploads", [])))


def sweep() -> None:
    """Delete what was left for too long."""
    drop(*Upload.objects.filter(expires_at__lte=timezone.now()))
