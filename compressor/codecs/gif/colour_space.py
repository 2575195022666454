"""The colour space of all distances: XYB as SSIMULACRA2 defines it, in integers.

One unit is 1/8192 of an XYB unit; X and B are scaled so that a squared distance weighs the channels as the eye's
(and the metric's) structure terms do. A step of one 8-bit level of grey is about 25 units in the middle of the range.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...jit import njit

I16 = npt.NDArray[np.int16]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

UNIT = 8192.0
X_WEIGHT = 14.0 * 0.4**0.5
B_WEIGHT = 0.6**0.5
_BIAS = 0.0037930732552754493
_STEPS = 8192

_level = np.arange(256) / 255.0
_linear = np.where(_level <= 0.04045, _level / 12.92, ((_level + 0.055) / 1.055) ** 2.4)
# What each channel's level adds to L, M and S.
_ABSORB = np.array(
    [[0.30, 0.23, 0.24342268924547819], [0.622, 0.692, 0.20476744424496821], [0.078, 0.078, 0.5518098665095536]]
)
ABSORB: F32 = (_linear[None, :, None] * _ABSORB[:, None, :] * _STEPS).astype(np.float32)
ROOTS: F32 = (UNIT * (np.cbrt(np.arange(_STEPS + 3) / _STEPS + _BIAS) - np.cbrt(_BIAS))).astype(np.float32)


@njit(cache=True, nogil=True, inline="always")
def _root(value: np.float32, roots: F32) -> np.float32:
    at = int(value)
    part = value - np.float32(at)
    return roots[at] + part * (roots[at + 1] - roots[at])


@njit(cache=True, nogil=True)
def convert(rgba: U32, out: I16, absorb: F32, roots: F32) -> None:
    """Packed RGBA (n,) → (n, 4) units: X, Y, B and 0; transparent pixels become mid-grey, as the referee sees them."""
    last = np.uint32(0)
    a = b = c = np.int16(0)
    for i in range(rgba.size):
        colour = rgba[i]
        if colour != last or i == 0:
            last = colour
            if colour == 0:
                colour = np.uint32(0xFF808080)
            r = colour & np.uint32(255)
            g = (colour >> np.uint32(8)) & np.uint32(255)
            u = (colour >> np.uint32(16)) & np.uint32(255)
            l = _root(absorb[0, r, 0] + absorb[1, g, 0] + absorb[2, u, 0], roots)
            m = _root(absorb[0, r, 1] + absorb[1, g, 1] + absorb[2, u, 1], roots)
            s = _root(absorb[0, r, 2] + absorb[1, g, 2] + absorb[2, u, 2], roots)
            y = np.float32(0.5) * (l + m)
            a = np.int16(round(np.float32(0.5 * X_WEIGHT) * (l - m)))
            b = np.int16(round(y))
            c = np.int16(round(np.float32(B_WEIGHT) * (s - y)))
        out[i, 0] = a
        out[i, 1] = b
        out[i, 2] = c
        out[i, 3] = 0


def units(rgba: U32) -> I16:
    """``convert`` for any shape of packed colours: (…, 4)."""
    out = np.empty((rgba.size, 4), np.int16)
    convert(np.ascontiguousarray(rgba).ravel(), out, ABSORB, ROOTS)
    return out.reshape(*rgba.shape, 4)
