"""The supervisor of one machine: starts the processes, restarts one that dies, stops all.

A child ends with its supervisor even when that is killed (Linux: the parent-death signal), so a second start never
finds processes of the first.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from types import FrameType

from django.conf import settings

from .environment_urls import figures_folder

LOOK_S = 0.2
GRACE_S = 12.0
STEADY_S = 20.0  # a process that ran this long is restarted at once
LONGEST_WAIT_S = 15.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process: how to start it, and when it may be restarted."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float = field(default=0.0)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """``run`` returns the exit status: 0 after Ctrl-C or SIGTERM, 1 when the site could not be started at all."""

    def __init__(self, host: str, port: int, say: Callable[[str], object] = print) -> None:
        self.host, self.port, self.say = host, port, say
        script = Path(__file__).resolve().parent.parent / "manage.py"
        manage = [sys.executable, str(script)] if script.is_file() else [sys.executable, "-P", "-m", "brim", "site"]
        self.children = [
            Child("worker", [*manage, "work"]),
            Child("web", [*manage, "serve", "--host", host, "--port", str(port)]),
            Child("beat", [*manage, "beat"]),
        ]
        self.stopping = False
        self.ready = False

    @property
    def url(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    def run(self) -> int:
        if taken := self.port_taken():
            self.say(f"Port {self.port} is in use ({taken}). Choose another: make run PORT=8001")
            return 1
        self._drop_figures()  # of the processes before; Prometheus knows counters that begin anew
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        look_at = 0.0
        try:
            while not self.stopping:
                for child in self.children:
                    self._keep_alive(child)
                if not self.ready and monotonic() >= look_at:
                    look_at = monotonic() + 0.5
                    self.ready = self._healthy()
                    if self.ready:
                        self.say(f"Ready: open {self.url} in a browser. Ctrl-C stops everything.")
                sleep(LOOK_S)
        finally:
            self._stop_all()
            self._drop_figures()
        return 0

    def _drop_figures(self) -> None:
        shutil.rmtree(figures_folder(Path(settings.DATA_DIR)), ignore_errors=True)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _keep_alive(self, child: Child) -> None:
        now = monotonic()
        if child.alive:
            return
        if child.process is not None:
            status = child.process.returncode
            child.process = None
            child.deaths = 1 if now - child.started_at > STEADY_S else child.deaths + 1
            wait = 0.0 if child.deaths == 1 else min(2.0 ** (child.deaths - 2), LONGEST_WAIT_S)
            child.start_at = now + wait
            self.say(
                f"The {child.name} process ended ({_told(status)}); it is restarted{f' in {wait:.0f} s' * (wait > 0)}."
            )
        if now >= child.start_at:
            child.process = subprocess.Popen(
                child.arguments,
                start_new_session=True,  # Ctrl-C reaches only the supervisor, which stops the children in order
                preexec_fn=die_with_parent(os.getpid()),
            )
            child.started_at = now

    def _stop_all(self) -> None:
        """Ask all processes to stop, wait, then kill the rest."""
        for child in self.children:
            if child.alive and child.process:
                child.process.terminate()
        deadline = monotonic() + GRACE_S
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"The {child.name} process did not stop in time and was killed.")
                child.process.kill()
                child.process.wait()
        self.say("Stopped.")

    def _healthy(self) -> bool:
        request = urllib.request.Request(f"{self.url}/healthz", headers={"Host": f"127.0.0.1:{self.port}"})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def port_taken(self) -> str:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                return error.strerror or "it cannot be opened"
        return ""


def _told(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def die_with_parent(parent: int) -> Callable[[], None] | None:
    """Return a function for the child: it asks the kernel to end the child when the parent ends."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the parent has already ended
            os._exit(1)

    return ask
