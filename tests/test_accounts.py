"""Who somebody is: the visitor's cookie, tokens, client ids, limits, the account page, leaving."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from gifweb import accounts
from gifweb.accounts import claim_links, data_owners, identity, privacy, rate_limits, tokens
from gifweb.accounts.models import Account, ApiToken, ClientId, Receipt, User
from gifweb.credits import ledger
from gifweb.errors import BadInput, Forbidden, Gone, NotFound, TooMany
from gifweb.webhooks import outbox

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _forget_attempts() -> None:
    """allauth counts attempts in the cache, which outlives a test."""
    cache.clear()


def visitor(client: Client) -> Account:
    """A visitor in ``client``, as the middleware makes one."""
    made = identity.make()
    client.cookies["visitor"] = identity.cookie_for(made)
    return made


def register(client: Client, email: str = "ann@example.org") -> User:
    response = client.post("/register", {"email": email, "password1": PASSWORD})
    assert response.status_code == 302, response.content
    return User.objects.get(email=email)


def sign_in(client: Client) -> HttpResponse:
    """In, and with the password confirmed as before something that cannot be undone."""
    client.post("/logout")
    client.post("/login", {"login": "ann@example.org", "password": PASSWORD})
    return client.post("/account/confirm", {"password": PASSWORD})


def scope_of(cookies: str) -> dict[str, object]:
    return {"type": "websocket", "headers": [(b"cookie", cookies.encode())]}


class TestVisitor:
    def test_looking_makes_nothing(self, client: Client) -> None:
        assert client.get("/account").status_code == 200
        assert not Account.objects.exists()
        assert not client.cookies

    def test_an_account_is_made_when_needed_and_kept_by_cookie(self, client: Client) -> None:
        client.post("/account/tokens", {"name": "x", "scope": "read"})
        made = Account.objects.get()
        cookie = client.cookies["visitor"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert client.get("/account").context["account"] == made
        assert ledger.balance(made).available == 100

    def test_under_https_the_cookie_is_bound_to_the_host(self, settings: object) -> None:
        settings.SESSION_COOKIE_SECURE = True  # type: ignore[attr-defined]
        request = RequestFactory().get("/")

        def view(request: HttpRequest) -> HttpResponse:
            accounts.ensure(request)
            return HttpResponse()

        cookie = identity.VisitorCookie(view)(request).cookies["__Host-visitor"]
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]

    @pytest.mark.parametrize(
        "cookie",
        ["", "x", "a:b:c", signing.dumps("no uuid", salt="gifweb.accounts.visitor")],
        ids=["empty", "a letter", "three parts", "signed, no uuid"],  # a signature has its second in it
    )
    def test_nonsense_in_the_cookie_is_nobody(self, client: Client, cookie: str) -> None:
        visitor(client)
        client.cookies["visitor"] = cookie
        assert client.get("/account").context["account"] is None

    def test_a_cookie_of_another_signer_is_nobody(self, client: Client) -> None:
        made = visitor(client)
        client.cookies["visitor"] = signing.dumps(str(made.pk), salt="gifweb.accounts.visitor", key="another key")
        assert client.get("/account").context["account"] is None

    def test_sockets_know_the_same_visitor(self, client: Client) -> None:
        made = visitor(client)
        cookie = client.cookies["visitor"].value
        assert accounts.for_scope(scope_of(f"a=1; visitor={cookie}")) == made
        assert accounts.for_scope(scope_of("visitor=forged")) is None
        assert accounts.for_scope({"type": "websocket"}) is None

    def test_new_visitors_of_one_address_are_limited(self, settings: object) -> None:
        settings.LIMITS = {**settings.LIMITS, "visitor": "2/h"}  # type: ignore[attr-defined]
        for _ in range(2):
            assert Client().post("/account/tokens", {"name": "x", "scope": "read"}).status_code == 200
        refused = Client().post("/account/tokens", {"name": "x", "scope": "read"})
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 3000
        assert '"visitor";q=2;w=3600' in refused["RateLimit-Policy"]
        assert Account.objects.count() == 2


class TestSignIn:
    def test_registering_keeps_what_the_visitor_made(self, client: Client) -> None:
        before = visitor(client)
        user = register(client)
        assert Account.objects.get() == before
        assert Account.objects.get().user == user
        assert not client.cookies["visitor"].value
        assert "/account/email/" in mail.outbox[0].body

    def test_the_visitors_cookie_opens_nothing_any_more(self, client: Client) -> None:
        visitor(client)
        old = client.cookies["visitor"].value
        register(client)
        other = Client()
        other.cookies["visitor"] = old
        assert other.get("/account").context["account"] is None

    def test_signing_in_brings_along_what_was_made_before(self, client: Client) -> None:
        user = register(client)
        client.post("/logout")
        mine = identity.for_user(user)
        guest = visitor(client)
        ledger.grant(guest, 30, "gift", "g")
        response = client.post("/login", {"login": "ann@example.org", "password": PASSWORD})
        assert response.status_code == 302
        guest.refresh_from_db()
        assert guest.merged_into == mine
        assert ledger.balance(mine).available == 130

    def test_mail_confirms_and_resets(self, client: Client) -> None:
        register(client)
        confirm = next(w for w in mail.outbox[0].body.split() if "/account/email/" in w)
        path = confirm.split("testserver", 1)[1]
        assert client.post(path).status_code == 302
        assert User.objects.get().emailaddress_set.get().verified
        client.post("/logout")
        client.post("/account/password/reset", {"email": "ann@example.org"})
        link = next(w for w in mail.outbox[-1].body.split() if "/account/password/reset/" in w)
        page = client.get(link.split("testserver", 1)[1], follow=True)
        target = page.redirect_chain[-1][0]
        done = client.post(target, {"password1": "another long secret", "password2": "another long secret"})
        assert done.status_code == 302
        signed = client.post("/login", {"login": "ann@example.org", "password": "another long secret"})
        assert signed.status_code == 302

    @pytest.mark.parametrize("confirmed", [False, True])
    def test_who_registered_with_a_strangers_address_keeps_nothing(self, client: Client, confirmed: bool) -> None:
        """Sessions end with the password; tokens and webhooks stood, and saw all that the owner of the mailbox did."""
        user = register(client)
        user.emailaddress_set.update(verified=confirmed)
        mine = identity.for_user(user)
        token = tokens.issue(mine, "waiting").token
        outbox.add(mine, "https://example.org/told")
        her = Client()
        her.post("/account/password/reset", {"email": "ann@example.org"})
        link = next(w for w in mail.outbox[-1].body.split() if "/account/password/reset/" in w)
        target = her.get(link.split("testserver", 1)[1], follow=True).redirect_chain[-1][0]
        her.post(target, {"password1": "another long secret", "password2": "another long secret"})
        assert (accounts.for_token(token) is not None) is confirmed
        assert mine.webhooks.exists() is confirmed
        assert client.get("/account").context["account"] is None

    def test_short_and_common_passwords_are_refused(self, client: Client) -> None:
        for bad in ("short", "password123", "12345678901"):
            assert client.post("/register", {"email": "a@example.org", "password1": bad}).status_code == 200
        assert not User.objects.exists()

    def test_guessing_passwords_is_throttled(self, client: Client) -> None:
        register(client)
        client.post("/logout")
        for _ in range(5):
            client.post("/login", {"login": "ann@example.org", "password": "wrong"})
        page = client.post("/login", {"login": "ann@example.org", "password": PASSWORD})
        assert page.status_code in (200, 429)
        assert client.get("/account").context["account"] is None

    def test_guesses_at_many_names_forget_none(self) -> None:
        """Django's cache in memory forgets a third of its entries beyond 300: guesses at one name could go on."""
        cache.set("guesses-at-ann", 5)
        for n in range(1000):
            cache.set(f"guesses-at-{n}", 1)
        assert cache.get("guesses-at-ann") == 5

    def test_allauths_own_limit_answers_like_ours(self, client: Client, settings: object) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}  # type: ignore[attr-defined]
        client.post("/login", {"login": "x@example.org", "password": "wrong"})
        refused = client.post("/login", {"login": "x@example.org", "password": "wrong"})
        assert refused.status_code == 429
        assert refused["Retry-After"] == "60"

    @pytest.mark.parametrize(
        "path",
        [
            "/account/email",
            "/account/password",
            "/account/sessions",
            "/account/factors",
            "/account/factors/keys",
            "/account/factors/app/add",
            "/logout",
            "/account",
            "/account/delete",
        ],
    )
    def test_every_page_of_ones_own_opens(self, client: Client, path: str) -> None:
        register(client)
        for link in mail.outbox[0].body.split():
            if "/account/email/" in link:
                client.post(link.split("testserver", 1)[1])
        sign_in(client)
        assert client.get(path).status_code == 200

    def test_an_authenticator_app_is_asked_for(self, client: Client) -> None:
        from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

        user = register(client)
        link = next(w for w in mail.outbox[0].body.split() if "/account/email/" in w)
        client.post(link.split("testserver", 1)[1])
        sign_in(client)
        client.get("/account/factors/app/add")
        key = client.session["mfa.totp.secret"]

        def code() -> str:
            return format_hotp_value(hotp_value(key, next(iter(yield_hotp_counters_from_time()))))

        assert client.post("/account/factors/app/add", {"code": code()}).status_code == 302
        assert user.authenticator_set.filter(type="totp").exists()
        client.post("/logout")
        step = client.post("/login", {"login": "ann@example.org", "password": PASSWORD})
        assert step["Location"].startswith("/account/factors/sign-in")
        assert client.get("/account").context["account"] is None


