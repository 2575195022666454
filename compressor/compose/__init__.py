"""Compose: a draft and its files become frames and sound at one size, lazily; preview and export read the same."""

from .composition import Composition, compose
from .even_size import edge
from .light import light

__all__ = ["Composition", "compose", "edge", "light"]
