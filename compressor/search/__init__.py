"""Search: turn a goal into attempts, and keep the best that meets it, or the closest and why not.

    story     which way is looked depends on what was asked
    ceiling   the best quality within so many bytes: which plan, in which shape
    fitting   one plan's lever turned until the file uses a ceiling well
    rehearsal what a plan would come to, found with something cheaper; choice compares, hull walks to smaller shapes
    sample    what a few frames tell of the whole
    likeness  the fewest bytes at a quality
    evenly    more bytes for the frames that fall short, where the worst of them decides
    bench     one composition at one size under one codec: encode a plan, weigh it, look at it
    curve     how bytes fall along the lever, as attempts at other sizes told it: pure arithmetic
    secant    which lever value to try next: pure arithmetic

``search`` knows no format; codecs offer one lever and a few variants, and what they come to is measured.
"""

from .dispatch import search
from .encoder_session import Bench, Best, Made, Stage

__all__ = ["Bench", "Best", "Made", "Stage", "search"]
