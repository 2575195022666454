#!/usr/bin/env python3
"""Many conversations at once: how soon does a turn's stream begin, and does every one end with words?

    turns.py URL [--turns 50]

URL is a running site (``make run``). Each turn is a client of its own with a session of its own and a small GIF that
this script makes. Prints first byte and whole turn as median and 95th percentile, in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import statistics
import time

import httpx
from PIL import Image


def gif() -> bytes:
    frames = [Image.new("RGB", (64, 48), (20 * i, 90, 200)) for i in range(6)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue()


async def ready(http: httpx.AsyncClient, number: int, token: str) -> tuple[dict[str, str], str]:
    headers = {"Authorization": f"Bearer {token}"}
    made = await http.post("/api/tasks/me/with-session/nemo_agent", headers=headers, json={"task_name": f"{number}"})
    sid = made.json()["session_id"]
    sent = await http.post(f"/api/upload-video/nemo_agent/me/{sid}", headers=headers, files={"files": ("a.gif", gif())})
    assert sent.json()["code"] == 0, sent.text
    return headers, sid


async def turn(http: httpx.AsyncClient, headers: dict[str, str], sid: str) -> tuple[float, float, bool]:
    body = {"session_id": sid, "new_message": {"parts": [{"text": "first 0.3 seconds, under 20KB"}]}}
    begun = time.perf_counter()
    first = 0.0
    last = ""
    async with http.stream("POST", "/run_sse", headers=headers, json=body) as stream:
        async for line in stream.aiter_lines():
            first = first or time.perf_counter() - begun
            if line.startswith("data: "):
                last = line[6:]
    event = json.loads(last) if last else {}
    return first * 1000, (time.perf_counter() - begun) * 1000, event.get("type") == "text" and bool(event.get("text"))


async def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("url")
    p.add_argument("--turns", type=int, default=50)
    a = p.parse_args()
    limits = httpx.Limits(max_connections=a.turns + 5)
    async with httpx.AsyncClient(base_url=a.url, timeout=120, limits=limits) as http:
        answer = await http.post("/api/auth/anonymous-token", headers={"X-Client-Id": "benchmark"})
        token = answer.json()["token"]
        sessions = [await ready(http, n, token) for n in range(a.turns)]
        done = await asyncio.gather(*(turn(http, *session) for session in sessions))
    for name, values in (("first byte", [d[0] for d in done]), ("whole turn", [d[1] for d in done])):
        values = sorted(values)
        p95 = values[min(len(values) - 1, int(0.95 * len(values)))]
        print(f"{name}: median {statistics.median(values):.0f} ms, p95 {p95:.0f} ms")
    print(f"ended with words: {sum(d[2] for d in done)}/{len(done)}")


if __name__ == "__main__":
    asyncio.run(main())
