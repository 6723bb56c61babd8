"""Row security: the second wall around every person's, case's and fund's rows."""

import os

APPLICATION = "chunyu_application"  # the role that pages and jobs have, and the rights that they have with it


def is_up() -> bool:
    """Whether pages and jobs stand behind the wall (CHUNYU_ROW_SECURITY=on). The policies are in the database either
    way; the owner of the tables, whom they let through, is who logs in when it is not."""
    return os.environ.get("CHUNYU_ROW_SECURITY") == "on"


def is_the_application() -> bool:
    """Whether this process answers pages or works off jobs, and has logged in as no more than that."""
    return is_up() and os.environ.get("CHUNYU_LOGIN") == "application"
