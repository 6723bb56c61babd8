"""Everything that a family has received or is promised, and the rules of how aid adds up."""
