"""Constants of the perceptual model: one set for each of three kinds of clip, tuned on a few files."""

from __future__ import annotations

from dataclasses import dataclass

FLAT = 0.5  # of the pixels that newly appear have their left neighbour's colour: drawings without dithering
MOVING = 0.6  # of all pixels change from frame to frame: filmed, and dithered or grainy


@dataclass(frozen=True, slots=True)
class Taste:
    reach: float = 30.0  # per λ: squared distance (1/1000 XYB²) up to which a later pixel is the same one with noise
    gate: float = 0.03  # of it, for the 5x5 means
    need: float = 6.0  # per λ: what leaving a pixel as it is must cost before the frame's rectangle covers it
    mean_weight: float = 50.0  # of the drift of the local mean
    trust: float = 0.5  # how much of the misfit that a palette of its own saves is believed
    floor: float = 3.0  # per λ: the least that a pixel is thought to cost
    patience: float = 9.0  # per λ: by how much one pixel may be worse than it need be
    carry: float = 0.45  # of the error, to the right; and as much downwards
    mask_c2: float = 9e-4  # the variance (XYB²) at which an error begins to matter less, doubled
    mask_power: float = 0.45


PLAIN = Taste()
DRAWN = Taste(mean_weight=5.0, patience=5.0, mask_power=0.5)
FILMED = Taste(mean_weight=80.0, gate=0.02, mask_c2=5e-4, mask_power=1.0)


def taste(flat: float, moving: float) -> Taste:
    """For a clip of which so much of what newly appears is flat, and so much of the picture newly appears."""
    if flat > FLAT:
        return DRAWN
    return FILMED if moving > MOVING else PLAIN
