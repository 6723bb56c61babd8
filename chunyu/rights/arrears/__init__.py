"""Wages that an employer owes (欠薪): one joint case of several departments, until nothing is owed any more."""
