"""Turns of the conversation over a real database; the words are read from a table."""

from __future__ import annotations

from typing import Any

import pytest

from compressor import timeline
from compressor.media import MediaInfo
from gifweb import renders
from gifweb.accounts.models import Account
from gifweb.errors import BeyondPlan
from gifweb.renders.models import Render, State
from gifweb.studio import chat, drafts, media_mentions, project_files, words_to_request
from gifweb.studio.models import Media, Project, Revision, Turn
from gifweb.studio.project_snapshot import Standing

from .reader_table import table  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("table")]

INFO = MediaInfo("gif", "video", "gif", 1_000_000, 160, 90, 40, True, 4000, 4000, 10.0, loop=0)


class Room:
    """A project, and what somebody says about it."""

    def __init__(self, *names: str) -> None:
        self.account = Account.objects.create()
        self.project = Project.objects.create(account=self.account)
        for name in names:
            self.upload(name)

    def upload(self, name: str, size: int = 1_000_000) -> Media:
        facts = INFO.to_json() | {"bytes": size}
        key = f"uploads/{name}"
        media = Media.objects.create(
            account=self.account, project=self.project, name=name, key=key, sha256=name, bytes=size, facts=facts
        )
        drafts.start(self.project, [media])
        return media

    def clips(self) -> list[str]:
        return [clip.name for clip in project_files.of(self.project).standing().draft.clips]

    def say(self, words: str) -> str:
        self.events = list(chat.say(self.project, words, export=self.export))
        last = self.events[-1]
        assert isinstance(last, chat.Reply)
        assert last.text
        assert Turn.objects.filter(project=self.project).last().text == last.text  # type: ignore[union-attr]
        return last.text

    def export(self, standing: Standing) -> Render:
        goal = words_to_request.with_defaults(standing.goal, standing.draft, standing.infos)
        key = f"agent:render_{Render.objects.count()}"
        about = {"media": standing.media}
        return renders.submit(self.account, self.project, goal, standing.draft, key, understood=about)

    def finished(self, size: int) -> None:
        """The newest render is done, with so many bytes."""
        Render.objects.filter(pk=Render.objects.latest("id").pk).update(
            state=State.FINISHED, result_bytes=size, result_facts={"format": "gif"}, report={"quality": {"mean": 60.0}}
        )

    @property
    def goal(self) -> dict[str, Any]:
        return dict(Project.objects.get(pk=self.project.pk).goal)

    @property
    def clip(self) -> Any:
        return project_files.of(self.project).standing().draft.clips[0]

    @property
    def texts(self) -> list[tuple[str, str]]:
        return [(t.text, t.position) for t in project_files.of(self.project).standing().draft.titles]

    @property
    def goals(self) -> list[dict[str, Any]]:
        file_set = project_files.of(self.project)
        return [file_set.draft_of(m).goal.to_json() for m in file_set.names]


def test_limits_are_respected_over_a_result() -> None:
    room = Room("a.gif")
    room.say("under 500KB")
    room.say("export")
    room.finished(490_000)
    assert "best that fits" in room.say("more quality")
    assert room.goal == {"max_bytes": 500_000}
    assert Revision.objects.count() == 2
    room.say("a bit smaller")
    assert room.goal == {"max_bytes": 367_000}
    room.say("undo")
    assert room.goal == {"max_bytes": 500_000}


def test_an_order_of_files_puts_them_on_the_timeline() -> None:
    room = Room("blob.gif", "cat.gif")
    room.say("put the cat after the blob")
    assert room.clips() == ["blob", "cat"]
    room.say("the cat goes first")
    assert room.clips() == ["cat", "blob"]
    other = Room("dog.gif", "bird.gif")
    other.say("the cat goes first")
    assert other.clips() == ["bird", "dog"]


def test_what_cannot_be_meant_or_is_beyond_the_plan_is_said_at_once() -> None:
    room = Room("a.gif")
    room.say("under 500KB")
    told = room.say("1 byte, 20000 px wide, 240 fps")
    assert "No file can have fewer than 26 bytes." in told
    assert "only 10 frames per second" in told
    assert "beyond the" in told
    assert room.goal["max_bytes"] == 500_000


