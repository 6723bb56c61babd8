"""The people who sign in: accounts, the posts they are given by two keepers, and where an installation begins."""
