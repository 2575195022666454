"""Bearer tokens: created for a client id or by a person, shown once, stored as a hash, revocable at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as later

from gifweb.errors import BadInput, Forbidden, NotFound

from . import hashed_secret, identity, rate_limits
from .models import Account, ApiToken, ClientId

SCOPES = {
    "read": later("see projects, files, renders and credits"),
    "write": later("make and change projects, talk to them"),
    "upload": later("add files"),
    "render": later("start and stop renders, which costs credits"),
    "*": later("all of these"),
}
_SEEN_EVERY = timedelta(minutes=1)  # how often the last use is stored: not with every request
MAX_TOKENS = 50
SECRET_FROM = 16  # characters of a client id that nobody else can know


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token in clear text. It is not stored."""

    token: str
    account: Account
    row: ApiToken


def scopes(words: list[str] | tuple[str, ...]) -> str:
    """Return the scopes in order, each once; ``*`` includes all others. Raises BadInput."""
    unknown = [w for w in words if w not in SCOPES]
    if unknown or not words:
        raise BadInput(f"A token needs at least one of these scopes: {', '.join(SCOPES)}.", unknown=unknown)
    return "*" if "*" in words else " ".join(s for s in SCOPES if s in words)


def issue(
    account: Account, name: str, allowed: list[str] | tuple[str, ...] = ("*",), expires_at: datetime | None = None
) -> Issued:
    """Create a token for ``account``. Raises BadInput for an unknown scope or too many tokens."""
    name = " ".join(name.split())[:80] or "token"
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)  # of many at once each found room
        if ApiToken.objects.filter(account=account, revoked_at=None, by_client=False).count() >= MAX_TOKENS:
            raise BadInput(f"There are {MAX_TOKENS} tokens already. Revoke one first.")
        return _issue(account, name, scopes(allowed), expires_at, by_client=False)


def _issue(account: Account, name: str, allowed: str, expires_at: datetime | None, *, by_client: bool) -> Issued:
    raw = hashed_secret.make("gw_")
    row = ApiToken.objects.create(
        account=account,
        name=name,
        hash=hashed_secret.digest(raw),
        start=raw[:8],
        scopes=allowed,
        by_client=by_client,
        expires_at=expires_at,
    )
    return Issued(raw, account, row)


def for_client(client_id: str, address: str) -> Issued:
    """Create a token for a ``client_id`` (1 to 64 characters), valid for ANON_TOKEN_DAYS.

    The same id again leads to the same account and brings no new credits; one of less than SECRET_FROM characters only
    from the same network. A new id counts against the address:
    raises TooMany beyond ANON_TOKENS_PER_IP in 7 days, and BadInput for an id that cannot be one.
    """
    if not client_id.strip() or len(client_id) > 64:
        raise BadInput("The header X-Client-Id must have 1 to 64 characters.")
    rate_limits.hit("token", rate_limits.network(address))
    mark = _mark(client_id, address)
    account = _client(mark)
    if account is None:
        try:
            with transaction.atomic():
                # In the transaction: a twin that was sooner gives this address its count back.
                account = identity.begin(address)
                ClientId.objects.create(account=account, hash=mark)
        except IntegrityError:
            account = _client(mark)
            if account is None:
                raise
    expires_at = timezone.now() + timedelta(days=settings.ANON_TOKEN_DAYS)
    issued = _issue(account, "agent", "*", expires_at, by_client=True)
    _thin_out(account)
    return issued


def _mark(client_id: str, address: str) -> str:
    """The hash of a client id. Whoever knows the id has the account: one that can be guessed counts in its network
    alone."""
    guessed = len(client_id) < SECRET_FROM
    return hashed_secret.digest(
        f"client:{client_id}@{rate_limits.network(address)}" if guessed else f"client:{client_id}"
    )


def _client(mark: str) -> Account | None:
    found = ClientId.objects.select_related("account").filter(hash=mark).first()
    return found.account if found else None


def _thin_out(account: Account) -> None:
    """Delete all but the newest client tokens, because some agents request one at every start."""
    mine = ApiToken.objects.filter(account=account, by_client=True)
    old = list(mine.order_by("-created_at", "-id").values_list("pk", flat=True)[MAX_TOKENS:])
    if old:
        mine.filter(pk__in=old).delete()


def account_for(raw: str, scope: str | None = None) -> Account | None:
    """Return the account of a valid token, or None. Raises Forbidden when the token lacks ``scope``."""
    if not raw or len(raw) > 200:
        return None
    now = timezone.now()
    # One indexed query; the conditions are checked here, because this runs before every response to a program.
    found = ApiToken.objects.select_related("account", "account__user").filter(hash=hashed_secret.digest(raw))
    row = next(iter(found), None)
    if row is None or not _counts(row, now):
        return None
    if scope and row.scopes != "*" and scope not in row.scopes.split():
        raise Forbidden(f"This token may not do that; it would need the scope “{scope}”.")
    if row.last_used_at is None or row.last_used_at < now - _SEEN_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row.account


def _counts(row: ApiToken, now: datetime) -> bool:
    """Whether the token and its account are valid."""
    account = row.account
    return (
        row.revoked_at is None
        and (row.expires_at is None or row.expires_at > now)
        and account.closed_at is None
        and account.merged_into_id is None
        and (account.user is None or account.user.is_active)
    )


def revoke(account: Account, pk: int) -> ApiToken:
    """Revoke one of the account's tokens. Raises NotFound for another account's and for a missing one."""
    row = ApiToken.objects.filter(account=account, pk=pk).first()
    if row is None:
        raise NotFound()
    ApiToken.objects.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now())
    row.refresh_from_db()
    return row


# Other apps end here what else tells an account's affairs to whoever set it up: ``end(account)``.
on_revoke_all: list[Callable[[Account], object]] = []


def revoke_all(account: Account) -> None:
    """Revoke every token and client id of the account."""
    with transaction.atomic():
        forget_client(account)
        ApiToken.objects.filter(account=account, revoked_at=None).update(revoked_at=timezone.now())
        for end in on_revoke_all:
            end(account)


def forget_client(account: Account) -> int:
    """Remove every client id from the account and revoke its tokens. A client id that returns gets a new account."""
    with transaction.atomic():
        gone, _ = ClientId.objects.filter(account=account).delete()
        ApiToken.objects.filter(account=account, by_client=True, revoked_at=None).update(revoked_at=timezone.now())
    return gone
