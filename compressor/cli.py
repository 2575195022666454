"""The command line: one file in, one file out, in plain words or flags.

    python -m compressor IN -o OUT [words …] [--max-bytes N] [--quality Q] [--format F] [--codec C] [--width W]
                         [--fps F] [--max-frames N] [--min-quality Q] [--json] [--explain [--context]] [--version]
                         [--in-process]

Exit status: 0 done, 2 usage, 3 cannot fit (the closest result is kept and named), 4 unreadable or unsupported, 5 over
a limit, 6 stopped, 1 a fault in this program. OUT ``-`` writes the file to standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from . import __version__, formats
from .errors import BadRequest, Cancelled, CannotFit, CompressorError, EngineFailure
from .events import Event, Failed, Finished
from .goal import FORMATS, Goal
from .terminal import Screen
from .words_to_draft import MEDIA

if TYPE_CHECKING:
    from .engine import Job
    from .language import Context
    from .words_to_draft import Wording

UNITS = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1000,
    "m": 10**6,
    "mb": 10**6,
    "kib": 1024,
    "mib": 1024**2,
    "g": 10**9,
    "gb": 10**9,
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadRequest(message[:1].upper() + message[1:] + ". Try --help.")


def parser() -> argparse.ArgumentParser:
    p = _Parser(prog="python -m compressor", description="Make an animated image small.")
    p.add_argument("source", nargs="?", metavar="IN", help=f"a {formats.taken()}")
    p.add_argument(
        "words", nargs="*", help='what you want, in plain words: "under 500KB", "720p MP4", "first 3 seconds"'
    )
    p.add_argument("-o", "--out", metavar="OUT", help="where to write; - is standard output")
    p.add_argument("--max-bytes", type=size, metavar="N", help="a hard ceiling; 500KB, 2MB and 1MiB are understood")
    p.add_argument("--quality", type=quality, metavar="Q", help="0-100 (SSIMULACRA2), or low, medium, high, lossless")
    p.add_argument(
        "--format", type=format_named, choices=FORMATS, help="otherwise the words or the ending of OUT say it"
    )
    p.add_argument("--codec", choices=formats.CODEC_CHOICES, help="of a film, where its format may hold several")
    p.add_argument("--width", type=int, metavar="W", help="pixels")
    p.add_argument("--fps", type=float, metavar="F", help="frames per second, at most")
    p.add_argument("--max-frames", type=int, metavar="N", help="frames, at most")
    p.add_argument("--min-quality", type=float, metavar="Q", help="0-100; a result below it ends with status 3")
    p.add_argument("--json", action="store_true", help="one line of JSON about the result on standard output")
    p.add_argument(
        "--explain",
        action="store_true",
        help="say what was understood, and do nothing; alone: a phrase a line from standard input",
    )
    p.add_argument(
        "--context",
        action="store_true",
        help='with --explain: each line is JSON, {"text", "context"}, and so is each answer, {"explain", "clauses"}',
    )
    p.add_argument("--version", action="version", version=f"Brim {__version__}")
    p.add_argument("--in-process", action="store_true", help="without the sandbox, for debugging")
    return p


def size(text: str) -> int:
    """Bytes of "500KB", "2 MB", "1.5MiB" or "480000"."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]*)\s*", text)
    if match is None or match[2].lower() not in UNITS:
        raise argparse.ArgumentTypeError(f"“{text}” is not a size; say for example 500KB or 2MB")
    return int(float(match[1]) * UNITS[match[2].lower()])


def quality(text: str) -> float | str:
    if text.lower() in ("low", "medium", "high", "lossless"):
        return text.lower()
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"“{text}” is not a quality; say 0 to 100, low, medium, high or lossless"
        ) from None


