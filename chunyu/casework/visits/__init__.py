"""Home visits (入户调查): which to make, taking them along on a phone or on paper, and recording one."""
