"""The man page, made from the options themselves."""

from __future__ import annotations

import click


def page() -> str:
    """The page in the man macros."""
    from .cli import EPILOG, EXAMPLES, brim, make

    ctx = click.Context(make, info_name="brim")
    lines = [
        '.TH BRIM 1 "" "brim" "User commands"',
        ".SH NAME",
        "brim \\- make animated images small",
        ".SH SYNOPSIS",
        ".B brim",
        "IN... [\\-o FILE|DIR] [OPTIONS] [WORDS]",
        ".SH DESCRIPTION",
    ]
    for paragraph in (make.help or "").split("\n\n"):
        lines += [".PP", _text(" ".join(paragraph.split()))]
    lines.append(".SH OPTIONS")
    for parameter in make.params:
        record = parameter.get_help_record(ctx)
        if record:
            lines += [".TP", f".B {_text(record[0])}", _text(record[1])]
    lines.append(".SH COMMANDS")
    for name, command in sorted(brim.commands.items()):
        lines += [".TP", f".B brim {name}", _text(command.get_short_help_str(200))]
    lines.append(".SH EXAMPLES")
    for command_line, about in EXAMPLES:
        lines += [".TP", f".B {_text(command_line)}", _text(about)]
    lines += [".SH EXIT STATUS", _text(EPILOG), ".SH ENVIRONMENT"]
    lines += [".TP", ".B NO_COLOR", "No colour is written.", ".TP", ".B FORCE_COLOR", "Colour is written to pipes too."]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Escaped for roff: a backslash, a minus, and a line that would begin as a macro."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
