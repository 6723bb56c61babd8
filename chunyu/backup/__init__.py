"""Copies of the database, its journal and its files, kept sealed; and bringing them back as of a moment."""
