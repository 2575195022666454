"""The Celery application. Messages only wake workers; the state of a job is its row (gifweb.renders)."""

from __future__ import annotations

import os

from celery import Celery

from . import folder_broker  # noqa: F401 - registers the filesystem:// broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gifweb.settings")

app = Celery("gifweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["gifweb.studio", "gifweb.renders"])
