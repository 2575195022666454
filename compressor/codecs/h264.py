"""MP4 with H.264, which every player and chat shows. 4:2:0, BT.709, exact times, ready to stream.

    frames → on the matte → even sides → Y'CbCr once (``prepare``) → x264 or a hardware encoder → MP4

Equal frames in a row are one frame that stays longer. The clock is 1/90000 s, in which every GIF delay is exact.
Transparency does not exist in MP4: it is composited on ``plan.settings["matte"]``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..formats import OUTPUTS
from ..goal import Goal, Plan
from . import Capabilities, CodecSettings, Lever, Shape, UsualBits
from .encoder_frames import Planes
from .two_pass import Pass
from .video_codec import Track, VideoCodec

GREY = (128, 128, 128)
DEFAULT_CRF = 20.0
KEYFRAME_S = 10  # a player can start at least this often; short clips have one keyframe


@dataclass(frozen=True, slots=True)
class H264Settings(CodecSettings):
    """``effort``: one of _EFFORTS; ``motion`` "wide" looks farther for what moved; ``encoder``: a card's, by FFmpeg's
    name; ``matte``: RGB on which transparency is composited."""

    crf: float = DEFAULT_CRF
    effort: str = "usual"
    motion: str | None = None
    matte: tuple[int, int, int] = GREY
    encoder: str | None = None
    threads: int | None = None


class H264(VideoCodec):
    """The codec behind ``mp4``. See the module."""

    spec = OUTPUTS["mp4"]
    codec = "h264"
    can = Capabilities(cards=True)
    usual_bits = UsualBits(0.07, value=26.0, fold=4.5, least=8.0, most=44.0)

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        crf = 1.0 if goal.lossless else DEFAULT_CRF  # crf 0 would be a profile that browsers do not play
        settings = H264Settings(crf, _effort(shape)).to_json() | self.sound(goal, shape)
        return Plan(self.format, shape.width, shape.height, goal.fps, settings)

    def lever(self, plan: Plan) -> Lever | None:
        return Lever("crf", finest=1.0, coarsest=51.0, start=26.0, slope=-0.22, step=0.05)

    def variant_bytes(self, value: float) -> float:
        """Flicker costs most where it is coded finely; of what is coded coarsely little is left of it anyway."""
        return min(max(0.05 * value - 0.4, 0.5), 1.0)

    def quick(self, plan: Plan) -> Plan:
        """A cheaper plan whose bytes move with the lever as the real one's do, and which a second pass may follow."""
        return replace(plan, settings=plan.settings | {"effort": _QUICK[H264Settings.of(plan).effort]})

    def quick_share(self, quick: Plan) -> float:
        """Of the bytes of a ``quick`` plan those that the real one has; rarely more."""
        return QUICK_SHARES[H264Settings.of(quick).effort]

    def two_passes(self, quick: Plan) -> bool:
        return H264Settings.of(quick).effort == "first"

    def second(self, plan: Plan, drawn: bool) -> Plan:
        """``plan`` for a second pass. Pictures that a program has ``drawn`` scroll and leap, and coded coarsely they
        are worth looking for farther away."""
        if drawn and H264Settings.of(plan).crf >= WIDE_CRF:
            return replace(plan, settings=plan.settings | {"motion": "wide"})
        return plan

    def track(self, plan: Plan, pictures: Planes, which: Pass | None = None) -> Track:
        settings = H264Settings.of(plan)
        encoder = settings.encoder or "libx264"
        found = options(plan, encoder, repeats=pictures.repeats(REFERENCES), which=which)
        return Track(encoder, found, threads=settings.threads)


def _effort(shape: Shape) -> str:
    """Work that is done in a moment may take twice as long. A film of a few small pictures is made in one pass: the
    first tells too little of it, and it loses a point or two by two."""
    pixels = shape.width * shape.height * shape.frame_count
    return "highest" if pixels < HIGHEST_PIXELS else "single" if pixels < TWICE_PIXELS else "usual"