def format_named(text: str) -> str:
    from . import unsupported

    try:
        return unsupported.made(text)
    except BadRequest as error:
        raise argparse.ArgumentTypeError(error.message) from None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; answers the exit status. Everything that goes wrong is one plain sentence on stderr."""
    try:
        return _run(parser().parse_intermixed_args(argv))
    except CompressorError as error:
        _complain(error)
        return error.exit_status
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return Cancelled.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def _complain(error: CompressorError) -> None:
    print(f"compressor: {error.message}", file=sys.stderr)
    if error.detail and os.environ.get("COMPRESSOR_DEBUG"):
        print(error.detail, file=sys.stderr)


def _run(options: argparse.Namespace) -> int:
    if options.explain and options.source is None:
        return _explain_lines(sys.stdin, sys.stdout, context=options.context)
    if options.context:
        raise BadRequest("--context goes with --explain, without a file.")
    if options.source is None:
        raise BadRequest("There is no file to work on. Try --help.")
    if not options.explain and options.out is None:
        raise BadRequest("Say where to write: -o OUT.")
    source = Path(options.source)
    if not source.is_file():
        raise BadRequest(f"There is no file {options.source}.")
    if not options.in_process:
        from . import compile_kernels, sandbox

        if not compile_kernels.compiled():
            print("First start: the kernels are compiled, once; this takes a minute or two.", file=sys.stderr)
        sandbox.warm()  # it loads what it needs while we read the words
    draft, goal, said, understood = _asked(options, source)
    for sentence in said:
        print(sentence, file=sys.stderr)
    if options.explain:
        print(json.dumps(understood, ensure_ascii=False, separators=(",", ":")))
        return 0
    with tempfile.TemporaryDirectory(prefix="compressor-", dir=_near(options.out)) as folder:
        return _make(options, source, draft, goal, Path(folder))


def _near(out: str) -> str | None:
    """Beside the result, so that moving it there is one rename; standard output uses the system's place."""
    if out == "-":
        return None
    parent = Path(out).absolute().parent
    if not parent.is_dir():
        raise BadRequest(f"There is no folder {parent}.")
    if Path(out).is_dir():
        raise BadRequest(f"{out} is a folder.")
    if not os.access(parent, os.W_OK):
        raise BadRequest(f"Nothing can be written in {parent}.")
    return str(parent)


def _asked(options: argparse.Namespace, source: Path) -> tuple[dict[str, Any] | None, Goal, list[str], dict[str, Any]]:
    """(draft, goal, what to say, what was understood) of words and flags; a flag wins over words."""
    value: dict[str, Any] = {}
    draft: dict[str, Any] | None = None
    said: list[str] = []
    understood: dict[str, Any] = {}
    unmade = ""
    if options.words:
        found = _read(" ".join(options.words), source, options.in_process)
        draft, value, said, understood, unmade = (
            found.draft, dict(found.goal), found.sentences(), found.explain, found.unmade,
        )  # fmt: skip
    flags: dict[str, Any] = {
        "format": options.format,
        "codec": options.codec,
        "max_bytes": options.max_bytes,
        "width": options.width,
        "fps": options.fps,
        "max_frames": options.max_frames,
        "min_quality": options.min_quality,
    }
    if isinstance(options.quality, str):
        from .goal import QUALITY_WORDS

        flags |= {"lossless": True} if options.quality == "lossless" else {"quality": QUALITY_WORDS[options.quality]}
    else:
        flags["quality"] = options.quality
    value |= {k: v for k, v in flags.items() if v is not None}
    if unmade and not value.get("format"):
        raise BadRequest(" ".join(said))  # to make another format in its place would be no answer
    if "format" not in value and options.out not in (None, "-"):
        suffix = Path(options.out).suffix.lower()
        if formats.named(suffix) in (formats.OUTPUTS | formats.OTHERS):
            from . import unsupported

            value["format"] = unsupported.made(suffix)
    spec = formats.output(value.get("format"))
    if spec and spec.moving and Path(options.out or "").suffix.lower() == f".{spec.suffix}" and not options.format:
        value["format"] = spec.moving  # what moves has that ending too; a still comes out as a still
    return draft, Goal.from_json(value), said, understood


def _read(words: str, source: Path, in_process: bool) -> Wording:
    from . import language, words_to_draft

    language.read(words)  # builds the tables of this language, while the sandbox loads
    return words_to_draft.read(words, _probed(source, in_process), source.name)


def _probed(source: Path, in_process: bool) -> Any:
    if in_process:
        from .probe import probe

        return probe(source)
    from . import sandbox

    return sandbox.probe(source)


