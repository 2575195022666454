"""Search: turn a goal into attempts, and keep the best that meets it, or the closest and why not.

    dispatch          chooses the search by what was asked
    ceiling_search    the best quality within a number of bytes: candidates are estimated, the winner is fitted
    quality_search    the fewest bytes at a quality, the worst frame's included
    candidates        plans that may look better: other settings, smaller sizes, lower rates
    estimates         what a plan comes to, at three fidelities behind one protocol; the next value of a lever
    glimpse           the cheapest of them: a few runs of frames
    encoder_session   temporary files; one composition at one size with one codec: encodes a plan, weighs and scores it

``search`` knows no format; codecs offer one lever and a few variants, and what they come to is measured.
"""

from .dispatch import search
from .encoder_session import Bench, Best, Made, Stage, TempFile, Workspace

__all__ = ["Bench", "Best", "Made", "Stage", "TempFile", "Workspace", "search"]
