"""Compose: a draft and its files become frames and sound at one size, lazily; preview and export read the same."""

from .composition import Composition, compose

__all__ = ["Composition", "compose"]
