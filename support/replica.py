"""Whether one site has all that another has, once, and nothing else: what a replica is."""

from dataclasses import dataclass, field

from support.compare import differences
from support.site import Site


@dataclass
class Comparison:
	"""`(DocType, name)` of what one of two sites lacks, and where the documents that both have differ."""

	missing: list = field(default_factory=list)
	surplus: list = field(default_factory=list)
	different: dict = field(default_factory=dict)
	equal: int = 0

	def __bool__(self) -> bool:
		"""Whether the replica is one."""
		return not (self.missing or self.surplus or self.different)

	def __str__(self) -> str:
		lines = [f"missing: {doctype} {name}" for doctype, name in self.missing]
		lines += [f"surplus: {doctype} {name}" for doctype, name in self.surplus]
		for (doctype, name), found in self.different.items():
			lines += [f"different: {doctype} {name}", *(f"    {line}" for line in found)]
		return "\n".join(lines) or f"{self.equal} documents are equal"


def compare_all(source: Site, replica: Site, doctypes: list[str]) -> Comparison:
	"""Every document of these DocTypes, all its stored values, its rows with their names and order."""
	there = source.call("all_documents", doctypes=doctypes)
	here = replica.call("all_documents", doctypes=doctypes)
	found = Comparison()
	for doctype in doctypes:
		one, other = there[doctype], here[doctype]
		found.missing += [(doctype, name) for name in sorted(one.keys() - other.keys())]
		found.surplus += [(doctype, name) for name in sorted(other.keys() - one.keys())]
		for name in sorted(one.keys() & other.keys()):
			if lines := differences(one[name], other[name]):
				found.different[(doctype, name)] = lines
			else:
				found.equal += 1
	return found


def assert_replica(source: Site, replica: Site, doctypes: list[str]) -> int:
	"""How many documents are the same on both sites.

	:raises AssertionError: one is missing, surplus or different, or has rows that belong to none
	"""
	found = compare_all(source, replica, doctypes)
	assert found, f"{replica.name} is no replica of {source.name}:\n{found}"
	orphans = replica.call("orphaned_rows", doctypes=doctypes)
	assert not orphans, f"rows without a document on {replica.name}: {orphans}"
	return found.equal


def assert_nothing_double(replica: Site) -> None:
	"""Each event of the feed has one Event Sync Log row, and each document of the source stands for one here."""
	events = replica.call(
		"repeated", doctype="Event Sync Log", fields=["event_producer", "epoch", "position"], source="Feed"
	)
	assert not events, f"Event Sync Log has more than one row for: {events}"
	fields = ["event_producer", "remote_doctype", "remote_docname", "event_id"]
	fetched = replica.call("repeated", doctype="Event Sync Log", fields=fields, source="Dependency")
	assert not fetched, f"Event Sync Log tells more than once of: {fetched}"
	register = replica.call(
		"repeated", doctype="Remote Document", fields=["event_producer", "local_doctype", "local_docname"]
	)
	assert not register, f"documents that stand for more than one: {register}"


def assert_nothing_open(replica: Site) -> None:
	"""Nothing is parked, failed or waiting."""
	fields = ["remote_doctype", "remote_docname", "status", "message"]
	parked = replica.rows("Parked Document", fields)
	assert not parked, f"still parked on {replica.name}: {parked}"
	unsettled = replica.rows(
		"Event Sync Log", [*fields, "update_type", "event_id"], {"status": ["in", ["Failed", "Waiting"]]}
	)
	assert not unsettled, f"still to be replayed on {replica.name}: {unsettled}"
