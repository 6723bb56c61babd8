"""Row security: the second wall around every person's, case's and fund's rows."""

import os

APPLICATION = "chunyu_application"  # the role that pages and jobs have, and the rights that they have with it


def is_the_application() -> bool:
    """Whether this process answers pages or works off jobs, and has logged in as no more than that."""
    return os.environ.get("CHUNYU_LOGIN") == "application"
