"""The steps of the bench of the books: a county with money, postings, a batch of pay-outs, and ten million legs."""
