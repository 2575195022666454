"""Fields of allauth's forms as our pages show them."""

from __future__ import annotations

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def control(field: BoundField) -> SafeString:
    """Return the field's widget without its placeholder, which repeats the label above it."""
    return field.as_widget(attrs={"placeholder": False})
