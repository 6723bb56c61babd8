"""What is logged is one JSON object a line, and holds nobody's numbers."""

import io
import json
import logging

import pytest
import structlog

from chunyu.running import logs

IDENTITY = "13999919751231002X"


@pytest.fixture
def written():
    """Lines that the site's own handler would write, as objects."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    settings = logs.LOGGING["formatters"]["json"]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=settings["processors"], foreign_pre_chain=settings["foreign_pre_chain"]
        )
    )
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.propagate = False
    yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_numbers_of_persons_are_blotted_out(written):
    logging.getLogger("tests.logs").warning("household of %s, card %s", IDENTITY, "6222021234567890123")
    (line,) = written()
    assert line["event"] == "household of ‹number›, card ‹number›"


def test_a_traceback_shows_where_but_no_local_variable_and_no_row(written):
    identity = IDENTITY
    try:
        raise ValueError(f"duplicate key\nDETAIL: Key (name)=(王小明) already exists. {identity}")
    except ValueError:
        logging.getLogger("tests.logs").exception("failed")
    (line,) = written()
    told = json.dumps(line, ensure_ascii=False)
    assert "test_logs.py" in told
    assert "duplicate key" in told
    assert "王小明" not in told
    assert IDENTITY not in told


def test_structured_events_are_treated_alike(written):
    structlog.get_logger("tests.logs").info("imported", rows=2000, first=[IDENTITY])
    (line,) = written()
    assert (line["event"], line["rows"], line["first"]) == ("imported", 2000, ["‹number›"])
