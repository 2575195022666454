"""What does not hold of all promises, on the site's own models and data: one line of JSON. The keys that an object
store has are the argument; without it the media folder is looked at."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

django.setup()
from django.conf import settings  # noqa: E402

from gifweb.credits import audit  # noqa: E402
from gifweb.credits.models import Entry, Hold  # noqa: E402
from gifweb.renders.models import OPEN, Render  # noqa: E402
from gifweb.studio.models import Media, Piece, Preview  # noqa: E402

faults = list(audit.run().faults)
for r in Render.objects.exclude(state__in=OPEN):
    hold = Hold.objects.filter(key=r.hold_key).first() if r.hold_key else None
    if hold and hold.state == "open":
        faults.append(f"{r}: it ended, and its credits are still held")
    if hold and hold.paid != (r.paid_credits or 0):
        faults.append(f"{r}: it says {r.paid_credits}, and {hold.paid} were taken")
    if r.state != "finished" and r.paid_credits:
        faults.append(f"{r}: it was paid for and is not there")
    if r.state == "finished" and not r.result_key:
        faults.append(f"{r}: finished without a file")
    finals = r.events.filter(kind__in=("finished", "failed", "cancelled")).count()
    if finals != 1:
        faults.append(f"{r}: {finals} last events")
if Entry.objects.filter(kind="spent").count() != Hold.objects.filter(state="settled").count():
    faults.append("something was charged twice or not at all")
named = {k for r in Render.objects.filter(file_deleted_at=None) for k in (r.result_key, r.poster_key) if k}
named |= set(Media.objects.filter(deleted_at=None).values_list("key", flat=True))
named |= set(Preview.objects.exclude(key="").values_list("key", flat=True))
named |= set(Piece.objects.values_list("key", flat=True))
if len(sys.argv) > 1:  # what the object store has
    there = set(json.loads(sys.argv[1]))
else:
    media = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    kinds = ("results", "uploads", "pieces")
    there = {str(p.relative_to(media)) for t in kinds for p in (media / t).rglob("*") if p.is_file()}
faults += [f"a row names {k}, which is not there" for k in named - there]
faults += [f"no row names {k}" for k in there - named]
print(json.dumps({"faults": faults, "states": [r.state for r in Render.objects.all()]}))
