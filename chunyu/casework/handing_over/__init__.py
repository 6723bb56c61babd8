"""Referral and transfer: a case offered to another union, with consent, and that union's receipt."""
