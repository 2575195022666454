"""Projects, their media, revisions, chat turns and previews."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from compressor.media import MediaInfo
from gifweb import ids


class Project(models.Model):
    """A project; agents call it a session. ``draft_number`` is the number of the current revision (0: none yet)."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="projects")
    public_id = models.CharField(max_length=32, unique=True, default=ids.public_id, editable=False)
    session_id = models.CharField(max_length=19, unique=True, default=ids.session_id, editable=False)
    task_id = models.CharField(max_length=40, unique=True, default=ids.task_id, editable=False)
    title = models.CharField(max_length=120, default="project")
    language = models.CharField(max_length=16, default="en")
    goal = models.JSONField(default=dict, blank=True)
    draft_number = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-changed_at"]
        indexes = [models.Index(fields=["account", "-changed_at"], name="project_of_account")]

    def __str__(self) -> str:
        return self.title


class Media(models.Model):
    """An uploaded file, stored under a random key. ``facts`` come from its bytes; ``name`` is data, never a path."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="media")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="media")
    public_id = models.CharField(max_length=32, unique=True, default=ids.public_id, editable=False)
    name = models.CharField(max_length=255)
    key = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    facts = models.JSONField()  # MediaInfo
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # the file is deleted, the row stays

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name_plural = "media"
        indexes = [models.Index(fields=["account", "sha256"], name="media_by_hash")]

    def __str__(self) -> str:
        return self.name

    @property
    def info(self) -> MediaInfo:
        return MediaInfo.from_json(self.facts)


class Upload(models.Model):
    """A file on its way, in pieces. ``network`` is a hash of the network that it comes from."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="uploads", null=True)
    public_id = models.CharField(max_length=32, unique=True, default=ids.public_id, editable=False)
    network = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=255)
    length = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.offset} of {self.length} bytes"


class Piece(models.Model):
    """The bytes of an upload from ``offset`` on, up to the next piece, stored under ``key``."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    offset = models.BigIntegerField()
    key = models.CharField(max_length=200, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "offset"], name="piece_at_offset")]

    def __str__(self) -> str:
        return f"from {self.offset} on"


class Revision(models.Model):
    """The state of a project after one message, numbered from 1. Undo and redo change the project's ``draft_number``; a
    new edit after an undo deletes the later revisions.

    ``draft`` and ``goal`` are those of the file being edited, ``media`` (its public id; "" before the first upload and
    in rows from before each file had its own draft). ``others`` has those of the other edited files: public id →
    {draft, goal}. ``cause`` is what the message did: {edits: public id → edits, base: public id → the revision that the
    edits start from where it is not the previous one, explain}.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    draft: models.JSONField[dict[str, Any]] = models.JSONField()
    goal = models.JSONField(default=dict)
    media = models.CharField(max_length=32, blank=True, default="")
    others = models.JSONField(default=dict, blank=True)
    cause = models.JSONField(default=dict, blank=True)
    sentence = models.TextField(default="", blank=True)  # what changed
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="revision_number")]

    def __str__(self) -> str:
        return f"{self.number}: {self.sentence}"


class Turn(models.Model):
    """One message of the chat: of the person (role user) or of the site (role model). ``data`` has what it led to."""

    ROLES = [("user", "user"), ("model", "model")]

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="turns")
    role = models.CharField(max_length=8, choices=ROLES)
    text = models.TextField()
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.role}: {self.text[:60]}"


class Preview(models.Model):
    """A small video of one revision, see-through where the revision is. ``key`` is empty until it is made."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="preview")
    key = models.CharField(max_length=200, blank=True, default="")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    format = models.CharField(max_length=8, default="mp4")
    failed = models.BooleanField(default=False)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"preview of {self.revision_id}"
