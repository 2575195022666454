"""The errors of the engine, as one tree.

    CompressorError            code  exit
    ├── BadRequest              422     2    an invalid goal, plan or draft
    ├── CannotFit               422     3    the ceiling cannot be met; carries the closest result
    ├── UnreadableMedia        4001     4    not a picture, damaged, or empty
    │   └── UnsupportedMedia   4001     4    a kind of file that is not supported
    ├── OverLimit              4002     5    too many bytes, pixels, frames or seconds
    ├── Cancelled               499     6    stopped on request
    └── EngineFailure           500     1    a fault in this program
        ├── EncoderFailure      500     1    one encoder failed; another may be tried
        └── ChildDied           500     1    the sandboxed process was killed or crashed

``message`` is one sentence for the user; ``detail`` is for the log only.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CompressorError(Exception):
    code: ClassVar[int] = 500
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, detail: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.data: dict[str, Any] = data

    def to_json(self) -> dict[str, Any]:
        return {"error": type(self).__name__, "message": self.message, "detail": self.detail, "data": self.data}

    @staticmethod
    def from_json(value: dict[str, Any]) -> CompressorError:
        """The same error again on the other side of a pipe; an unknown class becomes EngineFailure."""
        kind = _BY_NAME.get(str(value.get("error")), EngineFailure)
        data = {str(k): v for k, v in dict(value.get("data") or {}).items()}
        return kind(str(value.get("message") or "It failed."), detail=str(value.get("detail") or ""), **data)


class BadRequest(CompressorError):
    code = 422
    exit_status = 2


class CannotFit(CompressorError):
    """``data``: ``closest_bytes``, ``max_bytes``, ``would_fit`` (a sentence naming the lever that would do it)."""

    code = 422
    exit_status = 3


class UnreadableMedia(CompressorError):
    code = 4001
    exit_status = 4


class UnsupportedMedia(UnreadableMedia):
    pass


class OverLimit(CompressorError):
    code = 4002
    exit_status = 5


class Cancelled(CompressorError):
    code = 499
    exit_status = 6


class EngineFailure(CompressorError):
    pass


class EncoderFailure(EngineFailure):
    pass


class ChildDied(EngineFailure):
    pass


_BY_NAME: dict[str, type[CompressorError]] = {
    kind.__name__: kind
    for kind in (
        BadRequest,
        CannotFit,
        UnreadableMedia,
        UnsupportedMedia,
        OverLimit,
        Cancelled,
        EngineFailure,
        EncoderFailure,
        ChildDied,
    )
}