# Psychovisual tricks add grain that is not in the source, and variance AQ moves bits to where errors are seen.
# Colours are worth more than x264 thinks, and pictures drawn by a program want less deblocking than filmed ones.
_COMMON = "psy=0:aq-mode=2:chroma-qp-offset=-4:deblock=-1,-1:keyint={keyint}:min-keyint=1:stitchable=0"
# At equal quality "fast" with few B-frames is as small as "medium" with many, in half of its time. What looks ahead as
# far as that and decides like it (trellis) tells its bytes within 3 %; without, it likes flicker taken out too well. A
# first pass must agree with the second in all that says which picture refers to which.
_EFFORTS = {
    "first": ("veryfast", ":bframes=3:b-adapt=1:rc-lookahead=30:trellis=1"),
    "probe": ("veryfast", ":bframes=3:b-adapt=1:rc-lookahead=30:trellis=1"),
    "usual": ("fast", ":bframes=3:b-adapt=1"),
    "single": ("fast", ":bframes=3:b-adapt=1"),
    "sketch": ("veryfast", ":bframes=8:b-adapt=2:rc-lookahead=60:trellis=1:weightp=2"),
    "highest": ("slower", ":bframes=8:b-adapt=2"),
}
_QUICK = {"usual": "first", "single": "probe", "highest": "sketch"}
QUICK_SHARES = {"first": 0.976, "probe": 0.976, "sketch": 0.904}
WIDE, WIDE_CRF = ":me=umh:merange=32", 27.0
HIGHEST_PIXELS, TWICE_PIXELS = 600_000, 2_000_000
# x264's AVX-512 code (0.165) reads memory that nobody wrote: its bytes then differ from run to run. AVX2 is no slower.
_STEADY = ":asm=AVX2"
BUFFER_KBIT = 50_000  # more than a film of ours fills
# H.264 table A-1: level, macroblocks of a picture, a second, of all pictures kept; kbit/s of High profile.
_LEVELS = (
    ("3", 1620, 40_500, 8100, 12_500),
    ("3.1", 3600, 108_000, 18_000, 17_500),
    ("3.2", 5120, 216_000, 20_480, 25_000),
    ("4", 8192, 245_760, 32_768, 25_000),
    ("4.1", 8192, 245_760, 32_768, 62_500),
    ("4.2", 8704, 522_240, 34_816, 62_500),
    ("5", 22_080, 589_824, 110_400, 168_750),
    ("5.1", 36_864, 983_040, 184_320, 300_000),
    ("5.2", 36_864, 2_073_600, 184_320, 300_000),
    ("6.2", 139_264, 16_711_680, 696_320, 1_000_000),
)
REFERENCES = 16  # of a clip that shows again what it showed before
USUAL_REFERENCES = 4  # no preset that is used here keeps more


def _second(rate: int, level: str) -> str:
    """What makes a second pass of ``rate`` kbit/s come out like a constant rate factor of as many bytes: every picture
    begins with the same quantiser, which may leap from one that is shown briefly to one that stays. Only with a buffer
    to watch does x264 look where things move to before it codes them; this one binds nothing, and ``level`` is told so
    that it raises nothing."""
    most = max(4 * rate, BUFFER_KBIT)
    return f":pass=2:ipratio=1:qpstep=69:level={level}:vbv-maxrate={most}:vbv-bufsize={most}"


def _level(plan: Plan, references: int, rate: int) -> str:
    """The least level, from 3.0 on, that holds such a film: for want of a rate at 30 pictures a second."""
    blocks = -(-plan.width // 16) * -(-plan.height // 16)
    fits = (
        name
        for name, most_blocks, most_a_second, most_kept, most_rate in _LEVELS
        if blocks <= most_blocks
        and blocks * (plan.fps or 30) <= most_a_second
        and blocks * references <= most_kept
        and 2 * rate <= most_rate
    )
    return next(fits, _LEVELS[-1][0])


def options(plan: Plan, encoder: str, *, repeats: bool = False, which: Pass | None = None) -> dict[str, str]:
    """The encoder's options for a plan: a pure function. ``repeats``: a picture comes again within REFERENCES.
    ``which`` of two passes this is, if there are two."""
    from ..hardware import scaled, wide_vectors

    settings = H264Settings.of(plan)
    if encoder == "libx264":
        preset, more = _EFFORTS[settings.effort]
        keyint = "infinite" if plan.fps is None else str(max(1, round(plan.fps * KEYFRAME_S)))
        params = _COMMON.format(keyint=keyint) + more
        references = REFERENCES if repeats else USUAL_REFERENCES
        if repeats:
            params += f":ref={REFERENCES}"
        if wide_vectors():
            params += _STEADY
        lever = {"crf": f"{settings.crf:.3f}"}
        if which is not None:
            params += _second(which.rate, _level(plan, references, which.rate)) if which.rate else ":pass=1"
            if settings.motion == "wide":
                params += WIDE
            lever = {"b": f"{which.rate}k"} if which.rate else lever
            lever["stats"] = str(which.stats.path)
        return {"preset": preset, "x264-params": params} | lever
    return scaled(encoder, settings.crf)


CODEC = H264()
