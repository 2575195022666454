"""The schemas of /api/v1. They define the OpenAPI document and validate requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field

from compressor.formats import CODEC_CHOICES
from compressor.goal import FORMATS
from compressor.unsupported import asked_format


class Strict(Schema):
    """A request body. Unknown fields are an error."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """An error. ``code`` is as in the agent contract; ``data`` has details. The other members are those of RFC 9457;
    a client that accepts application/problem+json gets that type."""

    code: int = Field(examples=[2001])
    message: str = Field(examples=["There are not enough credits for this render."])
    data: dict[str, Any] | None = Field(None, examples=[{"available": 0, "required": 3}])
    type: str = Field("about:blank", description="an address that explains the kind of refusal")
    title: str = Field("", description="the kind of refusal in words")
    status: int = Field(500, description="the HTTP status again")
    detail: str = Field("", description="the same as message")


Format = Annotated[Literal[FORMATS], BeforeValidator(asked_format)]  # type: ignore[valid-type]


class GoalIn(Strict):
    """The goal of a render. Fields that are left out are not asked for. ``max_bytes`` is a hard limit."""

    format: Format | None = None
    codec: Literal[CODEC_CHOICES] | None = None  # type: ignore[valid-type]
    max_bytes: int | None = Field(None, ge=1, le=1_000_000_000)
    max_ratio: float | None = Field(None, gt=0, le=1, description="of the source's bytes")
    quality: float | None = Field(None, ge=0, le=100, description="on the SSIMULACRA2 scale")
    min_quality: float | None = Field(None, ge=0, le=100, description="a result below it does not fit")
    lossless: bool = False
    width: int | None = Field(None, ge=1, le=8192)
    height: int | None = Field(None, ge=1, le=8192)
    short_side: int | None = Field(None, ge=1, le=8192)
    scale: float | None = Field(None, gt=0, le=8)
    fps: float | None = Field(None, gt=0, le=120)
    max_frames: int | None = Field(None, ge=1, le=20_000)
    colors: int | None = Field(None, ge=2, le=256)
    loop: int | None = Field(None, ge=0, le=65535)
    preset: str | None = Field(None, max_length=60)


class ProjectIn(Strict):
    title: str = Field("project", min_length=1, max_length=120)


class EditsIn(Strict):
    """Edits as objects (see docs/draft.schema.json), or ``words``; both: the edits first."""

    edits: list[dict[str, Any]] = Field(default_factory=list, max_length=100)
    words: str = Field("", max_length=8000)


class WordsIn(Strict):
    words: str = Field(max_length=8000)


class UrlIn(Strict):
    url: str = Field(min_length=1, max_length=4000)
    project: str | None = Field(None, max_length=40)


class RenderIn(Strict):
    """``words`` may say the goal too; fields of ``goal`` win over them, and both over the file's own. ``media`` is the
    file whose draft and goal are meant; left out, the one being edited."""

    project: str = Field(max_length=40)
    media: str | None = Field(None, max_length=40)
    goal: GoalIn = Field(default_factory=lambda: GoalIn.model_validate({}))
    words: str = Field("", max_length=8000)


class FormatsIn(RenderIn):
    """One render for each of ``formats``; left out, those that the words name, else all that are compared."""

    formats: list[Format] = Field(default_factory=list, max_length=len(FORMATS))


class TogetherIn(Strict):
    """``max_bytes`` is the limit of all files of the project together."""

    project: str = Field(max_length=40)
    max_bytes: int = Field(ge=1, le=1_000_000_000)
    format: Format | None = None
    words: str = Field("", max_length=8000)


class ShareIn(Strict):
    password: str = Field("", max_length=200)
    days: int | None = Field(None, ge=1, le=365)


class MediaOut(Schema):
    id: str
    project: str
    name: str
    kind: Literal["video", "image", "audio"]
    format: str
    bytes: int
    sha256: str
    width: int
    height: int
    frames: int
    duration_ms: int
    loop: int | None
    has_alpha: bool
    has_audio: bool
    url: str


class FileGoalOut(Schema):
    """The state of one file: its draft and goal."""

    draft: dict[str, Any]
    goal: dict[str, Any]


class ProjectOut(Schema):
    """``draft`` and ``goal`` are those of the file being edited, ``working_on``; ``files`` has those of every file
    by its id."""

    id: str
    session_id: str
    title: str
    draft: dict[str, Any]
    goal: dict[str, Any]
    summary: str
    revision: int
    media: list[MediaOut]
    working_on: str
    files: dict[str, FileGoalOut]
    created_at: datetime


class EditsOut(Schema):
    """What changed, in words; ``reply`` is all that is answered to the words, in their language. ``renders`` are the
    ids of those that the words started, ``missed`` the pieces that were not understood."""

    changed: list[str]
    missed: list[dict[str, Any]]
    reply: str
    renders: list[str]
    working_on: str
    draft: dict[str, Any]
    goal: dict[str, Any]
    summary: str
    revision: int


class ExplainOut(Schema):
    explain: dict[str, Any]
    goal: dict[str, Any]
    sentences: list[str]
    missed: list[dict[str, Any]]


class FileOut(Schema):
    url: str
    bytes: int
    format: str
    width: int
    height: int
    frames: int
    duration_ms: int


class RenderOut(Schema):
    """``fits`` is false when the ceiling could not be met: ``file`` is then the closest, and ``would_fit`` says what
    would do it. Credits are what was paid, or what is held while it runs."""

    id: str
    project: str
    state: Literal["queued", "running", "finished", "failed", "cancelled"]
    progress: float
    stage: str
    left_s: float | None
    goal: dict[str, Any]
    fits: bool | None
    would_fit: str
    file: FileOut | None
    report: dict[str, Any]
    error: str | None
    credits: int
    created_at: datetime
    finished_at: datetime | None


class ShareOut(Schema):
    token: str
    url: str
    expires_at: datetime
    views: int


class CreditsOut(Schema):
    available: int
    frozen: int
    total: int


class RuleOut(Schema):
    """A platform's limits. ``mark``: [P] the platform's own document, [S] a third party, [U] unverified."""

    name: str
    facts: dict[str, Any]


class ReceiptOut(Schema):
    number: str
    url: str
    deleted: dict[str, int]


class UrlOnlyIn(Schema):
    url: str = Field(max_length=500)


class WebhookOut(Schema):
    id: str
    url: str
    created_at: str
    secret: str | None = Field(None, description="Only in the answer that adds it.")
