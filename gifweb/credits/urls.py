"""Addresses of credits."""

from __future__ import annotations

from django.urls import path

from . import pages

urlpatterns = [
    path("credits", pages.credits, name="credits"),
    path("credits/voucher", pages.redeem, name="voucher_redeem"),
    path("credits/top-up", pages.top_up, name="top_up"),
    path("webhooks/stripe", pages.stripe_message, name="stripe_message"),
]