class TestTokens:
    def test_a_token_is_shown_once_and_kept_as_a_hash(self, client: Client) -> None:
        made = visitor(client)
        page = client.post("/account/tokens", {"name": " my  script ", "scope": ["read", "render"], "lasts": "30"})
        raw = page.context["fresh"]
        assert raw in page.content.decode()
        row = ApiToken.objects.get()
        assert (row.name, row.scopes) == ("my script", "read render")
        assert raw not in (row.hash, row.start)
        assert raw not in client.get("/account").content.decode()
        assert accounts.for_token(raw) == made
        assert accounts.for_token(raw, "render") == made
        with pytest.raises(Forbidden):
            accounts.for_token(raw, "upload")
        row.refresh_from_db()
        assert row.last_used_at is not None

    def test_a_revoked_token_stops_at_once(self, client: Client) -> None:
        made = visitor(client)
        issued = tokens.issue(made, "x")
        assert client.post(f"/account/tokens/{issued.row.pk}/revoke").status_code == 302
        assert accounts.for_token(issued.token) is None

    def test_strangers_tokens_look_like_missing_ones(self, client: Client) -> None:
        visitor(client)
        foreign = tokens.issue(Account.objects.create(), "x")
        a = client.post(f"/account/tokens/{foreign.row.pk}/revoke")
        b = client.post("/account/tokens/999999/revoke")
        assert a.status_code == b.status_code == 404
        assert a.content == b.content
        assert accounts.for_token(foreign.token) is not None

    def test_tokens_end(self) -> None:
        issued = tokens.issue(Account.objects.create(), "x", ("*",), timezone.now() + timedelta(seconds=60))
        assert accounts.for_token(issued.token)
        ApiToken.objects.update(expires_at=timezone.now())
        assert accounts.for_token(issued.token) is None

    @pytest.mark.parametrize("raw", ["", "x", "gw_" + "a" * 500, "\ud800", "gw_é"])
    def test_nonsense_opens_nothing(self, raw: str) -> None:
        assert accounts.for_token(raw) is None

    @pytest.mark.parametrize("sent", [{}, {"scope": "admin"}, {"scope": ["read", "root"]}, {"lasts": "9999"}])
    def test_bad_wishes_are_refused_in_words(self, client: Client, sent: dict[str, object]) -> None:
        visitor(client)
        page = client.post("/account/tokens", {"name": "x", **({"scope": "read"} if "lasts" in sent else {}), **sent})
        assert page.status_code == 400
        assert page.context["error"].message
        assert not ApiToken.objects.exists()

    def test_everything_swallows_the_rest(self) -> None:
        assert tokens.scopes(["read", "*"]) == "*"
        assert tokens.scopes(["upload", "read", "read"]) == "read upload"


