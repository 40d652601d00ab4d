"""On the path of the sites' processes while `make cover` runs: each of them counts its own lines."""

import coverage

coverage.process_startup()
