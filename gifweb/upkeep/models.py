"""When each periodic job ran last, by the database's clock."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One job. ``begun_at`` is taken by a conditional update, so that of many processes one runs it."""

    name = models.CharField(max_length=200, primary_key=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)  # of the last run that raised nothing

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
