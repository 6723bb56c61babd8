"""Decision files: what a decision rested on, frozen under one hash."""
