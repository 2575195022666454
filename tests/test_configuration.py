"""Settings come from the environment, fail loudly, and are described."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from gifweb import environment, environment_urls

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "configuration.md"
READS = re.compile(
    r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["']([A-Z][A-Z0-9_]+)["']|^VARIABLE = "([A-Z_]+)\"""", re.MULTILINE
)


def described() -> set[str]:
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", DOCUMENT.read_text(), re.MULTILINE))


def test_every_setting_is_described_and_every_description_is_a_setting() -> None:
    from django.conf import settings

    assert settings.DATA_DIR  # loads them
    used = set(environment.known)
    for package in ("compressor", "gifweb"):
        for path in (ROOT / package).rglob("*.py"):
            used |= {name for pair in READS.findall(path.read_text()) for name in pair if name}
    used.discard("DJANGO_SETTINGS_MODULE")
    assert used == described()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WORKER_THREADS", "many", "WORKER_THREADS must be a whole number"),
        ("WORKER_THREADS", "0", "between 1 and 64"),
        ("DEBUG", "maybe", "DEBUG must be 1 or 0"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be one of"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL must start with"),
        ("DATABASE_URL", "postgresql://host", "names no database"),
        ("BASE_URL", "example.org", "BASE_URL must start with"),
        ("MEDIA_ORIGIN", "https://media.example.net/files", "MEDIA_ORIGIN must be a scheme and a host"),
        ("MEDIA_ORIGIN", "media.example.net", "MEDIA_ORIGIN must start with"),
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("MEDIA_STORAGE_URL", "s3://bucket?colour=red", "unknown option colour"),
    ],
)
def test_nonsense_stops_the_start_with_its_name(name: str, value: str, said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import gifweb.settings"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), name: value},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert said in done.stderr.splitlines()[-1]


def test_the_secret_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    key = environment_urls.secret_key(tmp_path / "new", "")
    assert len(key) >= 64
    assert environment_urls.secret_key(tmp_path / "new", "") == key
    assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_database_addresses() -> None:
    lite = environment_urls.database("", Path("/data/db.sqlite3"))
    assert lite["NAME"] == "/data/db.sqlite3"
    assert lite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    big = environment_urls.database("postgresql://me:p%40ss@db:5433/site?sslmode=require", Path("/x"))
    assert (big["USER"], big["PASSWORD"], big["HOST"], big["PORT"]) == ("me", "p@ss", "db", "5433")
    assert big["OPTIONS"] == {"sslmode": "require"}
    with pytest.raises(ImproperlyConfigured, match="absolute"):
        environment_urls.database("sqlite://relative/path", Path("/x"))


def test_s3_address() -> None:
    storage = environment_urls.media_storage(
        "s3://bucket/site/media?endpoint_url=http%3A%2F%2Fminio%3A9000", Path("/x")
    )
    assert storage["OPTIONS"]["bucket_name"] == "bucket"
    assert storage["OPTIONS"]["location"] == "site/media"
    assert storage["OPTIONS"]["endpoint_url"] == "http://minio:9000"