def test_a_correction_is_made_in_source_time_and_reaches_back() -> None:
    room = Room("a.gif")
    room.say("cut the first second")
    room.say("~no, the first half second")
    assert (room.clip.from_ms, room.clip.d_ms) == (500, 3500)
    room.say("undo")
    assert room.clip.from_ms == 1000
    room.say("twice the speed")
    room.say("under 500KB")
    room.say("~no, the first half second")
    assert (room.clip.from_ms, room.clip.d_ms, room.clip.speed) == (500, 1750, 2)
    room.say("~no, 300KB")
    assert room.goal == {"max_bytes": 300_000}
    assert room.clip.from_ms == 500
    room.say("~no, the first second after all")
    assert (room.clip.from_ms, room.clip.d_ms, room.clip.speed) == (1000, 1500, 2)
    room.say("~no, the first half second")
    assert (room.clip.from_ms, room.clip.d_ms, room.clip.speed) == (500, 1750, 2)
    assert room.goal == {"max_bytes": 300_000}


def test_corrections_of_one_file_leave_the_others() -> None:
    room = Room("dog.gif", "cat.gif")
    room.say("cut the first second")
    room.say("now the second one: under 20KB as gif")
    room.say("~no, the first half second")  # nothing was cut here
    assert (room.clip.name, room.clip.from_ms) == ("cat", 500)
    room.say("back to the first")
    room.say("~no, the first half second")
    assert (room.clip.name, room.clip.from_ms) == ("dog", 500)


def test_the_text_that_was_spoken_of_last_is_meant() -> None:
    room = Room("a.gif")
    room.say("add SALE at the top")
    room.say("add NEW at the bottom")
    room.say("make it red")
    colors = [t.color for t in project_files.of(room.project).standing().draft.titles]
    assert colors == ["#ffffff", "#ff0000"]
    room.say("move SALE to the bottom")
    room.say("make it red")
    assert [t.color for t in project_files.of(room.project).standing().draft.titles] == ["#ff0000"] * 2
    Revision.objects.update(cause={})
    assert "Which text" in room.say("make it red")


def test_going_back_and_forth() -> None:
    room = Room("a.gif")
    first = project_files.of(room.project).standing()
    assert "nothing to undo" in room.say("undo")
    assert project_files.of(room.project).standing() == first
    room.say("under 500KB")
    before = project_files.of(room.project).standing()
    room.say("add SALE at the top")
    room.say("move SALE to the bottom")
    room.say("twice the speed")
    now = project_files.of(room.project).standing()
    room.say("undo")
    room.say("redo")
    assert project_files.of(room.project).standing() == now
    assert "nothing to redo" in room.say("redo")
    room.say("back to before the text")
    assert project_files.of(room.project).standing() == before
    room.say("undo")
    assert project_files.of(room.project).standing() == now
    assert "which moment" in room.say("back to before the music")
    room.say("start over")
    assert project_files.of(room.project).standing() == first
    room.say("undo")
    assert project_files.of(room.project).standing() == now
    room.say("undo that and do 15 fps")
    assert (room.clip.speed, room.goal) == (1, {"max_bytes": 500_000, "fps": 15})


def test_what_is_less_than_sure_is_asked_about() -> None:
    room = Room("a.gif")
    assert room.say("%maybe grey").rstrip().endswith((".", "?"))
    assert not project_files.of(room.project).standing().draft.meta.grayscale
    room.say("yes")
    assert project_files.of(room.project).standing().draft.meta.grayscale
    room.say("undo")
    room.say("%maybe grey")
    assert "leave it" in room.say("no")
    room.say("yes")  # nothing is asked any more
    assert not project_files.of(room.project).standing().draft.meta.grayscale
    before = project_files.of(room.project)
    room.say("%maybe grey")
    assert "leave it" in room.say("undo")  # the question is taken back, not what was done before it
    assert project_files.of(room.project) == before
    room.say("make it shorter")
    assert "How long" in room.say("yes")  # it is still not known how much
    assert room.clip.d_ms == 4000


@pytest.mark.parametrize(
    "words",
    [
        "!thanks",
        "#my friend has a small one",
        "%qwzx",
        "?how big is it",
        "?credits",
        "?status",
        "^blur the face",
        "make it shorter",
        "keep the size",
        "yes",
        "no",
    ],
)
def test_what_asks_for_no_change_changes_nothing(words: str) -> None:
    room = Room("a.gif")
    room.say(words)
    assert Revision.objects.count() == 1
    assert not Render.objects.exists()


def test_the_agents_facts_stay_as_they_are() -> None:
    room = Room("a.gif")
    assert "100" in room.say("?credits") or "credits" in room.say("?credits")
    assert [type(e).__name__ for e in room.events] == ["ToolCall", "ToolResult", "Reply"]
    assert room.events[0].name == "get_credits"
    assert room.say("?status").startswith("Timeline (1 track): 1. Video: a (0-4s).")
    assert room.events[0].name == "get_state"


