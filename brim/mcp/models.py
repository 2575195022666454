"""What the tools take and answer, for the local server and for the site's: their schemas are made from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from mcp.types import ToolAnnotations
from pydantic import BaseModel, BeforeValidator, Field

from compressor.goal import FORMATS
from compressor.unsupported import asked_format

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
STOPS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

INSTRUCTIONS = (
    "Makes GIFs, clips and other animations small. Say the limit in bytes: the file that comes back never passes it, "
    "at the best quality that fits. When it cannot fit, the result says so and names what would. Call make_it_fit with "
    "words ('under 500KB, first 3 seconds') or with fields. Results are links, never bytes."
)
FIT_PROMPT = (
    "Make {file} fit {limit}. First call explain with the wish to see how it is understood, then make_it_fit. Tell me "
    "the size, the format and the quality of the result, and every warning. If it does not fit, say what would."
)

Words = Annotated[
    str, Field(description="What is wanted, in plain words: 'under 500KB', '720p MP4', 'first 3 seconds'")
]
Format = Annotated[
    Literal[FORMATS] | None,  # type: ignore[valid-type]
    BeforeValidator(asked_format),
    Field(description="Left out: as the words say"),
]
Ceiling = Annotated[int | None, Field(ge=1, le=1_000_000_000, description="A hard ceiling in bytes")]
Looks = Annotated[float | None, Field(ge=0, le=100, description="On the SSIMULACRA2 scale: 90 cannot be told apart")]
Wide = Annotated[int | None, Field(ge=1, le=8192, description="Pixels")]
Place = Annotated[str | None, Field(max_length=60, description="A platform, see the resource brim://presets")]


class Explained(BaseModel):
    """How words are understood. Nothing was changed."""

    explain: dict[str, Any] = Field(description="The keys of docs/language.md")
    goal: dict[str, Any] = Field(description="What is asked of the file")
    sentences: list[str] = Field(description="The same for a person")
    missed: list[str] = Field(description="Pieces that were not understood")


class Facts(BaseModel):
    """What a file is."""

    id: str = Field(description="The path of a local file, or the id of a file of the site")
    name: str
    kind: Literal["video", "image", "audio"]
    format: str
    bytes: int
    width: int
    height: int
    frames: int
    duration_ms: int
    loop: int | None = None
    has_alpha: bool
    has_audio: bool


class RuleResult(BaseModel):
    """One rule of a place and how the file stands to it."""

    name: str
    passed: bool
    want: str
    got: str
    mark: str = Field(description="P the platform's own document, S a third party, U unverified")


class Checked(BaseModel):
    """Whether a place would take a file."""

    place: str
    taken: bool
    rules: list[RuleResult]


class Edited(BaseModel):
    """What an edit or an undo changed."""

    changed: list[str] = Field(description="One sentence for each change")
    missed: list[str] = Field(description="Pieces that were not understood or cannot be done")
    goal: dict[str, Any]
    draft: dict[str, Any] = Field(description="The timeline; its schema is the resource brim://schema/draft")
    summary: str
    renders: list[str] = Field(default_factory=list, description="Ids of renders that the words started")


class Rendered(BaseModel):
    """One render. ``fits`` false: the ceiling could not be met, this is the closest, ``would_fit`` names what would."""

    id: str
    state: Literal["queued", "running", "finished", "failed", "cancelled"]
    progress: float
    fits: bool | None = None
    would_fit: str = ""
    bytes: int | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration_ms: int | None = None
    quality: float | None = Field(None, description="Mean SSIMULACRA2, 100 is identical")
    uri: str | None = Field(None, description="Where the file is: a file:// or an https:// address")
    warnings: list[str] = Field(default_factory=list)
    error: str | None = None


class Uploading(BaseModel):
    """Where one file can be sent, once."""

    url: str = Field(description="PUT the bytes here, or POST them as the form field files; no headers are needed")
    project: str = Field(description="Pass this to make_it_fit when the file was sent")
    expires_at: str
    max_bytes: int


class Shared(BaseModel):
    """A page that anybody with the link can open."""

    url: str
    expires_at: str


class Credits(BaseModel):
    available: int
    frozen: int = Field(description="Held by renders in progress")
    total: int


def asked(**fields: Any) -> dict[str, Any]:
    """The goal of those fields that were given."""
    return {k: v for k, v in fields.items() if v is not None}
