"""Converts colours to sRGB: tone-maps HDR (PQ, HLG) to SDR and maps wide gamuts (BT.2020, P3) into BT.709.

The arithmetic is that of FFmpeg's ``zscale=t=linear:npl=203,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709``; both
differ by two levels at most. FFmpeg's zscale is not in PyAV's wheel; its swscale has a conversion of its own that looks
like this one and needs 3.3 s to begin (measured), once for each thread and reading of a film.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from ..jit import njit
from ..media import HDR, RGBA

F32 = npt.NDArray[np.float32]
U16 = npt.NDArray[np.uint16]

# ITU-T H.273's numbers
BT709, BT2020, DCI_P3, P3 = 1, 9, 11, 12
SRGB, LINEAR, PQ, HLG = 13, 8, 16, 18
WHITE_NITS = 203.0  # what is white in SDR (ITU-R BT.2408)
HLG_NITS = 1000.0
USUAL_PEAK = 10.0  # in 100 nits, where a film does not say how bright it becomes
_VIDEO_GAMMA = 2.4  # BT.1886, with which all of BT.601, 709 and 2020 are shown
_GAMMAS = {4: 2.2, 5: 2.8, LINEAR: 1.0}

Chromaticities = tuple[float, float, float, float, float, float, float, float]  # white, red, green, blue: x, y
_D65 = (0.3127, 0.3290)
_PRIMARIES: dict[int, Chromaticities] = {
    BT709: (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    BT2020: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    DCI_P3: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    P3: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_STEPS = 4095  # of the way back to gamma, along the square root of the light


@dataclass(frozen=True, slots=True)
class Colours:
    """What the numbers of a picture mean. ``transfer``: H.273's number, or a plain gamma (a float). ``peak``: the
    brightest of an HDR picture, in 100 nits."""

    transfer: int | float
    chromaticities: Chromaticities
    peak: float = USUAL_PEAK

    @property
    def hdr(self) -> bool:
        return self.transfer in HDR


def of_codes(primaries: int, transfer: int, peak: float = USUAL_PEAK) -> Colours | None:
    """The colours that H.273's numbers name; None where they are shown as sRGB and BT.709 are."""
    if transfer not in HDR and primaries not in (BT2020, DCI_P3, P3):
        return None
    return Colours(transfer, _PRIMARIES.get(primaries, _PRIMARIES[BT2020 if transfer in HDR else BT709]), peak)


def of_frame(frame: VideoFrame) -> Colours | None:
    """The same of a decoded frame."""
    transfer, primaries = int(frame.color_trc), int(frame.color_primaries)
    if transfer in HDR:
        return of_codes(primaries, transfer, _peak(frame))
    return of_codes(primaries, transfer)


def of_png(gamma: float | None, chromaticities: Chromaticities | None) -> Colours | None:
    """The same of a PNG's gAMA (about 0.45 as a rule) and cHRM; None where they say what sRGB is."""
    usual = _PRIMARIES[BT709]
    if chromaticities is not None and not _is_gamut(chromaticities):
        return None
    if chromaticities is None or max(abs(a - b) for a, b in zip(chromaticities, usual, strict=True)) < 0.005:
        chromaticities = usual
    if not gamma or abs(gamma - 0.45455) < 0.01:
        return None if chromaticities == usual else Colours(SRGB, chromaticities)
    return Colours(1 / gamma, chromaticities)


def shown(deep: U16, colours: Colours) -> RGBA:
    """Straight RGBA of 16 bits (height, width, 4) as sRGB of 8 bits. Alpha stays."""
    out = np.empty(deep.shape, np.uint8)
    _convert(
        deep,
        _light(colours.transfer),
        _matrix(colours.chromaticities),
        np.float32(_hable(colours.peak) if colours.hdr else 0.0),
        _back(SRGB if isinstance(colours.transfer, float) or colours.transfer == SRGB else BT709),
        out,
    )
    return out


def _peak(frame: VideoFrame) -> float:
    """How bright the film says that it becomes, in 100 nits."""
    side: Any = frame.side_data
    level = side.get(Type.CONTENT_LIGHT_LEVEL)
    if level is not None and level.buffer_size >= 4:
        (nits,) = struct.unpack_from("<I", bytes(level))
        if nits:
            return max(float(nits), WHITE_NITS) / 100
    mastering = side.get(Type.MASTERING_DISPLAY_METADATA)
    if mastering is not None and mastering.buffer_size >= 88:
        *_, above, below, _, has_luminance = struct.unpack_from("<22i", bytes(mastering))
        if has_luminance and above > 0 and below > 0:
            return max(above / below, WHITE_NITS) / 100
    return USUAL_PEAK


