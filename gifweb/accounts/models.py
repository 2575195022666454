"""Accounts, users, tokens and links. An Account owns everything; a User is a person who can sign in to one."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone


def anonymous_name() -> str:
    return f"anon_{secrets.token_hex(16)}"


class People(BaseUserManager["User"]):
    """Creates users. The email address is the sign-in name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A registered person. The email address is the user name."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[People] = People()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email


class Account(models.Model):
    """The owner of projects, files, renders, tokens and credits. ``user`` is empty for a visitor.

    ``merged_into`` and ``closed_at`` end an account: it gives no access any more, but its ledger rows stay.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=40, unique=True, default=anonymous_name, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, blank=True, related_name="account")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    begins_free = True  # while it is made: whether it gets free credits (see identity.make); not a column

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | models.Q(user=None), name="account_merged_has_no_user"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(user=None), name="account_closed_has_no_user"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_visitor(self) -> bool:
        return self.user_id is None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.merged_into_id is None


class ApiToken(models.Model):
    """A bearer token, stored as a hash. ``start`` has its first letters, to tell tokens apart on a page."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=12)
    scopes = models.CharField(max_length=80, default="*")  # names of tokens.SCOPES, separated by spaces
    by_client = models.BooleanField(default=False)  # made by a client id, not by a person on the account page
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"


class ClientId(models.Model):
    """A hashed ``X-Client-Id``. The same id always leads to the same account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="client_ids")
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"client of {self.account_id}"


class BindLink(models.Model):
    """The hashed secret of ``/register?bind=…``. The first person who signs in with it owns the account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="bind_links")
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"bind link of {self.account_id}"


class ClaimLink(models.Model):
    """The hashed secret of ``/workspace/claim?ct=clm_…``. It shows one object of a visitor and gives no API access."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="claim_links")
    subject = models.CharField(max_length=80)  # “noun:name” of the object
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"claim link of {self.account_id}"


class Hits(models.Model):
    """The count of one rate limit for one account or address in the current window."""

    scope = models.CharField(max_length=40)
    who = models.CharField(max_length=64)  # a hash; addresses are not stored
    until = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "hits"
        constraints = [models.UniqueConstraint(fields=["scope", "who"], name="hits_once")]

    def __str__(self) -> str:
        return f"{self.scope}: {self.count}"


class Receipt(models.Model):
    """A record of what was deleted, when and why. It stays after the deletion and names no person."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="receipts")
    number = models.CharField(max_length=32, unique=True)
    reason = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.number
