"""The command line of ``brim``: options, help and exit status. What they do stands in the other modules.

    brim IN... [-o FILE|DIR] [words]      make animated images small
    brim watch | mcp | completion | man | site    see each with --help

Exit status: 0 done, 2 usage, 3 cannot fit (the closest is kept and named), 4 unreadable or unsupported, 5 over a limit,
6 stopped, 1 our own fault; of several files the worst, in the order 1 6 2 4 5 3 0.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from compressor import formats, unsupported
from compressor.errors import BadRequest, Cancelled, CompressorError

EPILOG = (
    "Exit status: 0 done, 2 usage, 3 cannot fit (the closest is kept and named), 4 unreadable or unsupported, "
    "5 over a limit, 6 stopped, 1 our own fault; of several files the worst."
)
EXAMPLES = (
    ('brim in.gif "under 500KB"', "writes in-small.gif beside it"),
    ('brim *.gif -o out/ "under 200KB"', "many files, a line for each"),
    ("brim clip.mov -o clip.webm --max-bytes 2MB --width 720", "by flags"),
    ('brim in.gif "as mp4, webp and gif under 1MB"', "several formats, a file of each"),
    ("brim -r shots/ -o small/ --total 10MB", "a folder, one budget over all"),
    ("brim --check discord-emoji *.gif", "would the place take them?"),
    ('cat in.gif | brim - "half the size" > out.gif', "standard input and output"),
)


# The options that are fields of the goal.
GOAL = ("max_bytes", "quality", "min_quality", "format", "codec", "preset", "width", "fps", "max_frames")


class Bytes(click.ParamType):
    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        import argparse

        from compressor import cli

        try:
            return value if isinstance(value, int) else cli.size(value)
        except argparse.ArgumentTypeError as error:
            self.fail(str(error), param, ctx)


class Quality(click.ParamType):
    name = "quality"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        import argparse

        from compressor import cli

        try:
            return cli.quality(str(value))
        except argparse.ArgumentTypeError as error:
            self.fail(str(error), param, ctx)


class Words(click.Group):
    """A group whose words are files and wishes unless the first one names a command (and no such file is there)."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self.commands and not Path(args[0]).exists():
            return super().resolve_command(ctx, args)
        return "brim", make, args

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        make.format_help(click.Context(make, info_name="brim"), formatter)
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        alone = click.Context(make, info_name="brim", resilient_parsing=True)
        found = [one for one in super().shell_complete(ctx, incomplete) if one.value != "--help"]
        return found + make.shell_complete(alone, incomplete)


class Format(click.Choice[str]):
    """A format that is made, by its name or its ending; of another one it is said what serves instead."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = formats.named(str(value))
        if name in formats.OTHERS:
            self.fail(unsupported.not_made(name), param, ctx)
        return super().convert(name, param, ctx)


def _formats() -> Format:
    return Format(formats.NAMES)


def _codecs() -> click.Choice[str]:
    return click.Choice(formats.CODEC_CHOICES)


class Help(click.Command):
    """A command whose help ends with examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            formatter.write_dl(list(EXAMPLES))
        formatter.write_paragraph()
        formatter.write_text(EPILOG)


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(
    cls=Words,
    context_settings=_SETTINGS | {"ignore_unknown_options": True, "allow_interspersed_args": False},
    invoke_without_command=True,
)
@click.option("--version", is_flag=True, help="Show the version and exit.")
@click.pass_context
def brim(ctx: click.Context, version: bool) -> int | None:
    """An AI GIF compressor: say how small, get the best-looking file that fits."""
    if version:
        from . import version as read

        click.echo(f"brim {read()}")
        ctx.exit(0)
    if ctx.invoked_subcommand is None:
        raise BadRequest("There is no file to work on. Try --help.")
    return None


