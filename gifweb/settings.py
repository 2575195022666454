"""Django's settings, all from the environment. docs/configuration.md describes every name; a test holds it to this."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fontpkg_figtree

from . import environment as env
from .environment_urls import database, figures_folder, mail, media_storage, secret_key, start_sentry

ROOT = Path(__file__).resolve().parent.parent
CHECKOUT = (ROOT / "manage.py").is_file()  # else this is an installed package, and site-packages is no place for data
PARTS = ROOT if CHECKOUT else Path(__file__).resolve().parent  # where templates and static files lie

# --- where things are -------------------------------------------------------------------------------------------------
DATA_DIR = env.folder("DATA_DIR", (ROOT if CHECKOUT else Path.cwd()) / "var")
DEBUG = env.flag("DEBUG")
SECRET_KEY = secret_key(DATA_DIR, env.text("SECRET_KEY"))
BASE_URL = env.url("BASE_URL", ("http", "https")).rstrip("/")
HTTPS = BASE_URL.startswith("https://")
TRUST_PROXY = env.flag("TRUST_PROXY")
_HOST = urlsplit(BASE_URL).hostname
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS") or ["localhost", "[::1]", *([_HOST] if _HOST else [])]
ALLOWED_HOSTS.append("127.0.0.1")  # the supervisor requests /healthz there
MEDIA_ORIGIN = env.origin("MEDIA_ORIGIN", apart_from=BASE_URL)
if MEDIA_ORIGIN:
    ALLOWED_HOSTS.append(urlsplit(MEDIA_ORIGIN).hostname or "")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL else []

# --- the job ----------------------------------------------------------------------------------------------------------
SANDBOX = env.choice("SANDBOX", "auto", ("auto", "strict"))
WORKER_THREADS = env.number("WORKER_THREADS", min(2, os.cpu_count() or 1), 1, 64)
LEASE_S = env.number("LEASE_S", 15, 3, 600)
SWEEP_S = env.number("SWEEP_S", 5, 1, 600)
MAX_TRIES = env.number("MAX_TRIES", 3, 1, 10)
MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_BYTES", 200_000_000, 1)
STREAMS_PER_ACCOUNT = env.number("STREAMS_PER_ACCOUNT", 100)
OPEN_UPLOADS_PER_IP = env.number("OPEN_UPLOADS_PER_IP", 20)
CONNECTIONS_PER_IP = env.number("CONNECTIONS_PER_IP", 50)
MIN_FREE_BYTES = env.number("MIN_FREE_BYTES", 50_000_000)
SHARE_DAYS = env.number("SHARE_DAYS", 7, 1, 3650)
KEEP_DAYS = env.number("KEEP_DAYS", 7, 1, 3650)

# --- apps -------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "gifweb",
    "gifweb.upkeep",
    "gifweb.accounts",
    "gifweb.credits",
    "gifweb.renders",  # before the app that imports it: an account's renders are erased before its projects
    "gifweb.studio",
    "gifweb.webhooks",
    # accounts: its apps begin
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.humanize",  # allauth's passkey pages use it
    # accounts: its apps end
    "channels",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "gifweb.request_log.Requests",
    "gifweb.headers.SecurityHeaders",
    "gifweb.http_compression.Compressed",
    "gifweb.media_origin.MediaHost",
    "django.middleware.security.SecurityMiddleware",
    "gifweb.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # accounts: its middleware begins
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "gifweb.accounts.rate_limits.RateHeaders",
    "gifweb.accounts.identity.VisitorCookie",
    # accounts: its middleware ends
    "gifweb.studio.upload_stream.DropUnfinished",
    "gifweb.errors.Errors",
    "allauth.account.middleware.AccountMiddleware",  # innermost: it handles its own exceptions first
]

ROOT_URLCONF = "gifweb.urls"
ASGI_APPLICATION = "gifweb.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PARTS / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gifweb.translations.context",
                "gifweb.version.context",
                # accounts: its context begins
                "gifweb.credits.pages.context",
                # accounts: its context ends
            ]
        },
    }
]

# --- database, queue, nudges ------------------------------------------------------------------------------------------
DATABASES = {
    "default": database(env.url("DATABASE_URL", ("sqlite", "postgres", "postgresql")), DATA_DIR / "db.sqlite3")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.url("REDIS_URL", ("redis", "rediss"))
BROKER_URL = env.url("BROKER_URL", ("filesystem", "redis", "rediss", "amqp", "amqps"), REDIS_URL or "filesystem://")
CHANNEL_REDIS_URL = env.url("CHANNEL_REDIS_URL", ("redis", "rediss"), REDIS_URL)

if CHANNEL_REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [CHANNEL_REDIS_URL]},
        }
    }
else:
    INSTALLED_APPS += ["channels_lite"]
    DATABASES["channels"] = database("", DATA_DIR / "channels.sqlite3")
    DATABASE_ROUTERS = ["gifweb.database_router.Apart"]
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_lite.layers.aio.AIOSQLiteChannelLayer",
            "CONFIG": {"database": "channels", "polling_interval": 0.05, "pool_size": 4, "group_expiry": 3600},
        }
    }

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(DATA_DIR / "queue" / "messages"),
        "data_folder_out": str(DATA_DIR / "queue" / "messages"),
        "processed_folder": str(DATA_DIR / "queue" / "taken"),
        "control_folder": DATA_DIR / "queue" / "control",
        "polling_interval": 0.05,
    }
    if BROKER_URL.startswith("filesystem:")
    else {}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "renders"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False

# --- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles" if CHECKOUT else DATA_DIR / "staticfiles"
STATICFILES_DIRS = [PARTS / "static", ("figtree", fontpkg_figtree.ROOT / "files")]
STORAGES = {
    "default": media_storage(env.url("MEDIA_STORAGE_URL", ("s3",)), DATA_DIR / "media"),
    "staticfiles": {"BACKEND": "gifweb.static_storage.Hashed"},
}
WHITENOISE_MAX_AGE = 3600
# All bodies except uploads are small; uploads are limited by gifweb.server before their body is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 50
FILE_UPLOAD_HANDLERS = ["gifweb.studio.upload_stream.ToPart"]

# --- safety -----------------------------------------------------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "gifweb.errors.csrf_failed"
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", True) and HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Both bind other hosts of the domain, which may not speak https, for a year: only the operator can know.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD")
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # that the two above are off by default
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- words and time ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"), ("zh-hans", "简体中文"),
    ("de", "Deutsch"), ("es", "Español"), ("fr", "Français"), ("ja", "日本語"),
]  # fmt: skip
LOCALE_PATHS = [ROOT / "gifweb" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "UTC"
USE_TZ = True
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_traceback": {"()": "gifweb.logs.WithoutTraceback"}},
    "formatters": {"line": {"()": "gifweb.logs.Line"}, "json": {"()": "gifweb.logs.Json"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("LOG_FORMAT", "line", ("line", "json")),
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Whoever calls us by another name fills no log with traces.
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
        "daphne": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # a 404 is not worth a log line
        "httpx": {"level": "WARNING"},  # it logs every URL
        "kombu.connection": {"level": "ERROR"},  # it warns that a folder broker has no host name
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}

# Test databases are files, so that threads and processes see each other's rows as in production.
for _alias, _database in DATABASES.items():
    if _database["ENGINE"].endswith("sqlite3"):
        _database["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"gifweb-test-{os.getpid()}-{_alias}.sqlite3")}

# accounts: its settings begin
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "gifweb.accounts.signin.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "optional", ("optional", "mandatory"))
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUST_PROXY else 0
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Without https, browsers allow passkeys only on localhost, whose origin differs from the site's address.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS and not TRUST_PROXY
MFA_TOTP_ISSUER = env.text("SITE_NAME", "Brim")
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = True
_EMAIL = env.url("EMAIL_URL", ("smtp", "smtps", "console", "file"), "file://")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL = mail(_EMAIL)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"gifweb@{_HOST or 'localhost'}")
# It counts attempts to sign in. Without Redis each process counts for itself. Django's default forgets a third beyond
# 300 entries, which whoever guesses passwords could bring about.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}
FREE_CREDITS = env.number("FREE_CREDITS", 100)
FREE_DAYS = env.number("FREE_DAYS", 7, 1, 3650)
MONTHLY_CREDITS = env.number("MONTHLY_CREDITS", 100)
ANON_TOKEN_DAYS = env.number("ANON_TOKEN_DAYS", 7, 1, 365)
ANON_TOKENS_PER_IP = env.number("ANON_TOKENS_PER_IP", 10)
BIND_HOURS = env.number("BIND_HOURS", 168, 1, 8760)
LIMITS = {
    "client": f"{ANON_TOKENS_PER_IP}/7d" if ANON_TOKENS_PER_IP else "0/7d",
    "token": env.text("RATE_TOKEN", "120/m"),
    "visitor": env.text("RATE_VISITOR", "500/d"),
    "upload": env.text("RATE_UPLOAD", "600/h"),
    "upload_ip": env.text("RATE_UPLOAD_IP", "1200/h"),
    "turn": env.text("RATE_TURN", "1200/h"),
    "turn_ip": env.text("RATE_TURN_IP", "2400/h"),
    "render": env.text("RATE_RENDER", "600/h"),
    "render_ip": env.text("RATE_RENDER_IP", "1200/h"),
    "expected": env.text("RATE_EXPECTED", "120/h"),
    "expected_ip": env.text("RATE_EXPECTED_IP", "240/h"),
    "explain": env.text("RATE_EXPLAIN", "300/m"),
    "claim": env.text("RATE_CLAIM", "60/m"),
    "voucher": env.text("RATE_VOUCHER", "10/h"),
    "voucher_ip": env.text("RATE_VOUCHER_IP", "20/h"),
    "export": "5/h",
    "session": "60/m",
    "share_password": env.text("RATE_SHARE_PASSWORD", "20/10m"),
    "share_password_link": env.text("RATE_SHARE_PASSWORD_LINK", "1000/d"),
}
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
STRIPE_PRICES = env.text("STRIPE_PRICES", "500:500,2500:2000")
CURRENCY = env.text("CURRENCY", "eur").lower()
METRICS_TOKEN = env.text("METRICS_TOKEN")
if len(sys.argv) > 1 and sys.argv[1] in ("serve", "work", "beat"):  # their figures are added up (gifweb.metrics)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(figures_folder(DATA_DIR)))
if _SENTRY := env.text("SENTRY_DSN"):
    start_sentry(_SENTRY)
# accounts: its settings end
