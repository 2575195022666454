"""From a visitor to a person: by bind link and by signing in, in place and by merging, once and for one person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from gifweb import accounts
from gifweb.accounts import binding, data_owners, identity, tokens
from gifweb.accounts.models import Account, BindLink, User
from gifweb.credits import ledger
from gifweb.errors import Conflict, Gone, NotFound
from gifweb.renders import account_data
from gifweb.renders.models import Render, ShareLink
from gifweb.studio.models import Media, Project

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _forget_attempts() -> None:
    """allauth counts attempts in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def agent() -> tokens.Issued:
    """An agent's account: three projects with a file, a render and a share each, and 40 credits left."""
    issued = tokens.for_client("an-agent", "203.0.113.5")
    ledger.hold(issued.account, 60, "spent before")
    ledger.settle("spent before", 60)
    for number in range(3):
        project = Project.objects.create(account=issued.account, title=f"project {number}")
        media = Media.objects.create(
            account=issued.account, project=project, name="a.gif", key=f"uploads/{number}", sha256="0" * 64, bytes=1,
            facts={},
        )  # fmt: skip
        render = Render.objects.create(
            account=issued.account, project=project, idempotency_key=f"k{number}", request_hash="", state="finished",
            sources=[media.public_id],
        )  # fmt: skip
        ShareLink.objects.create(render=render, expires_at=timezone.now() + timedelta(days=1))
    return issued


def has_all(account: Account) -> bool:
    return (
        Project.objects.filter(account=account).count() == 3
        and Media.objects.filter(account=account).count() == 3
        and Render.objects.filter(account=account).count() == 3
        and ShareLink.objects.filter(render__account=account).count() == 3
    )


def post_register(client: Client, code: str, email: str = "ann@example.org") -> int:
    client.get(f"/register?bind={code}")
    return client.post("/register", {"email": email, "password1": PASSWORD}).status_code


