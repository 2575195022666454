"""An object store that speaks as much of S3 as the site needs, on this machine: objects in memory, addressed by path.

PUT (whole, in chunks, in parts, as a copy), GET with a range, HEAD, DELETE, the list of a prefix. ``Store.asked`` keeps
what was asked.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Store:
    """What is kept: (bucket/key) → bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.times: dict[str, float] = {}  # when each was put, where that is not long ago
        self.parts: dict[str, dict[int, bytes]] = {}
        self.asked: list[tuple[str, str, str]] = []  # method, bucket/key, range
        self.lock = threading.Lock()
        self.url = ""
        self.fault = ""  # what a drill does to it


def unchunked(body: bytes) -> bytes:
    """The bytes of an ``aws-chunked`` body: size in hex, a signature perhaps, the bytes; trailers after the last."""
    whole, at = b"", 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end].split(b";")[0], 16)
        if not size:
            return whole
        whole += body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def log_message(self, *arguments: object) -> None:
        """Nothing on the screen of the tests."""

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def missing(self) -> None:
        self.send(404, b"<Error><Code>NoSuchKey</Code></Error>", Content_Type="application/xml")

    def place(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        key = unquote(parts.path).lstrip("/")
        with self.store.lock:
            self.store.asked.append((self.command, key, self.headers.get("Range", "")))
        return key, parse_qs(parts.query, keep_blank_values=True)

    def body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return unchunked(body) if "aws-chunked" in self.headers.get("Content-Encoding", "") else body

    def do_PUT(self) -> None:
        key, query = self.place()
        content = self.body()
        if source := self.headers.get("x-amz-copy-source"):
            found = self.store.objects.get(unquote(source).lstrip("/"))
            if found is None:
                return self.missing()
            self.store.objects[key], self.store.times[key] = found, time.time()
            return self.send(200, b"<CopyObjectResult><ETag>x</ETag></CopyObjectResult>")
        if "uploadId" in query:
            self.store.parts[query["uploadId"][0]][int(query["partNumber"][0])] = content
        else:
            self.store.objects[key], self.store.times[key] = content, time.time()
        return self.send(200, ETag=f'"{hashlib.md5(content).hexdigest()}"')

    def do_POST(self) -> None:
        key, query = self.place()
        self.body()
        bucket, _, name = key.partition("/")
        if "uploads" in query:
            ident = f"upload{len(self.store.parts)}"
            self.store.parts[ident] = {}
            told = f"<Bucket>{bucket}</Bucket><Key>{name}</Key><UploadId>{ident}</UploadId>"
            return self.send(200, f"<InitiateMultipartUploadResult>{told}</InitiateMultipartUploadResult>".encode())
        parts = self.store.parts.pop(query["uploadId"][0])
        self.store.objects[key] = b"".join(parts[number] for number in sorted(parts))
        told = f"<Bucket>{bucket}</Bucket><Key>{name}</Key><ETag>x</ETag>"
        return self.send(200, f"<CompleteMultipartUploadResult>{told}</CompleteMultipartUploadResult>".encode())

    def list(self, bucket: str, prefix: str) -> None:
        """All in one answer, as a real store gives them for up to a thousand."""
        told = ""
        for key in sorted(key for key in self.store.objects if key.startswith(f"{bucket}/{prefix}")):
            at = datetime.fromtimestamp(self.store.times.get(key, 0), UTC).isoformat(timespec="seconds")
            size = len(self.store.objects[key])
            told += f"<Contents><Key>{key.partition('/')[2]}</Key><LastModified>{at}</LastModified>"
            told += f"<Size>{size}</Size></Contents>"
        head = f"<Name>{bucket}</Name><Prefix>{prefix}</Prefix><IsTruncated>false</IsTruncated>"
        self.send(200, f"<ListBucketResult>{head}{told}</ListBucketResult>".encode(), Content_Type="application/xml")

    def do_GET(self) -> None:
        key, query = self.place()
        if "/" not in key:
            return self.list(key, query.get("prefix", [""])[0])
        found = self.store.objects.get(key)
        if found is None:
            return self.missing()
        headers = {"ETag": '"x"', "Last_Modified": "Wed, 25 Nov 2026 00:00:00 GMT", "Accept_Ranges": "bytes"}
        if asked := self.headers.get("Range", ""):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            end = int(last) + 1 if last else len(found)
            part = found[int(first) : end]
            headers["Content_Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(found)}"
            return self.send(206, part, **headers)
        return self.send(200, found, **headers)

    def do_HEAD(self) -> None:
        key, _ = self.place()
        found = self.store.objects.get(key)
        if found is None:
            return self.missing()
        return self.send(200, Content_Length=str(len(found)), ETag='"x"', Last_Modified="Wed, 25 Nov 2026 00:00:00 GMT")

    def do_DELETE(self) -> None:
        key, query = self.place()
        if "uploadId" in query:
            self.store.parts.pop(query["uploadId"][0], None)
        else:
            self.store.objects.pop(key, None)
        self.send(204)


@contextmanager
def serving(handler: type[Handler] = Handler) -> Iterator[Store]:
    """A store on a free port of this machine."""
    store = Store()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (handler,), {"store": store}))
    server.daemon_threads = True
    store.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, name="s3", daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
