"""Django settings: values from `dam.env`, defaults that are safe in production, no local overrides."""

import hashlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dam import env

DATA_DIR = Path(env.read("DAM_DATA_DIR", ".dam")).absolute()
PORT = env.read_int("DAM_PORT", 8080, least=1, most=env.MOST_PORT)
PORTAL_URL = env.read_origin("DAM_PORTAL_URL", f"http://127.0.0.1:{PORT}")
HTTPS = PORTAL_URL.startswith("https://")
SECRET_KEY = env.read("DAM_SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = [urlsplit(PORTAL_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
ROOT_URLCONF = "dam.urls"
WSGI_APPLICATION = "dam.wsgi.application"
ASGI_APPLICATION = "dam.asgi.application"

ROOMS = [
    "orgs",
    "activity",
    "jobs",
    "assets",
    "previews",
    "bulk",
    "ingest",
    "shares",
    "comments",
    "exchange",
    "similarity",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "dam.core",
    *ROOMS,
]
MIDDLEWARE = [
    "dam.core.web.middleware.RequestContext",
    "dam.core.web.middleware.AccountDoor",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# --- database -------------------------------------------------------------------------------------

_APP = env.database("DATABASE_URL", "postgresql://dam_app@127.0.0.1:5432/dam")
_MIGRATOR = env.database("DATABASE_MIGRATOR_URL", "postgresql://dam_migrator@127.0.0.1:5432/dam")
DATABASE_ROLES = {"app": _APP.user, "migrator": _MIGRATOR.user, "definer": "dam_definer"}
_MIGRATING = env.read_choice("DAM_DATABASE_ROLE", "app", ("app", "migrator")) == "migrator"
_ADDRESS = _MIGRATOR if _MIGRATING else _APP
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "dam.core.postgres",
        "NAME": _ADDRESS.name,
        "USER": _ADDRESS.user,
        "PASSWORD": _ADDRESS.password,
        "HOST": _ADDRESS.host,
        "PORT": _ADDRESS.port,
        "OPTIONS": _ADDRESS.options
        if _MIGRATING
        else _ADDRESS.options
        | {
            "pool": {
                "min_size": 1,
                "max_size": env.read_int("DAM_DATABASE_POOL", 10, least=1),
                "timeout": 10,
            }
        },
    }
}
# Seconds without a byte from the database after which a request gives up; work in the background waits 15 times that.
DATABASE_SILENT_S = env.read_int("DAM_DATABASE_SILENT_AFTER", 20, least=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# Links to a new password live as long as it takes to read one's mail, in seconds.
PASSWORD_RESET_TIMEOUT = 3600
_COOKIE = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_COOKIE}dam_session_{PORT}"
SESSION_ENGINE = "dam.core.web.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_COOKIE}dam_csrf_{PORT}"
CSRF_FAILURE_VIEW = "dam.core.errors.csrf_failure"
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SIGNUP = env.read_choice("SIGNUP", "open", ("open", "closed"))
RATE_LIMIT_SCALE = env.read_int("RATE_LIMIT_SCALE", 1)
ADMIN_EMAIL = env.read("DAM_ADMIN_EMAIL", "admin@dam.local")

ACCOUNT_ADAPTER = "orgs.allauth_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
# Passwords and addresses are counted by dam.core.web.limits (docs/api.md has the whole table); what allauth still counts
# needs what only it knows: the person behind a second factor, the address that a mail goes to.
ACCOUNT_RATE_LIMITS: dict[str, str | None] | bool = RATE_LIMIT_SCALE > 0 and {
    "login_failed": f"{10 * RATE_LIMIT_SCALE}/15m/key",
    "change_password": f"{10 * RATE_LIMIT_SCALE}/m/user",
    "reauthenticate": f"{10 * RATE_LIMIT_SCALE}/m/user",
    "manage_email": f"{30 * RATE_LIMIT_SCALE}/m/user",
    "reset_password": f"{5 * RATE_LIMIT_SCALE}/m/key",
    "request_login_code": f"{5 * RATE_LIMIT_SCALE}/m/key",
    **dict.fromkeys(("login", "signup", "reset_password_from_key", "verify_phone", "change_phone")),
    # One mail in three minutes to one address; the request itself is answered as ever.
    "confirm_email": "1/180s/key",
}
MFA_RATE_LIMITS = False
MFA_ADAPTER = "orgs.allauth_adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app", "browser")
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{PORTAL_URL}/verify-email/{{key}}",
    "account_reset_password": f"{PORTAL_URL}/login/recover",
    "account_reset_password_from_key": f"{PORTAL_URL}/login/recover/{{key}}",
    "account_signup": f"{PORTAL_URL}/signup",
}
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"
HEADLESS_JWT_ALGORITHM = "RS256"
HEADLESS_JWT_PRIVATE_KEY = env.read("DAM_JWT_PRIVATE_KEY", "")
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 24 * 3600
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True

