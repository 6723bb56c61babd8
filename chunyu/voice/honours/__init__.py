"""Honours: a round with its rules and jury, nominees, scores, the public notice, certificates and bonuses."""