class TestInPlace:
    def test_who_registers_owns_everything(self, client: Client, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        page = client.get(f"/register?bind={code}")
        assert page.status_code == 200
        assert ("projects", 3) in page.context["offer"].things
        assert ("credits", 40) in page.context["offer"].things
        assert client.post("/register", {"email": "ann@example.org", "password1": PASSWORD}).status_code == 302
        mine = identity.for_user(User.objects.get())
        assert mine == agent.account  # in place: nothing moved
        assert has_all(mine)
        assert ledger.balance(mine).available == 40
        assert accounts.for_token(agent.token) == mine
        assert accounts.for_token(agent.token).user == User.objects.get()  # type: ignore[union-attr]
        again = tokens.for_client("an-agent", "203.0.113.5")
        assert again.account == mine
        assert ledger.balance(mine).available == 40

    def test_the_form_may_be_posted_to_the_link_itself(self, client: Client, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        done = client.post(f"/register?bind={code}", {"email": "ann@example.org", "password1": PASSWORD})
        assert done.status_code == 302
        assert identity.for_user(User.objects.get()) == agent.account

    def test_a_second_person_is_refused_in_words(self, client: Client, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        assert post_register(client, code) == 302
        other = Client()
        refused = other.get(f"/register?bind={code}")
        assert refused.status_code == 410
        assert "used already" in refused.content.decode()
        other.post(f"/register?bind={code}", {"email": "bob@example.org", "password1": PASSWORD})
        assert not User.objects.filter(email="bob@example.org").exists()
        assert has_all(agent.account)

    def test_another_link_of_a_bound_account_opens_nothing_either(self, client: Client, agent: tokens.Issued) -> None:
        first, second = binding.issue(agent.account), binding.issue(agent.account)
        post_register(client, first)
        assert Client().get(f"/register?bind={second}").status_code == 410
        with pytest.raises(Gone):
            binding.bind(second, User.objects.create_user("bob@example.org"))

    def test_two_who_hold_the_form_open_are_one_winner(self, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        ann, bob = Client(), Client()
        ann.get(f"/register?bind={code}")
        bob.get(f"/register?bind={code}")
        ann.post("/register", {"email": "ann@example.org", "password1": PASSWORD})
        late = bob.post("/register", {"email": "bob@example.org", "password1": PASSWORD})
        assert late.status_code == 410
        assert agent.account.pk == identity.for_user(User.objects.get(email="ann@example.org")).pk

    def test_the_visitors_own_work_comes_along(self, client: Client, agent: tokens.Issued) -> None:
        visitor = identity.make()
        Project.objects.create(account=visitor, title="mine before")
        client.cookies["visitor"] = identity.cookie_for(visitor)
        post_register(client, binding.issue(agent.account))
        mine = identity.for_user(User.objects.get())
        assert mine == agent.account
        assert Project.objects.filter(account=mine).count() == 4
        assert ledger.balance(mine).available == 100  # 40 and 100 free ones, within one grant

    def test_the_same_person_again_changes_nothing(self, client: Client, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        post_register(client, code)
        user = User.objects.get()
        assert binding.bind(code, user) == agent.account
        assert ledger.balance(agent.account).available == 40


class TestMerging:
    @pytest.fixture
    def ann(self) -> Client:
        client = Client()
        client.post("/register", {"email": "ann@example.org", "password1": PASSWORD})
        return client

    def test_signing_in_with_the_link_merges(self, ann: Client, agent: tokens.Issued) -> None:
        ann.post("/logout")
        home = identity.for_user(User.objects.get())
        ledger.hold(home, 90, "before")
        ledger.settle("before", 90)
        ledger.hold(agent.account, 5, "running")
        ann.get(f"/register?bind={binding.issue(agent.account)}")
        signed_in = ann.post("/login", {"login": "ann@example.org", "password": PASSWORD})
        assert signed_in.status_code == 302
        assert identity.for_user(User.objects.get()) == home
        # A link may have been planted, and it brings somebody's tokens along: nothing is taken over without a press.
        assert not has_all(home)
        assert accounts.for_token(agent.token) == agent.account
        assert signed_in["Location"] == "/register"
        assert "Add this to your account?" in ann.get("/register").content.decode()
        assert ann.post("/register").status_code == 302
        assert has_all(home)
        balance = ledger.balance(home)
        assert (balance.available, balance.frozen) == (45, 5)
        assert accounts.for_token(agent.token) == home
        assert tokens.for_client("an-agent", "203.0.113.5").account == home
        ledger.settle("running", 5)
        assert ledger.balance(home).total == 45

    def test_signed_in_already_asks_first(self, ann: Client, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        page = ann.get(f"/register?bind={code}")
        assert page.status_code == 200
        assert not has_all(identity.for_user(User.objects.get()))  # looking is not taking
        assert ann.post(f"/register?bind={code}").status_code == 302
        assert has_all(identity.for_user(User.objects.get()))
        assert ann.get(f"/register?bind={code}").status_code == 200  # one's own link is no error
        assert Client().get(f"/register?bind={code}").status_code == 410

    def test_not_now_takes_nothing(self, ann: Client, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        ann.get(f"/register?bind={code}")
        assert ann.post("/register", {"no": "1"}).status_code == 302
        assert not has_all(identity.for_user(User.objects.get()))
        assert ann.get("/register")["Location"] == "/account"

    def test_a_merge_from_elsewhere_needs_the_forms_secret(self, agent: tokens.Issued) -> None:
        strict = Client(enforce_csrf_checks=True)
        user = User.objects.create_user("ann@example.org", PASSWORD)
        strict.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        assert strict.post(f"/register?bind={binding.issue(agent.account)}").status_code == 403
        assert not has_all(identity.for_user(user))

    def test_keys_that_both_have_used_stay_apart(self, agent: tokens.Issued) -> None:
        user = User.objects.create_user("ann@example.org")
        home = identity.for_user(user)
        project = Project.objects.create(account=home)
        mine = Render.objects.create(account=home, project=project, idempotency_key="k1", request_hash="mine")
        binding.join(agent.account, user)
        assert Render.objects.filter(account=home).count() == 4
        mine.refresh_from_db()
        assert mine.idempotency_key == "k1"

    def test_merging_again_moves_nothing_twice(self, agent: tokens.Issued) -> None:
        user = User.objects.create_user("ann@example.org")
        home = identity.for_user(user)
        binding.join(agent.account, user)
        before = (ledger.balance(home), Render.objects.filter(account=home).count())
        binding.merge(agent.account, home)
        assert (ledger.balance(home), Render.objects.filter(account=home).count()) == before

    def test_a_key_that_is_used_in_the_very_moment_of_the_merge_stops_nothing(
        self, agent: tokens.Issued, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = identity.for_user(User.objects.create_user("ann@example.org"))
        project = Project.objects.create(account=home)
        update, rivals = QuerySet.update, []

        def updated(rows: QuerySet[Render], **values: object) -> int:
            if rows.model is Render and "account" in values and not rivals:
                rivals.append(Render.objects.create(account=home, project=project, idempotency_key="k2"))
            return update(rows, **values)

        monkeypatch.setattr(QuerySet, "update", updated)
        account_data.move_renders(agent.account, home)
        assert len(rivals) == 1  # here it is rolled back with what it stopped; elsewhere it is another's and stays
        assert Render.objects.filter(account=home).count() == 3

    def test_a_failure_in_the_middle_moves_nothing(self, agent: tokens.Issued, monkeypatch: pytest.MonkeyPatch) -> None:
        user = User.objects.create_user("ann@example.org")
        home = identity.for_user(user)

        def fail(source: Account, target: Account) -> None:
            raise RuntimeError("the power went")

        monkeypatch.setattr("gifweb.credits.ledger.merge", fail)
        with pytest.raises(RuntimeError):
            binding.join(agent.account, user)
        agent.account.refresh_from_db()
        assert agent.account.merged_into is None
        assert has_all(agent.account)
        assert not data_owners.counts(home) or data_owners.counts(home) == [("credits", 100)]

    def test_somebody_elses_account_is_never_merged(self) -> None:
        ann, bob = User.objects.create_user("ann@example.org"), User.objects.create_user("bob@example.org")
        with pytest.raises(Conflict):
            binding.merge(identity.for_user(ann), identity.for_user(bob))

    def test_what_was_written_in_the_moment_of_merging_follows(self, agent: tokens.Issued) -> None:
        user = User.objects.create_user("ann@example.org")
        home = identity.for_user(user)
        binding.join(agent.account, user)
        Project.objects.create(account=agent.account, title="late")
        assert binding.tidy() == 1
        assert Project.objects.filter(account=home, title="late").exists()
        assert binding.tidy() == 0


class TestLinks:
    def test_the_name_of_an_account_binds_nothing(self, client: Client, agent: tokens.Issued) -> None:
        for guess in (agent.account.public_id, str(agent.account.pk), agent.token, "", "a" * 43, "a" * 5000):
            page = client.get("/register", {"bind": guess} if guess else {})
            assert page.status_code == (404 if guess else 200)
        client.post("/register", {"email": "eve@example.org", "password1": PASSWORD})
        assert identity.for_user(User.objects.get()) != agent.account

    def test_the_secret_has_128_bits_and_is_not_kept(self, agent: tokens.Issued) -> None:
        codes = {binding.issue(agent.account) for _ in range(5)}
        assert len(codes) == 5
        assert all(len(code) >= 43 for code in codes)  # 43 letters of 6 bits: 256
        kept = str(list(BindLink.objects.values()))
        assert not any(code in kept for code in codes)

    def test_links_expire(self, client: Client, agent: tokens.Issued) -> None:
        code = binding.issue(agent.account)
        BindLink.objects.update(expires_at=timezone.now())
        page = client.get(f"/register?bind={code}")
        assert page.status_code == 410
        assert "expired" in page.content.decode()
        with pytest.raises(Gone):
            binding.bind(code, User.objects.create_user("a@example.org"))

    def test_only_the_newest_links_are_kept(self, agent: tokens.Issued) -> None:
        codes = [binding.issue(agent.account) for _ in range(binding.MAX_LINKS + 3)]
        assert BindLink.objects.count() == binding.MAX_LINKS
        binding.offer(codes[-1])
        with pytest.raises(NotFound):
            binding.offer(codes[0])

    def test_the_code_does_not_leave_with_the_referrer(self, client: Client, agent: tokens.Issued) -> None:
        page = client.get(f"/register?bind={binding.issue(agent.account)}")
        assert page["Referrer-Policy"] in ("same-origin", "no-referrer")
        assert "no-store" in page["Cache-Control"]
