"""The applicant's slip: with its number and code they follow their matters and say something, without an account."""
