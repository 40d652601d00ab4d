"""Whether a change arrived, and nothing else."""

from support.compare import assert_same
from support.link import drain

SHOP = ("Shop Invoice", "Shop Customer", "Shop Item", "Shop Note", "Shop Territory", "Shop Field Sampler")


def assert_arrives(hq, branch, doctype, name, events=1):
	"""The producer logged so many events, all of them were replayed, and both sites are the same."""
	summary = drain(branch, hq)
	assert (summary["synced"], summary["failed"], summary["waiting"]) == (events, 0, 0)
	assert_same(hq, branch, doctype, name)
