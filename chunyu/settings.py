"""Django's settings. Everything that differs between machines comes from the environment.

CHUNYU_HOME      where keys, the embedded database, files and logs live (default: .chunyu beside the package)
DATABASE_URL     a PostgreSQL server to use instead of the embedded one
APPLICATION_DATABASE_URL  the same server, with the login of pages and jobs
CHUNYU_TODAY     a date (YYYY-MM-DD) to act on as if it were today, for training and demonstrations
CHUNYU_DEBUG     1 shows the developer's error pages; never where real data is
CHUNYU_HOSTS     comma-separated host names the site answers to
CHUNYU_ADDRESS   how people reach the site through a proxy that speaks TLS, such as https://union.example
CHUNYU_PORT      where the site listens (default: 8000, or the next free one)
"""

import os
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from chunyu.running import logs
from chunyu.running.places import Places, database_settings

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
PLACES = Places.from_environment(default=ROOT / ".chunyu")

DEBUG = os.environ.get("CHUNYU_DEBUG") == "1"
SECRET_KEY = PLACES.secret("web-secret")
ALLOWED_HOSTS = os.environ.get("CHUNYU_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
ADDRESS = os.environ.get("CHUNYU_ADDRESS", "").rstrip("/")
BEHIND_TLS = ADDRESS.startswith("https://")
if ADDRESS:
    ALLOWED_HOSTS.append(str(urlsplit(ADDRESS).hostname))
    CSRF_TRUSTED_ORIGINS = [ADDRESS]
if BEHIND_TLS:
    # The proxy in front alone can say so: what a browser sends under this name, it takes away.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    # A cookie of this kind cannot be set by a neighbour under the same domain.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
CHUNYU_TODAY = date.fromisoformat(os.environ["CHUNYU_TODAY"]) if os.environ.get("CHUNYU_TODAY") else None

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "django_cotton",
    "django_htmx",
    "django_filters",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "chunyu.wall",
    "chunyu.federation",
    "chunyu.privacy",
    "chunyu.accounts",
    "chunyu.audit",
    "chunyu.ui",
    "chunyu.backup",
    "chunyu.printing",
    "chunyu.registry",
    "chunyu.rulebooks",
    "chunyu.casework",
    "chunyu.ledger",
    "chunyu.hardship",
    "chunyu.organising",
    "chunyu.voice",
    "chunyu.rights",
    "chunyu.desk",
    "chunyu.portal",
    "chunyu.staff",
    "chunyu.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chunyu.accounts.headers.Headers",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chunyu.accounts.idle.EndsByItself",
    "chunyu.accounts.middleware.ActingMiddleware",
    "chunyu.audit.middleware.Record",
    "chunyu.rulebooks.middleware.OneTimetable",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "chunyu.urls"
WSGI_APPLICATION = "chunyu.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "chunyu.ui.templatetags.show",
            ],
        },
    }
]

DATABASES = {"default": database_settings(PLACES)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "chunyu.accounts.pages.locked_out"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "chunyu.accounts.headers.address_of"

# "required": nobody of the staff works without one; "offered": each may set one up. A demonstration only offers it.
SECOND_FACTOR = os.environ.get("CHUNYU_SECOND_FACTOR") or ("offered" if PLACES.demonstration.exists() else "required")
SESSION_ENGINE = "chunyu.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
IDLE_MINUTES = int(os.environ.get("CHUNYU_IDLE_MINUTES") or 15)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "chunyu.ui.faults.form_expired"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# No page needs the outside world, and no inline script runs without the page's own nonce.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],  # chart and progress widths
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "build" / "collected"
STATICFILES_DIRS = [path for path in [ROOT / "build" / "static"] if path.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Names with digests, collected before the site starts; a developer's server reads the sources.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Uploads are held in memory only up to this size, then in a private folder; personal files go to the vault.
FILE_UPLOAD_TEMP_DIR = PLACES.temporary
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

FILTERS_EMPTY_CHOICE_LABEL = _("All")

PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_IMPORT_PATHS = ["chunyu.running.jobs"]

LOGGING = logs.LOGGING
logs.configure()

# What a workbook may hold, and who is asked what stands on households before their import is undone.
IMPORT_KINDS = [
    "chunyu.registry.importing.households.HOUSEHOLDS",
    "chunyu.registry.importing.organising.ORGANISATIONS",
    "chunyu.registry.importing.organising.ENTERPRISES",
    "chunyu.registry.importing.organising.MEMBERS",
]
BUILT_ON_HOUSEHOLDS = ["chunyu.casework.built_on.cases_on", "chunyu.ledger.built_on.payments_on"]

# What a room above knows to be under way on a file, asked before the file is joined to another.
BEFORE_JOINING = ["chunyu.hardship.joining.open_matters", "chunyu.ledger.joining.money_on_its_way"]

# What a room above knows to be left in a union, asked before it is dissolved.
BEFORE_DISSOLVING = [
    "chunyu.registry.membership.dissolving.members_and_covers",
    "chunyu.casework.dissolving.open_cases",
    "chunyu.organising.archives.dissolving.term_of_office",
]

# Whose rules keep two orders from being for the same thing; see chunyu.ledger.checks_before_pay.
PAID_ONCE_BY_RULE = ("chunyu.hardship.projects.paying.kept_once",)
# Who finds what stands against a payment, for the checks of chunyu.ledger.checks_before_pay that know it by its code.
BEFORE_PAYING = {
    "over_grant": "chunyu.hardship.paying.over_grant",
    "over_cap": "chunyu.hardship.paying.over_cap",
    "notice_running": "chunyu.casework.paying.notices_running",
    "objection_open": "chunyu.casework.paying.objections_open",
}

# Conditions over lines of batches by which rooms above answer the auditor's questions; see chunyu.ledger.audit_queries.
AUDITING = {
    "over_cap": ["chunyu.hardship.paying.paid_over_grant"],
    "too_early": ["chunyu.casework.paying.left_before_notice_end", "chunyu.hardship.paying.left_before_grant"],
}

# Which jobs follow an act in another room; see chunyu.accounts.following.
FOLLOWING = {
    "registry.imported": ["hardship.decide_all"],
    "ledger.result_imported": ["hardship.follow_payments"],
}

# Where the page that a phone installs begins: a list of things to take along.
OFFLINE_START = "casework:visits"
