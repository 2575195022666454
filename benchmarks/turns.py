#!/usr/bin/env python3
"""Many conversations at once: how soon does a turn's stream begin, and does every one end with words?

    turns.py URL [--turns 50] [--rounds 5] [--pid PID]

URL is a running site with room for so many newcomers from one address (``ANON_TOKENS_PER_IP=0``, ``RATE_TOKEN=0/m``).
Each of the clients is somebody of its own: own token, own session, a small GIF in it, and a connection that is open
and has been used, as an agent's is after its upload. In a round all of them say something in the same moment, and
the next round begins when the last has been answered; what is said makes an edit each time. The clock of a turn runs
from before its request is written to the first byte of the body, and to the end of the stream. Requests and answers
go through plain sockets here, so that the client's own work is not counted as waiting.

Prints first byte and whole turn of each round in milliseconds, and with the process id of ``manage.py serve`` the CPU
time that it took for each turn, beside the load of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import secrets
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from PIL import Image


def gif() -> bytes:
    frames = [Image.new("RGB", (64, 48), (20 * i, 90, 200)) for i in range(6)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue()


@dataclass
class Agent:
    """One client: its token, its session, its open connection."""

    host: str
    token: str
    session: str
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)

    async def connect(self) -> None:
        """Opens the connection and uses it once."""
        where = urlsplit(f"//{self.host}")
        self.reader, self.writer = await asyncio.open_connection(where.hostname, where.port or 80)
        self.ask("GET", "/api/credits/balance/simple")
        assert (await self.answer())[0] == 200

    def ask(self, method: str, path: str, body: bytes = b"") -> None:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)

    async def answer(self) -> tuple[int, float, bytes]:
        """Status, the moment of the first byte of the body, the body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split()[1])
        body, first = b"", 0.0
        if "transfer-encoding: chunked" in head:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
                first = first or time.perf_counter()
            await self.reader.readexactly(2)
        else:
            length = int(head.split("content-length:")[1].split()[0])
            body = await self.reader.readexactly(length)
            first = time.perf_counter()
        return status, first, body


async def ready(url: str) -> Agent:
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        answer = await http.post("/api/auth/anonymous-token", headers={"X-Client-Id": secrets.token_hex(16)})
        token = answer.json().get("token")
        assert token, answer.text
        headers = {"Authorization": f"Bearer {token}"}
        made = await http.post("/api/tasks/me/with-session/nemo_agent", headers=headers, json={"task_name": "turns"})
        sid = made.json()["session_id"]
        files = {"files": ("a.gif", gif())}
        sent = await http.post(f"/api/upload-video/nemo_agent/me/{sid}", headers=headers, files=files)
        assert sent.json()["code"] == 0, sent.text
    return Agent(urlsplit(url).netloc, token, sid)


async def turn(agent: Agent, number: int) -> tuple[float, float, bool]:
    words = f"first 0.{5 - number % 4} seconds, under {20 + number}KB"
    body = json.dumps({"session_id": agent.session, "new_message": {"parts": [{"text": words}]}}).encode()
    begun = time.perf_counter()
    agent.ask("POST", "/run_sse", body)
    status, first, said = await agent.answer()
    ended = time.perf_counter()
    told = [line[6:] for line in said.decode().splitlines() if line.startswith("data: ")]
    event = json.loads(told[-1]) if told else {}
    good = status == 200 and event.get("type") == "text" and bool(event.get("text")) and "errorCode" not in event
    return (first - begun) * 1000, (ended - begun) * 1000, good


def cpu_ms(pid: int) -> float:
    """What the process has used so far, of user and system time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


async def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("url")
    p.add_argument("--turns", type=int, default=50)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--pid", type=int, default=0)
    a = p.parse_args()
    agents = [await ready(a.url) for _ in range(a.turns)]
    # Only now, and each in its turn: a connection that lies idle for a minute is closed by the server.
    for agent in agents:
        await agent.connect()
    await asyncio.sleep(1)
    for number in range(a.rounds):
        before = cpu_ms(a.pid) if a.pid else 0.0
        done = await asyncio.gather(*(turn(agent, number) for agent in agents))
        firsts, wholes = [d[0] for d in done], [d[1] for d in done]
        line = (
            f"round {number + 1}: first byte median {statistics.median(firsts):.0f}, p95 {p95(firsts):.0f}, "
            f"most {max(firsts):.0f} ms; whole turn median {statistics.median(wholes):.0f}, p95 {p95(wholes):.0f} ms; "
            f"ended with words {sum(d[2] for d in done)}/{len(done)}; load {os.getloadavg()[0]:.1f}"
        )
        if a.pid:
            line += f"; {(cpu_ms(a.pid) - before) / len(done):.1f} ms of CPU for a turn"
        print(line, flush=True)
        await asyncio.sleep(1)
    for agent in agents:
        agent.writer.close()


if __name__ == "__main__":
    asyncio.run(main())
