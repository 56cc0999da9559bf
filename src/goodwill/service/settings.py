"""Django's settings, from the environment and the installation's home. Nobody edits this file to run goodwill."""

from __future__ import annotations

import os
from pathlib import Path

from goodwill.service.databases import database
from goodwill.service.home import home

_HOME = home()
_HERE = Path(__file__).parent

SECRET_KEY = os.environ.get("GOODWILL_SECRET_KEY") or _HOME.secret()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("GOODWILL_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [address for address in os.environ.get("GOODWILL_ORIGINS", "").split(",") if address]

INSTALLED_APPS = [
    "goodwill.service.store",
    "goodwill.service.pages",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",  # serves the pages of /api/docs itself
]
MIDDLEWARE = [
    "goodwill.service.ops.metrics.Timing",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "goodwill.service.pages.safety.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "goodwill.service.pages.zone.ReadersZone",
]
JOBS_ARE_GATHERED_IN = "goodwill.service.ops.chores"  # imported when somebody asks which jobs there are
ROOT_URLCONF = "goodwill.service.urls"
WSGI_APPLICATION = "goodwill.service.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "pages" / "templates", _HERE / "door" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "goodwill.service.pages.context.frame",
            ],
            "builtins": [f"goodwill.service.pages.{name}" for name in ("addresses", "figures", "waterfall", "words")],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",  # of /api/docs
                    ],
                )
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("GOODWILL_DATABASE_URL", ""), _HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "store.Colleague"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = _HERE / "pages" / "static"
STATICFILES_DIRS = [("letters", _HERE.parent / "report" / "static")]  # the report's fonts, in one copy
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 7 * 24 * 3600  # the address of a file carries a mark of its bytes

_SECURE = os.environ.get("GOODWILL_HTTPS", "") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

EMAIL_BACKEND = "goodwill.service.ops.mail.Backend"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "goodwill.service.ops.logs.MaskedLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"httpx": {"level": "WARNING"}},  # it would write whole addresses
    "root": {"handlers": ["stderr"], "level": os.environ.get("GOODWILL_LOG", "INFO")},
}
