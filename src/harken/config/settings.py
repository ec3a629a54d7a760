"""Django's settings, made from the typed environment (env.py). Nothing here is edited by an operator."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from harken.base import secrets
from harken.base.net import guard

from .env import read_environment, refuse

ENV = read_environment()
HOME: Path = ENV.home
HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
secrets.configure(HOME)

SECRET_KEY = secrets.django_key()
DEBUG = ENV.debug
ALLOWED_HOSTS = ["*"]  # the front checks the host; links are made from PUBLIC_URL, never from the Host header
PUBLIC_URL = ENV.reached_at
HAS_PUBLIC_URL = bool(ENV.public_url)  # an address that was chosen, and may be told to others for good
try:
    guard.configure(
        allow_private_hosts=ENV.allow_private_hosts,
        own_hosts=filter(None, [urlsplit(PUBLIC_URL).hostname]),
        ca_file=ENV.ca_file or None,
    )
except (ValueError, OSError) as wrong:
    refuse("ca_file" if isinstance(wrong, OSError) else "allow_private_hosts", str(wrong))
IS_HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "harken.config",
    "harken.base",
    "harken.accounts",
    "harken.team",
    "harken.people",
    "harken.channels",
    "harken.clocks",
    "harken.inbox",
    "harken.community",
    "harken.guests",
    "harken.knowledge",
    "harken.travel",
    "harken.federation",
    "harken.insight",
    "harken.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "harken.web.squeeze.SqueezeMiddleware",
    "harken.web.headers.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "harken.web.language.LanguageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "harken.web.unreadable.UnreadableMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "harken.web.access.AccessMiddleware",
    "harken.web.errors.NoPageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "harken.web.urls"
WSGI_APPLICATION = "harken.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "harken.web.context.page_context",
            ],
        },
    }
]


def _database() -> dict[str, object]:
    url = urlsplit(ENV.database_url)
    if url.scheme.startswith("postgres"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": url.port or "",
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "OPTIONS": dict(parse_qsl(url.query)),
        }
    name = unquote(url.path) if url.scheme == "sqlite" else str(HOME / "harken.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # FULL: what was answered with 2xx survives a power cut. No mmap: it hides corruption from checks.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000; "
                "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA journal_size_limit=67108864; PRAGMA foreign_keys=ON"
            ),
        },
        "TEST": {"NAME": str(HOME / "test.sqlite3")},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "harken.accounts.backends.EmailBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "harken.web.sign.locked_out"
CSRF_FAILURE_VIEW = "harken.web.errors.csrf_failure"

SESSION_ENGINE = "harken.accounts.sessions"
SESSION_COOKIE_NAME = "harken_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_NAME = "harken_csrf"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if ENV.public_url else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if IS_HTTPS:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None

HARKEN_KEEP_RAW_DAYS = ENV.keep_raw_days

LANGUAGE_CODE = ENV.language
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("pt", "Português"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENV.time_zone

STATIC_URL = "/static/"
MEDIA_ROOT = str(HOME / "files")
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024

CONNECTORS = {
    "email": "harken.connectors.email.connector.EmailConnector",
    "mastodon": "harken.connectors.mastodon.connector.MastodonConnector",
    "bluesky": "harken.connectors.bluesky.connector.BlueskyConnector",
    "activitypub": "harken.connectors.activitypub.connector.ActivityPubConnector",
    "feed": "harken.connectors.feed.connector.FeedConnector",
    "echo": "harken.connectors.echo.connector.EchoConnector",
    "archive": "harken.connectors.archive.connector.ArchiveConnector",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    "loggers": {
        "axes": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