def test_wishes_before_the_first_file_count_for_it() -> None:
    room = Room()
    assert "no file" in room.say("under 500KB")
    assert room.goal == {"max_bytes": 500_000}
    room.upload("a.gif")
    assert project_files.of(room.project).standing().goal.max_bytes == 500_000
    assert "nothing to undo" in room.say("undo")


# --- several files ----------------------------------------------------------------------------------------------------


def test_files_are_worked_on_one_by_one() -> None:
    room = Room("dog.gif", "cat.gif")
    assert "cat.gif" in room.say("under 500KB")  # it is there too, and how to speak of it is said once
    assert "cat.gif" not in room.say("twice the speed")
    assert "cat.gif" in room.say("now the second one: under 20KB as gif")
    assert room.goals == [{"max_bytes": 500_000}, {"format": "gif", "max_bytes": 20_000}]
    assert room.goal == {"format": "gif", "max_bytes": 20_000}
    assert (room.clip.name, room.clip.speed) == ("cat", 1)
    assert "dog.gif" in room.say("back to the first")
    assert (room.clip.name, room.clip.speed, room.goal) == ("dog", 2, {"max_bytes": 500_000})
    room.say("undo")
    assert room.clip.name == "cat"
    room.say("undo")
    assert (room.clip.name, room.goals) == ("dog", [{"max_bytes": 500_000}, {}])
    room.say("redo")
    assert (room.clip.name, room.goal) == ("cat", {"format": "gif", "max_bytes": 20_000})
    room.say("start over")
    assert (room.clip.name, room.goals) == ("dog", [{}, {}])
    room.say("the cat one under 30KB")
    assert room.goals == [{}, {"max_bytes": 30_000}]


def test_a_sound_that_comes_is_named_and_is_nothing_to_work_on() -> None:
    room = Room("dog.gif")
    room.say("under 500KB")
    sound = MediaInfo("mp3", "audio", "mp3", 700, duration_ms=5000, shown_ms=5000, has_audio=True)
    Media.objects.filter(pk=room.upload("tune.mp3").pk).update(facts=sound.to_json())
    said = room.say("twice the speed")
    assert "“tune.mp3” is here" in said
    assert "now tune.mp3" not in said
    room.say("each file under 10KB")
    assert len(room.goals) == 2
    assert room.goals[1] == {}


def test_export_starts_one_render_for_each_file_that_something_was_asked_of() -> None:
    room = Room("dog.gif", "cat.gif", "bee.gif")
    room.say("under 500KB")
    room.say("export")
    assert Render.objects.count() == 1
    room.say("now the second one: under 20KB as gif")
    room.say("export")  # the first was exported as it stands
    assert [r.goal["max_bytes"] for r in Render.objects.order_by("id")] == [500_000, 20_000]
    room.say("back to the first")
    room.say("a bit smaller")
    room.say("the last one backwards")
    said = room.say("export")
    made = list(Render.objects.order_by("id"))[2:]
    assert [project_files.source_of(r) for r in made] == [list(project_files.of(room.project).names)[n] for n in (0, 2)]
    for render in made:
        assert render.idempotency_key.partition(":")[2] in said
    room.say("export the second")
    assert Render.objects.count() == 5
    room.say("export all")
    assert Render.objects.count() == 8


def test_each_gets_its_own_render_price_and_refusal() -> None:
    room = Room("a.gif", "b.gif", "c.gif", "d.gif", "e.gif")
    said = room.say("each file under 10KB")
    assert "5 files" in said
    assert room.goals == [{"max_bytes": 10_000}] * 5
    assert Revision.objects.count() == 2
    calls = [e for e in room.events if isinstance(e, chat.ToolCall)]
    assert len(calls) == 5
    Media.objects.filter(name="c.gif").update(facts=INFO.to_json() | {"bytes": 300_000_000})
    said = room.say("export")
    assert Render.objects.count() == 4
    assert "c.gif" in said
    held = [e.response for e in room.events if isinstance(e, chat.ToolResult)]
    assert sorted(r["status"] for r in held) == ["error", "ok", "ok", "ok", "ok"]
    assert all(r.get("credits") for r in held if r["status"] == "ok")
    room.say("all a bit smaller")
    assert room.goals == [{"max_bytes": 7500}] * 5
    room.say("undo")
    assert room.goals == [{"max_bytes": 10_000}] * 5


