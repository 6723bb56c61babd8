"""What the program writes down about itself: one JSON object a line, and nobody's numbers in it.

Families' data never belongs in a log. Local variables are left out of tracebacks, a database error keeps its first
line (the rest prints the row), and whatever still looks like an identity, card or telephone number is blotted out.
"""

import re
from typing import Any

import structlog

PERSONAL_NUMBER = re.compile(r"(?<!\d)\d{11,18}[\dXx]?(?!\d)")
BLOT = "‹number›"


def blot(value: Any) -> Any:
    """The value with every run of 11 to 19 digits in its texts replaced."""
    if isinstance(value, str):
        return PERSONAL_NUMBER.sub(BLOT, value)
    if isinstance(value, dict):
        return {name: blot(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [blot(each) for each in value]
    return value


def without_personal_numbers(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    return blot(event)


def short_exceptions(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Keep where an exception arose and the first line of what it said."""
    for link in event.get("exception") or []:
        link["exc_value"] = link["exc_value"].split("\n", 1)[0]
    return event


PROCESSORS = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
    ),
    short_exceptions,
    without_personal_numbers,
]
JSON = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, JSON],
            "foreign_pre_chain": [structlog.stdlib.ExtraAdder(allow=["status_code"]), *PROCESSORS],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # One line a query, with its values.
        "django.db.backends": {"level": "WARNING"},
        # Its lines carry account names and addresses; the audit record is the place for those.
        "axes": {"level": "CRITICAL"},
        # A line for each job fetched, with its arguments.
        "procrastinate": {"level": "WARNING"},
    },
}


def configure() -> None:
    structlog.configure(
        processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