# Mail is written to files until a server is named: nothing leaves the machine by default.
_SMTP = env.read("SMTP_HOST", "")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _SMTP
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = _SMTP
EMAIL_PORT = env.read_int("SMTP_PORT", 587, least=1, most=env.MOST_PORT)
EMAIL_HOST_USER = env.read("SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.read("SMTP_PASSWORD", "")
EMAIL_USE_TLS = bool(_SMTP)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.read("MAIL_FROM", "dam@localhost")

# --- HTTP -----------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
METRICS_ALLOW = env.read_networks("METRICS_ALLOW")
APPEND_SLASH = False
STATIC_URL = "/api/static/"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "orgs.authentication.ApiTokenAuthentication",
        "orgs.authentication.AccessTokenAuthentication",
        "orgs.authentication.PortalSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["dam.core.web.parsing.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["dam.core.web.rendering.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "dam.core.web.rendering.Negotiation",
    "EXCEPTION_HANDLER": "dam.core.errors.render",
    "DEFAULT_SCHEMA_CLASS": "dam.core.web.schema.ContractSchema",
    "UNAUTHENTICATED_USER": None,
    # `?format=` is a parameter like any other: refused by name where a view does not declare it.
    "URL_FORMAT_OVERRIDE": None,
}
HOT_AUTHENTICATION = "orgs.authentication.known"
SHARE_AUTHENTICATION = "shares.authentication.ShareAuthentication"
SPECTACULAR_SETTINGS = {
    "TITLE": "DAM",
    "DESCRIPTION": "Masters, previews, review: the HTTP interface of the platform.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["dam.core.web.schema.public_routes"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "dam.core.web.schema.plain_json_fields",
    ],
    "ENUM_NAME_OVERRIDES": {
        "MediaKindEnum": ["video", "audio", "image", "document", "other"],
        "UploadStateEnum": [
            "open",
            "uploaded",
            "scanning",
            "rejected",
            "promoting",
            "promoted",
            "aborted",
            "expired",
        ],
        "CollectionKindEnum": ["manual", "smart"],
        "JobStateEnum": ["queued", "running", "succeeded", "failed", "cancelled"],
        "PreviewStateEnum": ["none", "building", "partial", "ready", "failed"],
        "ApprovalStateEnum": ["none", "approved", "changes_requested"],
        "DecisionEnum": ["approved", "changes_requested"],
    },
}

# --- storage, edge, media -------------------------------------------------------------------------

EDGE_URL = env.read_origin("EDGE_URL", f"http://127.0.0.1:{PORT + 1}")
EDGE_SIGNING_KEY = env.read("EDGE_SIGNING_KEY", "")
# A file is read anew when it changes: keys are exchanged while everything runs.
EDGE_SIGNING_KEY_FILE = env.read_file_of("EDGE_SIGNING_KEY")
# The edge refuses addresses that live longer than 12 hours.
EDGE_TOKEN_TTL = env.read_int("EDGE_TOKEN_TTL", 600, least=1, most=43_140)
# Where each edge is reached from here, where EDGE_URL leads to any of them.
EDGE_WARM_URLS = list(filter(None, env.read("EDGE_WARM_URLS", "").split(",")))
# Logs of the edges on this machine, whose bytes are counted into the database.
EDGE_EGRESS_LOGS = list(filter(None, env.read("EDGE_EGRESS_LOGS", "").split(",")))
# Seconds that builds may wait before what nobody needs to play waits too, and before it is not even queued.
PREVIEW_QUICK_AFTER_S = env.read_int("PREVIEW_QUICK_AFTER", 30, least=1)
PREVIEW_WAIT_AFTER_S = env.read_int("PREVIEW_WAIT_AFTER", 300, least=1)
PREVIEW_DROP_AFTER_S = env.read_int("PREVIEW_DROP_AFTER", 1800, least=1)
PREVIEW_TTL_DAYS = env.read_int("PREVIEW_TTL", 90, least=1)
PREVIEW_PAGES = env.read_int("PREVIEW_PAGES", 100, least=1, most=10_000)
PREVIEW_PART_S = env.read_int("PREVIEW_PART_S", 40, least=2, most=600)
PREVIEW_SHARE_CPU_S = env.read_int("PREVIEW_SHARE_CPU_S", 300, least=0)
# Where builds of previews wait: `gpu` where workers with a graphics card take them.
PREVIEW_QUEUE = env.read_choice("PREVIEW_QUEUE", "encode", ("encode", "gpu"))
WATERMARK_TTL_DAYS = env.read_int("WATERMARK_TTL", 30, least=1)
SCRATCH_DIR = Path(env.read("DAM_SCRATCH_DIR", str(DATA_DIR / "scratch")))
# Directories below which mirrors may lie, by the names that admins know them by.
MIRROR_ROOTS = env.read_roots("MIRROR_ROOTS")

