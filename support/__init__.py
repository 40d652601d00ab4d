"""What the tests stand on: sites of a bench or of the playground, driven from outside through real processes."""
