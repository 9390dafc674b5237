"""Django's settings, made from the home folder that TILLGATE_CENTRAL_HOME names."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tillgate.central.home import HOME_VARIABLE, database_settings, load_home
from tillgate.central.office.navigation import UNFOLD as UNFOLD
from tillgate.core.errors import SettingsInvalid

if not os.environ.get(HOME_VARIABLE):
    raise SettingsInvalid(f"{HOME_VARIABLE} is not set; `tillgate-central --home DIR …` sets it")

HOME = load_home(Path(os.environ[HOME_VARIABLE]))
BASE = Path(__file__).parent

SECRET_KEY = HOME.secret
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *HOME.settings.hosts]
ROOT_URLCONF = "tillgate.central.urls"

INSTALLED_APPS = [
    "tillgate.central.office",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "tillgate.central.stores",
    "tillgate.central.fleet",
    "tillgate.central.customers",
    "tillgate.central.programmes",
    "tillgate.central.ledger",
    "tillgate.central.purchases",
    "tillgate.central.backtests",
]

MIDDLEWARE = [
    "tillgate.central.web.HealthMiddleware",
    "tillgate.central.web.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database_settings(HOME.settings.database, HOME.folder)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = HOME.settings.language
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE / "locale"]
FORMAT_MODULE_PATH = ["tillgate.central.office.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = HOME.settings.time_zone

STATIC_URL = "static/"
# Served straight from the packages: nothing to collect, nothing to forget at an update.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HOME.settings.https
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in HOME.settings.hosts if "*" not in host]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