@click.command(cls=Help, context_settings=_SETTINGS, epilog=EPILOG)
@click.argument("given", nargs=-1, metavar="IN... [WORDS]", type=click.UNPROCESSED, shell_complete=lambda *_: _files())
@click.option("-o", "--out", default="", metavar="FILE|DIR", help="Where to write; - is standard output.")
@click.option("-r", "--recursive", is_flag=True, help="Take the files inside of folders too.")
@click.option("--name", "template", default="", metavar="NAME", help="Names of results: {stem} {ext} {parent} {n}.")
@click.option("--in-place", is_flag=True, help="Replace each file by a smaller one of its format, or leave it.")
@click.option("--backup", default="", metavar="END", help="With --in-place: keep the original under this ending.")
@click.option("--force", is_flag=True, help="Replace a result that is there already.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), metavar="N", help="Files made at once (half of the cores).")
@click.option("--max-bytes", type=Bytes(), metavar="SIZE", help="A hard ceiling for each file: 500KB, 2MB, 1MiB.")
@click.option("--total", type=Bytes(), metavar="SIZE", help="A hard ceiling for all files together.")
@click.option("--quality", type=Quality(), metavar="Q", help="0-100 (SSIMULACRA2), low, medium, high or lossless.")
@click.option("--min-quality", type=click.FloatRange(0, 100), metavar="Q", help="A result below it ends with status 3.")
@click.option("--format", type=_formats(), help="Else the words or the ending of -o say it; else it stays.")
@click.option("--codec", type=_codecs(), help="Of a film, where its format may hold several.")
@click.option("--preset", metavar="PLACE", help="The limits of a place; see --presets.")
@click.option("--width", type=click.IntRange(1), metavar="W", help="Pixels.")
@click.option("--fps", type=click.FloatRange(0, min_open=True), metavar="F", help="Frames per second, at most.")
@click.option("--max-frames", type=click.IntRange(1), metavar="N", help="Frames, at most.")
@click.option("--strict", is_flag=True, help="Words that are not understood are an error.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and the bytes to expect; write nothing.")
@click.option("--check", "place", metavar="PLACE", help="Say whether a place would take the files; write nothing.")
@click.option("--presets", is_flag=True, help="List the places and their limits.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each file.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.option("-v", "--verbose", is_flag=True, help="Say every attempt.")
def make(given: tuple[str, ...], **options: Any) -> int:
    """Make animated images small, by flags or in your own words: "under 500KB", "720p MP4", "first 3 seconds".

    IN is a GIF, APNG, WebP, AVIF, MP4, MOV, WebM, MKV, AVI or a still, a pattern, a folder with -r, or - for standard
    input. Everything that is not a file is words. Without -o the result is written beside the file, as NAME-small.
    """
    if options["presets"]:
        from . import dry_run

        dry_run.listing(options["as_json"])
        return 0
    return _make(given, options)


def _make(given: Sequence[str], options: dict[str, Any]) -> int:
    from compressor import sandbox

    from . import arguments

    sources, words = arguments.sorted_out(given, recursive=options["recursive"])
    if options["place"] and Path(options["place"]).is_file():
        raise BadRequest(f"--check takes a place first: --check discord-emoji {options['place']}.")
    if not sources:
        raise BadRequest("There is no file to work on. Try --help.")
    if options["place"]:
        if any(source.is_stdin for source in sources):
            raise BadRequest("--check looks at files, not at standard input.")
        from . import dry_run, outcome

        return outcome.worst(dry_run.check(sources, options["place"], options["as_json"]))
    _sensible(sources, options)
    sandbox.warm()
    from compressor import words_to_draft

    from . import many_files, outcome, request  # while the sandbox loads

    goal = {
        k: options[k]
        for k in ("max_bytes", "quality", "min_quality", "format", "codec", "preset", "width", "fps", "max_frames")
    }
    flags = request.flags(goal)
    _first_start()
    if words:
        words_to_draft.load(words)  # while the sandbox loads, not when the first file has been looked at
    formats_said = _several(words) if words and not flags.get("format") else {}
    if formats_said and (options["in_place"] or any(source.is_stdin for source in sources)):
        raise BadRequest("Several formats need files and names of their own: no --in-place and no standard input.")
    asked = [request.Asked(text, flags, options["strict"]) for text in formats_said.values() or [words]]
    output = arguments.Output.meant(options["out"], sources, options["template"], len(asked))
    if (
        output.place not in ("", "-")
        and not output.folder
        and request.of_name(output.place) is None
        and not flags.get("format")
    ):
        raise BadRequest(f"{output.place} has no ending that says the format: add one, or --format.")
    tasks = [
        many_files.Task(source, number, one, output, None, options["in_place"], options["backup"], options["force"])
        for number, source in enumerate(sources, 1)
        for one in asked
    ]
    if total := options["total"] or (_together(words) if words and len(tasks) > 1 else None):
        tasks = many_files.shared(tasks, total, many_files.jobs(options["jobs"], len(tasks)))
    if options["dry_run"]:
        from . import dry_run

        return outcome.worst(dry_run.dry(tasks, options["as_json"]))
    return outcome.worst(
        many_files.run(tasks, many_files.jobs(options["jobs"], len(tasks)), _screen(len(tasks), options))
    )


def _several(words: str) -> dict[str, str]:
    from compressor import language

    return language.several(words)


def _together(words: str) -> int | None:
    """The bytes of all files together, where the words say that ("all of them together under 2 MB")."""
    from compressor import language

    return language.read(words).explain.get("max_bytes") if language.together(words) else None


def _screen(files: int, options: dict[str, Any]) -> Any:
    from .output import Screen

    mode = (
        "json" if options["as_json"] else "quiet" if options["quiet"] else "verbose" if options["verbose"] else "plain"
    )
    return Screen(files, mode)


def _first_start() -> None:
    """Say it where the kernels are to be compiled."""
    from compressor import compile_kernels

    if not compile_kernels.compiled():
        print("First start: the kernels are compiled, once; this takes a minute or two.", file=sys.stderr)


def _sensible(sources: Sequence[Any], options: dict[str, Any]) -> None:
    """Options that contradict each other. Raises BadRequest."""
    if options["in_place"] and (options["out"] or options["template"]):
        raise BadRequest("--in-place writes over the file itself: it goes without -o and --name.")
    if options["backup"] and not options["in_place"]:
        raise BadRequest("--backup goes with --in-place.")
    if options["backup"] and ("/" in options["backup"] or options["backup"] in (".", "..")):
        raise BadRequest("--backup is an ending, for example .bak.")
    if options["quiet"] and options["verbose"]:
        raise BadRequest("--quiet and --verbose exclude each other.")
    stdin = [source for source in sources if source.is_stdin]
    if stdin and (options["in_place"] or options["dry_run"]):
        raise BadRequest("Standard input goes without --in-place and --dry-run.")
    to_stdout = options["out"] == "-" or (stdin and not options["out"])
    if to_stdout and sys.stdout.isatty():
        raise BadRequest("The result would be written to the terminal: name a file with -o.")


def _files() -> list[Any]:
    from click.shell_completion import CompletionItem

    return [CompletionItem("", type="file")]


@brim.command("completion", short_help="Print the completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell, for the place where the shell looks for it.

    \b
    brim completion bash > ~/.local/share/bash-completion/completions/brim
    brim completion zsh > "${fpath[1]}/_brim"
    brim completion fish > ~/.config/fish/completions/brim.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(brim, {}, "brim", "_BRIM_COMPLETE").source())
    return 0


@brim.command("man", short_help="Print the man page.")
def man() -> int:
    """Print the man page: brim man | man -l -"""
    from .manpage import page

    click.echo(page(), nl=False)
    return 0


@brim.command("watch", short_help="Make what is put into a folder small.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("words", nargs=-1)
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where results go.",
)
@click.option("--existing", is_flag=True, help="Make the files that are there already, too.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each file.")
def watch(folder: Path, words: tuple[str, ...], out: Path, existing: bool, as_json: bool) -> int:
    """Watch FOLDER and make each file that is put there small, as WORDS say, until Ctrl-C."""
    from compressor import sandbox

    from .watching import watch as run

    sandbox.warm()
    _first_start()
    return run(folder, " ".join(words), out, existing=existing, as_json=as_json)


@brim.command("mcp", short_help="Serve an agent over standard input and output (MCP).")
@click.option("--root", "roots", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A folder that may be read and written; else those that the client names.")  # fmt: skip
def mcp(roots: tuple[Path, ...]) -> int:
    """Serve the Model Context Protocol over standard input and output, with the engine of this machine."""
    try:
        from .mcp.local import serve
    except ModuleNotFoundError as error:
        raise BadRequest(f"{error.name} is not installed; install brim-gif[mcp].") from None
    serve(roots)
    return 0


@brim.command("site", context_settings={"ignore_unknown_options": True}, add_help_option=False,
              short_help="The website: prepare, up, serve, work, beat …")  # fmt: skip
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def site(words: tuple[str, ...]) -> int:
    """Run a command of the website, as manage.py does: brim site prepare, then brim site up."""
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        raise BadRequest("The website is not installed; install brim-gif[site].") from None
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gifweb.settings")
    execute_from_command_line(["brim site", *words])
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status. What goes wrong is one plain sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):  # a file may have a name that is no text
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = brim.main(list(argv) if argv is not None else None, prog_name="brim", standalone_mode=False)
        return int(status or 0)
    except click.ClickException as error:
        _complain(error.format_message())
        return 2
    except CompressorError as error:
        _complain(error.message)
        return error.exit_status
    except (KeyboardInterrupt, click.Abort):
        _complain("Stopped.")
        return Cancelled.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def _complain(sentence: str) -> None:
    from .output import coloured, visible

    text = visible(f"brim: {sentence}")
    print(f"\x1b[31m{text}\x1b[0m" if coloured(sys.stderr) else text, file=sys.stderr)
