"""What every test stands on: data in a folder of its own, and, for those who ask, the whole site running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from .live import Site, on_services


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: at the end of a run no worker waits minutes for another one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test touches the data of the site that is developed here. Wakes go to a broker in memory that nobody reads:
    a test that wants a render to run says so, or asks for ``site``."""
    from gifweb.celery import app

    data = tmp_path_factory.mktemp("data")
    app.conf.broker_url = "memory://"
    app.conf.broker_transport_options = {}
    (data / "static").mkdir()
    folder = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(data / "media"), "base_url": None},
    }
    with override_settings(
        DATA_DIR=data,
        STATIC_ROOT=data / "static",
        STORAGES={
            "default": settings.STORAGES["default"] if on_services() else folder,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield data


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole site as ``make run`` starts it, on a free port with its own data; shared by the tests of a session."""
    running = Site(tmp_path_factory.mktemp("site"))
    running.start()
    try:
        yield running
    finally:
        running.stop()


if on_services():

    @pytest.fixture(scope="session", autouse=True)
    def _no_session_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
        """PostgreSQL drops no database that a thread of a finished test still has open."""
        yield
        with django_db_blocker.unblock(), connection.cursor() as to:
            to.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