def test_the_same_settings_for_every_file() -> None:
    room = Room("a.gif", "b.gif", "c.gif")
    room.say("under 10KB")
    room.say("twice the speed")
    said = room.say("both, same settings")
    assert "b.gif" in said
    assert room.goals == [{"max_bytes": 10_000}] * 3
    file_set = project_files.of(room.project)
    assert [file_set.draft_of(m).draft.clips[0].speed for m in file_set.names] == [2, 2, 2]
    assert file_set.standing().name == "a.gif"
    room.say("undo")
    assert room.goals == [{"max_bytes": 10_000}, {}, {}]


def test_one_budget_over_all() -> None:
    room = Room()
    for name, size in (("a.gif", 300_000), ("b.gif", 100_000)):
        room.upload(name, size)
    said = room.say("all together under 50KB")
    shares = [g["max_bytes"] for g in room.goals]
    assert sum(shares) <= 50_000
    assert shares[0] == pytest.approx(37_500, abs=2)
    assert "a.gif" in said
    assert "b.gif" in said


def test_a_file_that_cannot_be_told_is_asked_for() -> None:
    room = Room("dog.gif", "doggy.gif")
    assert "no such file" in room.say("the ninth one smaller")
    assert Revision.objects.count() == 1
    assert room.goals == [{}, {}]


def test_a_refused_export_is_said() -> None:
    room = Room("a.gif")

    def refuse(standing: Standing) -> Render:
        raise BeyondPlan("Export needs the headers.")

    events = list(chat.say(room.project, "export", export=refuse))
    assert isinstance(events[-1], chat.Reply)
    assert "headers" in events[-1].text


def test_older_projects_open_unchanged() -> None:
    room = Room("a.gif", "b.gif")
    room.say("twice the speed")
    Revision.objects.update(media="", others={}, cause={})
    assert room.clip.speed == 2
    assert project_files.of(room.project).current == Media.objects.get(name="a.gif").public_id
    room.say("now the second one: under 20KB as gif")
    room.say("back to the first")
    assert room.clip.speed == 2


def test_clips_are_still_put_together() -> None:
    room = Room("a.gif", "b.gif")
    room.say("then the second clip")
    assert [c.name for c in project_files.of(room.project).standing().draft.clips] == ["a", "b"]
    room.say("undo")
    assert len(project_files.of(room.project).standing().draft.clips) == 1
    room.say("use the second clip")
    assert project_files.of(room.project).standing().name == "b.gif"


def test_the_button_that_puts_a_file_at_the_end_does_so_whatever_its_name_sounds_like() -> None:
    room = Room("a.gif", "screen.gif")
    room.say("then add screen.gif")
    assert [c.name for c in project_files.of(room.project).standing().draft.clips] == ["a", "screen"]


def test_a_clip_is_added_and_what_lies_before_it_is_set() -> None:
    room = Room("a.gif", "b.gif")
    room.say("then add b.gif and cross-fade between them")
    draft = project_files.of(room.project).standing().draft
    assert [c.name for c in draft.clips] == ["a", "b"]
    assert [c.transition.kind for c in draft.clips if c.transition] == ["crossfade"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("i uploaded a second one, put it after the first", ["a", "b"]),
        ("put the second clip before the first", ["b", "a"]),
        ("把第二个动图接在后面", ["a", "b"]),
        ("把第二个动图放到前面", ["b", "a"]),
        ("join them", ["a", "b", "c"]),
    ],
)
def test_clips_are_placed_where_they_are_said_to_be(words: str, names: list[str]) -> None:
    room = Room("a.gif", "b.gif", "c.gif")
    file_set = project_files.of(room.project)
    found = media_mentions.place(words, file_set.media, file_set.standing().draft)
    assert found.rest == ""
    draft = timeline.apply_all(file_set.standing().draft, found.edits, file_set.infos).draft
    assert [c.name for c in draft.clips] == names


def test_what_is_said_without_words_is_in_the_language_of_the_last_ones() -> None:
    room = Room("a.gif", "b.gif")
    room.say("压到10K")
    chat.touch(room.project, "goal:max_bytes", None)
    assert "上限" in Turn.objects.latest("id").text
    chat.work_on(room.project, Media.objects.get(name="b.gif").public_id)
    assert "现在" in Turn.objects.latest("id").text
    chat.uploaded(room.project, [Media.objects.get(name="a.gif")])
    assert "a.gif" in Turn.objects.latest("id").text
