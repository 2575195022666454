"""The timeline: a draft of tracks and segments, and typed edits that turn one draft into the next. Opens no media."""

from . import edits
from .apply_edits import Applied, apply, apply_all, refreshed
from .canvas import clip_size, natural_size
from .describe import seconds
from .draft import Clip, Crop, Draft, Layer, Meta, Part, Sound, Title, Track, Transition, draft_for, media_ids, stem
from .edits import Edit
from .edits import from_json as edit_from_json
from .edits_from_words import edits_from_explain
from .history import History
from .layers import layer_wish
from .undoable_edits import Done, done, taken_back

__all__ = [
    "Applied",
    "Clip",
    "Crop",
    "Done",
    "Draft",
    "Edit",
    "History",
    "Layer",
    "Meta",
    "Part",
    "Sound",
    "Title",
    "Track",
    "Transition",
    "apply",
    "apply_all",
    "clip_size",
    "done",
    "draft_for",
    "edit_from_json",
    "edits",
    "edits_from_explain",
    "layer_wish",
    "media_ids",
    "natural_size",
    "refreshed",
    "seconds",
    "stem",
    "taken_back",
]
