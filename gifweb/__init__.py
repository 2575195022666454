"""The website: people, projects, credits and jobs around the engine in ``compressor``."""

from .celery import app as celery_app

__all__ = ["celery_app"]
