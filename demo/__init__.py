"""`make demo`: three sites on this machine stream a shop's documents; one of them nobody can call."""
