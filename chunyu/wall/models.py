"""No tables. Only apps with such a file are told when the migrations are done, and the wall is put up then."""
