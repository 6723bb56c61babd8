"""The processes of this room, found at the start of the program."""

from chunyu.rights.arrears.process import ARREARS

__all__ = ["ARREARS"]
