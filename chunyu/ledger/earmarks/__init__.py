"""Which source of money may pay for which use: a matrix of dated, sourced cells that the database keeps too."""
