"""A preview of the draft as it is now, and the drafts behind it: numbered, undone, done again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.test import Client

from compressor import decode, probe, timeline
from compressor.goal import Goal
from gifweb import stored_files
from gifweb.accounts import identity
from gifweb.errors import Conflict
from gifweb.studio import drafts, previews, store_uploads, stored_media
from gifweb.studio.models import Media, Preview, Project
from gifweb.studio.upload_stream import PartWriter
from gifweb.templatetags.media import shown_at

from . import media_made

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(tmp_path: Path) -> Media:
    account = identity.make()
    project = Project.objects.create(account=account)
    writer = PartWriter(10**9)
    writer.write(media_made.gif(tmp_path / "a.gif", media_made.scene(400, 320, 6)).read_bytes())
    kept = store_uploads.keep(account, project, writer.done("cat.gif"))
    drafts.save(project, drafts.first([kept]), Goal(), "Put on the timeline.")
    return kept


def test_the_current_draft_is_shown_small(media: Media, tmp_path: Path) -> None:
    asked = previews.current(media.project)
    assert asked is not None
    assert asked.key == ""
    previews.make(asked.pk)
    made = previews.current(media.project)
    assert made is not None
    path = stored_files.local_path(made.key, tmp_path)
    info = probe.probe(path)
    assert (info.format, min(info.width, info.height)) == ("mp4", 270)
    assert (made.width, made.height) == (info.width, info.height)
    assert Preview.objects.count() == 1


def test_a_draft_that_was_left_behind_is_not_made(media: Media) -> None:
    old = previews.current(media.project)
    assert old is not None
    shorter = timeline.apply(
        drafts.current(media.project), timeline.edits.Trim(end_ms=200), {media.public_id: media.info}
    )
    drafts.save(media.project, shorter.draft, Goal(), shorter.sentence)
    previews.make(old.pk)
    old.refresh_from_db()
    assert old.key == ""


def test_what_is_see_through_stays_so(media: Media, tmp_path: Path) -> None:
    writer = PartWriter(10**9)
    writer.write(media_made.apng(tmp_path / "s.png", media_made.scene(25, 25, 4, alpha=True)).read_bytes())
    project = Project.objects.create(account=media.project.account)
    sticker = store_uploads.keep(media.project.account, project, writer.done("s.png"))
    drafts.save(project, drafts.first([sticker]), Goal(), "Put on the timeline.")
    asked = previews.current(project)
    assert asked is not None
    previews.make(asked.pk)
    asked.refresh_from_db()
    assert asked.format == "webm"
    made = stored_files.local_path(asked.key, tmp_path)
    assert probe.probe(made).has_alpha
    # It is shown many times its size, so its pixels are kept.
    shown, meant = (next(iter(decode.frames(path))).rgba.astype(int) for path in (made, tmp_path / "s.png"))
    seen = meant[..., 3] == 255
    assert np.abs(shown[:25, :25, :3] - meant[..., :3])[seen].mean() < 12


def test_a_preview_that_breaks_off_has_failed(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = previews.current(media.project)
    assert asked is not None

    def broken(*_: object) -> None:
        raise OSError("no place for another child")

    monkeypatch.setattr("compressor.sandbox.run", broken)
    with pytest.raises(OSError, match="no place"):
        previews.make(asked.pk)
    asked.refresh_from_db()
    assert asked.failed


def test_another_preview_under_the_same_number_has_another_address(media: Media) -> None:
    one, two = Preview(key="results/aaaaaaaaaa"), Preview(key="results/bbbbbbbbbb")
    assert stored_media.preview(media.project, 1, one) != stored_media.preview(media.project, 1, two)


@pytest.mark.parametrize(
    ("size", "shown"),
    [((25, 25), (300, 300, 12)), ((128, 96), (256, 192, 2)), ((161, 90), (161, 90, 1)), ((0, 0), (0, 0, 1))],
)
def test_small_pictures_are_shown_in_whole_times_their_pixels(
    size: tuple[int, int], shown: tuple[int, int, int]
) -> None:
    assert shown_at(*size) == shown


def test_an_empty_project_has_nothing_to_preview() -> None:
    assert previews.current(Project.objects.create(account=identity.make())) is None


def test_a_preview_is_its_owners(media: Media) -> None:
    asked = previews.current(media.project)
    assert asked is not None
    assert Client().get(f"/p/{media.project.public_id}/preview/1").status_code == 404
    assert Client().get(f"/p/{media.project.public_id}/stage").status_code == 404


def test_undo_and_redo_move_among_the_drafts(media: Media) -> None:
    project = media.project
    first = drafts.current(project)
    shorter = timeline.apply(first, timeline.edits.Trim(end_ms=300), {media.public_id: media.info}).draft
    drafts.save(project, shorter, Goal(max_bytes=5), "Cut.")
    assert (project.draft_number, project.goal) == (2, {"max_bytes": 5})
    drafts.move(project, -1)
    assert (drafts.current(project), project.goal) == (first, {})
    drafts.move(project, 1)
    assert drafts.current(project) == shorter
    with pytest.raises(Conflict):
        drafts.move(project, 1)
    drafts.move(project, -1)
    with pytest.raises(Conflict):  # the upload is not undone
        drafts.move(project, -1)
    assert drafts.current(project) == first
    # A new edit after an undo: what was undone is gone.
    drafts.save(project, first, Goal(), "Another way.")
    assert list(project.revisions.values_list("number", "sentence")) == [
        (1, "Put on the timeline."),
        (2, "Another way."),
    ]
