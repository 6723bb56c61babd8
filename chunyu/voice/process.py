"""The processes of this room, found at the start of the program."""

from chunyu.voice.honours.process import HONOURS
from chunyu.voice.proposals.process import PROPOSAL

__all__ = ["HONOURS", "PROPOSAL"]
