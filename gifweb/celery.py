"""The Celery application: tasks only wake workers, the truth of a job is its row (gifweb.renders)."""

from __future__ import annotations

import os

from celery import Celery

from . import folder_queue  # noqa: F401 - is the filesystem:// broker from here on

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gifweb.settings")

app = Celery("gifweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["gifweb.studio", "gifweb.renders"])
