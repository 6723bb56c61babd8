"""The processes of this room, found at the start of the program."""

from chunyu.organising.founding.process import FOUNDING
from chunyu.organising.shells.process import SHELL

__all__ = ["FOUNDING", "SHELL"]
