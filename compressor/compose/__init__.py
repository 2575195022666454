"""Composes a draft and its files into frames and sound at one size, lazily; previews and exports read the same."""

from .composition import Composition, compose
from .even_size import edge
from .format_defaults import default_size

__all__ = ["Composition", "compose", "default_size", "edge"]
