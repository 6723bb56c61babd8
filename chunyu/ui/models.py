"""The kit's only table: what phones sent in."""

from chunyu.ui.offline.tables import Received

__all__ = ["Received"]
