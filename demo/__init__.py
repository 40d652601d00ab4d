"""`make demo`: two sites on this machine stream a shop's documents."""
