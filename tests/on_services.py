"""The tests on the services of many machines: ``python -m tests.on_services [ARGUMENTS OF PYTEST]``.

A PostgreSQL, a Redis and an object store are started, and the tests run on them instead of on SQLite and files: in
this process by the site's settings, and each site that a test starts has a database, a queue and a part of the bucket
of its own. ``S3_URL`` names an object store that runs already, with addresses by path and any keys (``moto_server``);
left out, it is ``tests.s3``. Without arguments: every test that has to do with rows or files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import httpx

ROOT = Path(__file__).resolve().parent.parent


def about_the_site() -> list[str]:
    """The test modules that ask for a database or a running site."""
    marks = ("django_db", "site: Site", "Site(")
    found = [path for path in sorted(ROOT.glob("tests/test_*.py")) if any(mark in path.read_text() for mark in marks)]
    return [str(path.relative_to(ROOT)) for path in found]


def main(arguments: list[str]) -> int:
    sys.path.insert(0, str(ROOT))
    from benchmarks.drill_services import _postgres, _redis

    from . import s3

    with ExitStack() as around:
        folder = Path(around.enter_context(tempfile.TemporaryDirectory(prefix="services-")))
        os.chmod(folder, 0o755)  # PostgreSQL does not run as root
        made: dict[str, str] = {}
        for make, setting in ((_postgres, "DATABASE_URL"), (_redis, "CHANNEL_REDIS_URL")):
            home = folder / make.__name__
            home.mkdir(mode=0o755)
            service, made[setting] = make(home)
            around.callback(service.end)
            service.start()
        if not (url := os.environ.get("S3_URL", "")):
            url = around.enter_context(s3.serving()).url
        httpx.put(f"{url}/bucket", timeout=20)
        options = f"endpoint_url={quote(url, safe='')}&region_name=us-east-1&addressing_style=path"
        made |= {"MEDIA_STORAGE_URL": f"s3://bucket/tests?{options}", "AWS_EC2_METADATA_DISABLED": "true"}
        made |= {"AWS_ACCESS_KEY_ID": "test" * 5, "AWS_SECRET_ACCESS_KEY": "test" * 5, "ON_SERVICES": "1"}
        command = [sys.executable, "-m", "pytest", *(arguments or ["-n", "0", *about_the_site()])]
        return subprocess.run(command, cwd=ROOT, env=os.environ | made, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