def _explain_lines(lines: IO[str], out: IO[str], *, context: bool) -> int:
    """One line in, one compact JSON object a line out. A line is a phrase, or with ``context`` {"text", "context"}."""
    from . import language

    for line in lines:
        if context:
            text, stands = _in_context(line)
            found = language.read(text, stands)
            explained = {k: v for k, v in found.explain.items() if k != "relative_volume"}
            told: dict[str, Any] = {"explain": explained, "clauses": [[c.text, c.role] for c in found.clauses]}
        else:
            explained = language.read(line.rstrip("\n")).explain
            told = {k: v for k, v in explained.items() if k != "relative_volume"}
        print(json.dumps(told, ensure_ascii=False, separators=(",", ":")), file=out, flush=True)
    return 0


def _in_context(line: str) -> tuple[str, Context]:
    """The message of a line of JSON, and what it is read in."""
    from .language import Context

    try:
        sent = json.loads(line)
    except ValueError:
        sent = None
    if not isinstance(sent, dict) or not isinstance(sent.get("text"), str):
        raise BadRequest('With --context each line is a JSON object: {"text": …, "context": …}.')
    return sent["text"], Context.from_json(sent.get("context"))


def _make(options: argparse.Namespace, source: Path, draft: dict[str, Any] | None, goal: Goal, folder: Path) -> int:
    from .engine import Job

    made = folder / "out"
    job = Job(sources={MEDIA: str(source.absolute())}, out=str(made), goal=goal.to_json(), draft=draft)
    screen = Screen(sys.stderr)
    done: Finished | None = None
    try:
        for event in _events(job, options.in_process):
            if isinstance(event, Finished):
                done = event
            elif isinstance(event, Failed):
                raise CompressorError.from_json(event.error)
            else:
                screen.show(event)
    finally:
        screen.clear()
    if done is None:
        raise EngineFailure("The job ended without a result.")
    _deliver(made, options.out)
    report = dict(done.report)
    report["output"] = dict(report["output"], path=options.out)
    if options.json:
        print(json.dumps(report, ensure_ascii=False), file=sys.stderr if options.out == "-" else sys.stdout)
    elif options.out != "-":
        screen.summary(report)
    if done.fits:
        return 0
    ceiling, got = report.get("max_bytes"), report["output"]["bytes"]
    if ceiling is None or got <= ceiling:
        print(f"compressor: {done.would_fit} The closest was written to {options.out}.", file=sys.stderr)
        return CannotFit.exit_status
    print(
        f"compressor: It cannot be made to fit {ceiling:,} bytes. The closest has {got:,} and was written to "
        f"{options.out}. {done.would_fit}",
        file=sys.stderr,
    )
    return CannotFit.exit_status


def _deliver(made: Path, out: str) -> None:
    if out == "-":
        with made.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        os.replace(made, out)
    except OSError as error:
        raise BadRequest(f"The result cannot be written to {out}.", detail=repr(error)) from error


def _events(job: Job, in_process: bool) -> Iterator[Event]:
    """The job's events. Ctrl-C asks the job to stop, and it leaves nothing behind."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    main_thread = threading.current_thread() is threading.main_thread()
    if main_thread:
        signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        if in_process:
            yield from _here(job, stop)
        else:
            from . import sandbox

            yield from sandbox.run(job, cancel=stop)
    finally:
        if main_thread:
            signal.signal(signal.SIGINT, before)


def _here(job: Job, stop: threading.Event) -> Iterator[Event]:
    """The engine in this very process, its events through a queue."""
    import queue

    from . import engine

    waiting: queue.Queue[Event | None] = queue.Queue()

    def tell(event: Event) -> None:
        if stop.is_set():
            raise Cancelled("Stopped.")
        waiting.put(event)

    def work() -> None:
        try:
            engine.make(job, tell)
        except CompressorError as error:
            waiting.put(Failed(error.to_json()))
        except Exception as error:
            import traceback

            failure = EngineFailure("Something went wrong on our side.", detail=traceback.format_exc())
            del error
            waiting.put(Failed(failure.to_json()))
        finally:
            waiting.put(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while (event := waiting.get()) is not None:
        yield event
    thread.join()