class TestClientIds:
    def test_the_same_id_leads_to_the_same_account_and_no_new_credits(self) -> None:
        first = tokens.for_client("my-laptop-of-the-12th", "203.0.113.5")
        ledger.hold(first.account, 60, "k")
        second = tokens.for_client("my-laptop-of-the-12th", "198.51.100.7")
        assert second.account == first.account
        assert second.token != first.token
        assert ledger.balance(first.account).available == 40
        assert accounts.for_token(first.token) == accounts.for_token(second.token) == first.account
        assert first.account.public_id.startswith("anon_")
        assert first.row.expires_at is not None
        assert timedelta(days=6) < first.row.expires_at - timezone.now() <= timedelta(days=7)

    def test_an_id_that_can_be_guessed_opens_nothing_elsewhere(self) -> None:
        """Whoever sent "agent" had the files, the credits and later the person's account of whoever else did."""
        first = tokens.for_client("agent", "203.0.113.5")
        assert tokens.for_client("agent", "198.51.100.7").account != first.account
        assert tokens.for_client("agent", "203.0.113.5").account == first.account

    @pytest.mark.parametrize("bad", ["", "   ", "x" * 65])
    def test_ids_that_cannot_be_one(self, bad: str) -> None:
        with pytest.raises(BadInput):
            tokens.for_client(bad, "203.0.113.5")

    def test_new_ids_of_one_address_are_limited(self, settings: object) -> None:
        assert rate_limits.rate("client") == rate_limits.Rate(10, 7 * 86400)
        for n in range(10):
            tokens.for_client(f"id{n}", "203.0.113.5")
        with pytest.raises(TooMany):
            tokens.for_client("id11", "203.0.113.5")
        tokens.for_client("id3", "203.0.113.5")  # a known one still gets its token
        tokens.for_client("id12", "203.0.113.6")
        assert Account.objects.count() == 11

    def test_one_ipv6_subscriber_is_one_address(self, settings: object) -> None:
        settings.LIMITS = {**settings.LIMITS, "client": "1/7d"}  # type: ignore[attr-defined]
        tokens.for_client("a", "2001:db8:1:2::1")
        with pytest.raises(TooMany):
            tokens.for_client("b", "2001:db8:1:2:ffff::9")
        tokens.for_client("c", "2001:db8:1:3::1")

    def test_one_subscriber_has_many_ipv6_networks(self, settings: object) -> None:
        """A /48 holds 65,536 networks, and each brought the credits of ten accounts."""
        settings.LIMITS = {**settings.LIMITS, "client": "1/7d"}  # type: ignore[attr-defined]
        for n in range(rate_limits.SITE_NETWORKS):
            tokens.for_client(f"a{n}", f"2001:db8:1:{n}::1")
        with pytest.raises(TooMany):
            tokens.for_client("d", "2001:db8:1:ffff::1")
        late = User.objects.create(email="late@example.org")
        assert ledger.balance(identity.for_user(late, "2001:db8:1:ff::1")).total == 0
        tokens.for_client("e", "2001:db8:2::1")
        tokens.for_client("f", "203.0.113.5")

    def test_many_ipv6_networks_guess_no_more_passwords(self, settings: object) -> None:
        """Every limit of an address was one of each of 65,536 networks, and only new accounts were counted together."""
        settings.LIMITS = {**settings.LIMITS, "share_password": "2/10m"}  # type: ignore[attr-defined]
        full = rate_limits.network("2001:db8:1::1")
        assert [rate_limits.allows("share_password", full) for _ in range(40)].count(True) == 2
        tried = [f"2001:db8:1:{n:x}::1" for n in range(1, 30)]
        assert sum(rate_limits.allows("share_password", rate_limits.network(one)) for one in tried) == 18
        assert rate_limits.allows("share_password", rate_limits.network("2001:db8:2::1"))

    def test_cutting_agents_off(self, client: Client) -> None:
        issued = tokens.for_client("agent", "203.0.113.5")
        client.cookies["visitor"] = identity.cookie_for(issued.account)
        assert client.post("/account/agents/forget").status_code == 302
        assert accounts.for_token(issued.token) is None
        assert not ClientId.objects.exists()
        assert tokens.for_client("agent", "203.0.113.5").account != issued.account

    def test_only_the_newest_tokens_of_an_id_are_kept(self) -> None:
        last = [tokens.for_client("a", "203.0.113.5").token for _ in range(tokens.MAX_TOKENS + 5)]
        assert ApiToken.objects.count() == tokens.MAX_TOKENS
        assert accounts.for_token(last[-1])
        assert accounts.for_token(last[0]) is None