# Days that the file of an export is kept in the docs bucket.
EXPORT_TTL_DAYS = env.read_int("EXPORT_TTL", 7, least=1, most=3650)
# Days that an asset lies in the trash before it is purged by itself.
MOST_TRASH_DAYS = 3650
TRASH_DAYS = env.read_int("TRASH_DAYS", 30, least=1, most=MOST_TRASH_DAYS)
# What the store asks for a TB (10^12 bytes) in 30 days, and for how many days it asks at least.
STORAGE_PRICE = env.read_amount("STORAGE_PRICE", "6.99")
STORAGE_CURRENCY = env.read_currency("STORAGE_CURRENCY", "USD")
STORAGE_MINIMUM_DAYS = env.read_int("STORAGE_MINIMUM_DAYS", 90, least=0, most=3650)

# --- Redis: cache, live events, wake-ups for workers ----------------------------------------------

# An address may name a database number of its own; ours are 0 (wake-ups), 1 (cache) and 2 (live events).
REDIS_URL = env.redis_url("REDIS_URL", "redis://127.0.0.1:6379")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}/1",
        # Django's own serializer pickles: a writer to Redis could then run code here.
        # Nor may a Redis that is silent hold up whoever asks it.
        "OPTIONS": {
            "serializer": "dam.core.cache.JsonSerializer",
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
        },
        "KEY_PREFIX": "dam",
    }
}
CELERY_BROKER_URL = f"{REDIS_URL}/0"
# Keeps platforms apart that share one Redis.
PLATFORM_KEY = hashlib.sha256(f"{SECRET_KEY}\0{_APP.name}".encode()).hexdigest()[:12]

# --- jobs: seconds ---------------------------------------------------------------------------------

# A dead worker's job runs again after lease, sweep and wake-up together: under a minute (decision 0035).
JOB_LEASE_S = env.read_int("JOB_LEASE", 40, least=1)
JOB_HEARTBEAT_S = JOB_LEASE_S / 4
# How many jobs of a lane run at once on the whole platform: decoders of heavy codecs take memory and cores.
JOB_LIMITS = env.read_limits("JOB_LIMITS", f"heavy={max(1, (os.cpu_count() or 1) // 2)}")
JOB_REWAKE_S = env.read_int("JOB_REWAKE", 5, least=1)

# --- where a process dies on demand (dam.core.failpoints); off unless a test asks ------------------

FAILPOINTS = env.read_choice("DAM_FAILPOINTS", "0", ("0", "1")) == "1"
FAIL_AT = frozenset(filter(None, env.read("DAM_FAIL_AT", "").split(",")))
FAIL_DIR = env.read("DAM_FAIL_DIR", "")

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

# --- seeing inside: OTEL_* is read by dam.core.observing.tracing, METRICS_DIR by dam.core.observing.metric_files -----------

EDGE_CONTROL_URL = env.read_optional_origin("EDGE_CONTROL_URL")
SENTRY_DSN = env.read_report_address("SENTRY_DSN")
SENTRY_ENVIRONMENT = env.read("SENTRY_ENVIRONMENT", "production")
SENTRY_RELEASE = env.read("SENTRY_RELEASE", "")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dam.core.observing.log.JsonFormatter"}},
    "filters": {
        "count": {"()": "dam.core.observing.log.CountErrors"},
        "unanswered": {"()": "dam.core.observing.log.OnlyUnanswered"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["count"]}},
    "root": {"handlers": ["stderr"], "level": env.read("DAM_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"filters": ["unanswered"]},
        "_granian": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        # What these tell at INFO, our own lines tell with ids.
        **{
            name: {"level": "WARNING"}
            for name in ("celery", "kombu", "httpx", "urllib3", "botocore", "boto3", "s3transfer")
        },
    },
}