@lru_cache(8)
def _light(transfer: int | float) -> F32:
    """The light of each of 65,536 values: 1 is SDR's white."""
    value = np.arange(65536) / 65535
    if transfer == PQ:
        power = value ** (32 / 2523)
        light = (
            10_000 / WHITE_NITS * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (8192 / 1305)
        )
        return light.astype(np.float32)
    if transfer == HLG:
        high = (np.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
        scene = np.where(value <= 0.5, value * value / 3, high)
        # The power of each colour, as FFmpeg takes it; BT.2100 takes that of the luminance, which is a little paler.
        return (HLG_NITS / WHITE_NITS * scene**1.2).astype(np.float32)
    if transfer == SRGB:
        return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    gamma = transfer if isinstance(transfer, float) else _GAMMAS.get(transfer, _VIDEO_GAMMA)
    return (value**gamma).astype(np.float32)


@lru_cache(8)
def _back(transfer: int) -> npt.NDArray[np.uint8]:
    """The 8-bit value for each step of the square root of light from 0 to 1."""
    light = (np.arange(_STEPS + 1) / _STEPS) ** 2
    if transfer == SRGB:
        value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    else:
        value = light ** (1 / _VIDEO_GAMMA)
    return (value * 255 + 0.5).astype(np.uint8)


def _is_gamut(c: Chromaticities) -> bool:
    """Three points apart from each other, around a white."""
    (rx, ry), (gx, gy), (bx, by) = c[2:4], c[4:6], c[6:8]
    area = abs((gx - rx) * (by - ry) - (bx - rx) * (gy - ry))
    return min(c[1::2]) > 0 and c[0] > 0 and area > 0.001


def _to_xyz(c: Chromaticities) -> npt.NDArray[np.float64]:
    x, y = np.array(c[2::2]), np.array(c[3::2])
    columns = np.stack([x / y, np.ones(3), (1 - x - y) / y])
    white = np.array([c[0] / c[1], 1.0, (1 - c[0] - c[1]) / c[1]])
    return columns * np.linalg.solve(columns, white)


@lru_cache(8)
def _matrix(c: Chromaticities) -> F32:
    """Linear RGB of these primaries to linear BT.709; white becomes white."""
    target = _PRIMARIES[BT709]
    whites = [np.array([w[0] / w[1], 1.0, (1 - w[0] - w[1]) / w[1]]) for w in (c, target)]
    before, after = (_BRADFORD @ white for white in whites)
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(after / before) @ _BRADFORD
    return (np.linalg.inv(_to_xyz(target)) @ adapted @ _to_xyz(c)).astype(np.float32)


def _hable(light: float) -> float:
    return (light * (light * 0.15 + 0.05) + 0.004) / (light * (light * 0.15 + 0.50) + 0.06) - 0.02 / 0.30


@njit(nogil=True, cache=True)
def _convert(deep: Any, light: Any, matrix: Any, peak: Any, back: Any, out: Any) -> None:
    """``peak``: Hable's curve at the brightest, 0 where no tone is mapped."""
    height, width = deep.shape[:2]
    steps = np.float32(back.shape[0] - 1)
    for y in range(height):
        for x in range(width):
            r, g, b = light[deep[y, x, 0]], light[deep[y, x, 1]], light[deep[y, x, 2]]
            red = matrix[0, 0] * r + matrix[0, 1] * g + matrix[0, 2] * b
            green = matrix[1, 0] * r + matrix[1, 1] * g + matrix[1, 2] * b
            blue = matrix[2, 0] * r + matrix[2, 1] * g + matrix[2, 2] * b
            scale = np.float32(1)
            if peak > 0:
                most = max(max(red, green), max(blue, np.float32(1e-6)))
                above = most * (most * np.float32(0.15) + np.float32(0.05)) + np.float32(0.004)
                below = most * (most * np.float32(0.15) + np.float32(0.50)) + np.float32(0.06)
                scale = (above / below - np.float32(0.02 / 0.30)) / peak / most
            for k in range(3):
                v = scale * (red if k == 0 else green if k == 1 else blue)
                v = min(max(v, np.float32(0)), np.float32(1))
                out[y, x, k] = back[int(np.sqrt(v) * steps + np.float32(0.5))]
            out[y, x, 3] = deep[y, x, 3] >> 8


def warm() -> None:
    """Compile the kernel, or read it from numba's cache."""
    shown(np.zeros((1, 1, 4), np.uint16), Colours(PQ, _PRIMARIES[BT2020]))
