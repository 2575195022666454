"""Kinds of input × formats of output, each judged by a program that is not ours. ``python -m tests.conformance`` writes
docs/conformance.md.

    kinds    makes the files: every way in which a phone, a camera or a download says how it is to be shown
    judge    what FFmpeg, Pillow and avifdec show of a file, and how far two of those are from each other
"""
