"""Chunyu: the worker services of a federation of trade unions."""
