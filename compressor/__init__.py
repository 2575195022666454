"""Make animated images small: probe, cut and compose, search for the best file that meets a goal, verify it.

Knows nothing of websites, users or credits. Usable alone: ``python -m compressor IN -o OUT "under 500KB"``.
"""

__version__ = "0.2.0"