class TestLimits:
    def test_hits_are_counted_and_told(self, settings: object) -> None:
        settings.LIMITS = {"x": "2/m"}  # type: ignore[attr-defined]
        assert rate_limits.hit("x", "a").left == 1
        assert rate_limits.hit("x", "a").left == 0
        with pytest.raises(TooMany) as caught:
            rate_limits.hit("x", "a")
        assert 0 < caught.value.data["retry_after"] <= 60
        assert rate_limits.hit("x", "b").left == 1

    def test_a_window_ends(self, settings: object) -> None:
        settings.LIMITS = {"x": "1/m"}  # type: ignore[attr-defined]
        rate_limits.hit("x", "a")
        from gifweb.accounts.models import Hits

        Hits.objects.update(until=timezone.now())
        rate_limits.hit("x", "a")
        Hits.objects.update(until=timezone.now())
        assert rate_limits.sweep() == 1

    def test_no_limit(self, settings: object) -> None:
        settings.LIMITS = {"x": "0/h"}  # type: ignore[attr-defined]
        for _ in range(50):
            rate_limits.hit("x", "a")

    @pytest.mark.parametrize(
        ("trusted", "forwarded", "seen"),
        [
            (False, "1.2.3.4", "192.0.2.1"),
            (True, "1.2.3.4", "1.2.3.4"),
            (True, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
            (True, "", "192.0.2.1"),
        ],
    )
    def test_forwarded_addresses_count_only_from_a_trusted_proxy(
        self, settings: object, trusted: bool, forwarded: str, seen: str
    ) -> None:
        settings.TRUST_PROXY = trusted  # type: ignore[attr-defined]
        request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
        assert rate_limits.address(request) == seen

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.5", "203.0.113.5"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("2001:db8::1", "2001:db8::/64"),
            ("[fe80::1%eth0]", "fe80::/64"),
            ("", "unknown"),
            ("nonsense", "unknown"),
        ],
    )
    def test_networks(self, address: str, network: str) -> None:
        assert rate_limits.network(address) == network

    @pytest.mark.parametrize("text", ["", "5", "5/", "5/x", "-1/h", "5/0h", "1.5/h"])
    def test_unreadable_rates_stop_the_start(self, text: str) -> None:
        from django.core.exceptions import ImproperlyConfigured

        with pytest.raises(ImproperlyConfigured):
            rate_limits.Rate.read(text)


