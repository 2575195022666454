"""Search: turn a goal into attempts, and keep the best that meets it, or the closest and why not.

    workspace         the temporary files, none of which outlives what refers to it
    dispatch          chooses the search by what was asked
    ceiling_search    the best quality within a number of bytes: which plan, in which shape
    quality_search    the fewest bytes at a quality
    rate_control      turns one plan's lever until the file uses the ceiling
    proxy             predicts size and quality of a plan from a faster encode
    glimpse           predicts them from a few frames
    choice            compares plans by their prediction
    shape_search      walks to smaller sizes and frame rates
    frame_allocation  gives more bytes to the worst frames
    encoder_session   one composition at one size with one codec: encodes a plan, weighs and scores it
    curve             how bytes fall along the lever, by attempts at other sizes: pure arithmetic
    secant            the next value of the lever: pure arithmetic

``search`` knows no format; codecs offer one lever and a few variants, and what they come to is measured.
"""

from .dispatch import search
from .encoder_session import Bench, Best, Made, Stage

__all__ = ["Bench", "Best", "Made", "Stage", "search"]
