"""Papers: typed forms set through Typst templates into PDF/A, the same bytes for the same data."""