class TestClaims:
    def test_a_claim_opens_its_one_thing_and_no_api(self) -> None:
        made = Account.objects.create()
        raw = claim_links.issue(made, "project:abc")
        assert raw.startswith("clm_")
        claim = claim_links.open(raw)
        assert (claim.account, claim.subject) == (made, "project:abc")
        assert accounts.for_token(raw) is None

    def test_claims_end(self) -> None:
        made = Account.objects.create()
        with pytest.raises(Gone):
            claim_links.open(claim_links.issue(made, "x", valid_s=0))
        raw = claim_links.issue(made, "x")
        Account.objects.update(user=User.objects.create_user("a@example.org"))
        with pytest.raises(Gone):
            claim_links.open(raw)

    @pytest.mark.parametrize("raw", ["", "clm_", "clm_x", "x", "clm_" + "x" * 1000])
    def test_unknown_claims(self, raw: str) -> None:
        with pytest.raises(NotFound):
            claim_links.open(raw)


class TestLeaving:
    def test_the_export_holds_what_is_kept(self, client: Client) -> None:
        user = register(client)
        mine = identity.for_user(user)
        tokens.issue(mine, "my script")
        answer = client.post("/account/export")
        assert answer["Content-Type"] == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
        assert archive.testzip() is None
        assert json.loads(archive.read("account.json"))["email"] == "ann@example.org"
        assert [t["name"] for t in json.loads(archive.read("API-tokens.json"))] == ["my script"]
        for kind in data_owners.kinds():
            json.loads(archive.read(f"{kind.name.replace(' ', '-')}.json"))

    def test_deleting_asks_first(self, client: Client) -> None:
        visitor(client)
        assert client.get("/account/delete").status_code == 200
        assert client.post("/account/delete", {"sure": "maybe"}).status_code == 400
        assert Account.objects.get().is_open

    def test_a_visitor_deletes_everything_and_gets_a_receipt(self, client: Client) -> None:
        made = visitor(client)
        issued = tokens.issue(made, "x")
        ledger.hold(made, 20, "k")
        response = client.post("/account/delete", {"sure": "delete"}, follow=True)
        receipt = Receipt.objects.get()
        assert receipt.number in response.content.decode()
        assert receipt.facts["API tokens"] == 1
        assert accounts.for_token(issued.token) is None
        assert client.get("/account").context["account"] is None
        made.refresh_from_db()
        assert not made.is_open
        assert ledger.balance(made).total == 0

    def test_a_user_is_gone_and_can_register_anew(self, client: Client) -> None:
        user = register(client)
        mine = identity.for_user(user)
        other = Client()
        other.post("/login", {"login": "ann@example.org", "password": PASSWORD})
        assert other.get("/account").context["account"] == mine
        sign_in(client)
        response = client.post("/account/delete", {"sure": "delete"}, follow=True)
        assert b"Deleted" in response.content
        assert not User.objects.exists()
        assert other.get("/account").context["account"] is None
        assert register(Client()).pk != user.pk

    def test_a_screen_left_alone_is_asked_for_the_password(self, client: Client) -> None:
        register(client)
        response = client.post("/account/delete", {"sure": "delete"})
        assert response.status_code == 302
        assert response["Location"].startswith("/account/confirm")
        assert User.objects.exists()
        done = client.post(response["Location"], {"password": PASSWORD})
        assert done.status_code == 302
        assert not User.objects.exists()

    def test_erasing_twice_answers_the_same_receipt(self) -> None:
        made = Account.objects.create()
        assert privacy.erase(made, "x") == privacy.erase(made, "x")

    def test_receipts_of_nobody(self, client: Client) -> None:
        assert client.get("/receipts/nothing").status_code == 404
