"""Histories of several sites on which people work at the same time, and what has to hold when all is drained.

A history is plain data: `{"begins": [steps on the first site], "turns": [turn]}`. A turn is `{"site": n, "steps": […]}`, people at
work on the n-th site (steps as of `support.history`), or `{"pull": [consumer, producer], "batches": n}`. It is lived through
on a `Network`, of which `LiveNetwork` is the one with real sites; whoever can run steps and pulls can be another.
"""

import re
from typing import Protocol

from support.compare import differences
from support.site import Site

NOTE, CUSTOMER, ITEM, INVOICE = "Shop Note", "Shop Customer", "Shop Item", "Shop Invoice"
DOCTYPES = [ITEM, CUSTOMER, NOTE, INVOICE]
# by it a document is known on sites where it has other names; no step changes it
MARKS = {NOTE: "tags_text", CUSTOMER: "tax_id", ITEM: "item_name", INVOICE: "posting_time"}
LINKS = {"customer": CUSTOMER, "item": ITEM, "amended_from": INVOICE}
TOKEN = re.compile(r"\bv\d+x\d+v\b")  # each text that people write is another, so that none can vanish unseen
PAGE = 100
ROUNDS = 12


class Network(Protocol):
	"""Sites, by numbers, and the links between them."""

	links: list[tuple[int, int]]  # (consumer, producer)
	same_names: bool

	def restart(self) -> None:
		"""As if nothing had happened since the sites were linked."""
		...

	def run(self, site: int, steps: list[dict]) -> None:
		"""In a transaction of their own."""
		...

	def pull(self, consumer: int, producer: int, batches: int | None = None) -> int:
		"""How many events it took, and how many changes it told of: who waits for one isn't at rest yet."""
		...

	def documents(self, site: int) -> dict[str, dict[str, dict]]: ...

	def testimony(self, site: int) -> dict:
		"""See `history_testimony.testimony`."""
		...

	def unsettled(self, site: int) -> list: ...

	def settle(self, site: int, gives_way: bool) -> None:
		"""
		:param gives_way: whether people here take back what was submitted on another site, too
		"""
		...

	def sites(self) -> range: ...


class LiveNetwork:
	def __init__(self, sites: list[Site], links: list[tuple[int, int]], same_names: bool):
		self._sites = sites
		self.links = links
		self.same_names = same_names
		self._heads: list[dict] = []

	def sites(self) -> range:
		return range(len(self._sites))

	def restart(self) -> None:
		self._heads = heads = [site.call("restart_source", doctypes=DOCTYPES) for site in self._sites]
		for consumer, producer in self.links:
			self._sites[consumer].call(
				"restart_replica", doctypes=DOCTYPES, producer=self._sites[producer].url, head=heads[producer]
			)

	def run(self, site: int, steps: list[dict]) -> None:
		self._sites[site].call("run_transactions", transactions=[{"steps": steps, "commit": True}])

	def pull(self, consumer: int, producer: int, batches: int | None = None) -> int:
		url = self._sites[producer].url
		summary = self._sites[consumer].call("pull_pages", producer_url=url, page=PAGE, batches=batches)
		assert not summary["error"] and not summary["busy"], summary
		return sum(summary[kind] for kind in ("synced", "failed", "waiting", "skipped", "logged"))

	def documents(self, site: int) -> dict[str, dict[str, dict]]:
		return self._sites[site].call("all_documents", doctypes=DOCTYPES)

	def testimony(self, site: int) -> dict:
		return self._sites[site].call(
			"support.history_testimony:testimony", doctypes=DOCTYPES, after=self._heads[site]["position"]
		)

	def logs(self) -> str:
		"""What all sites say of it, for who has to find the cause."""
		lines = []
		for number, site in enumerate(self._sites):
			lines.append(f"site {number} logged:")
			fields = [
				"name",
				"update_type",
				"ref_doctype",
				"docname",
				"data",
				"changed_at",
				"path",
				"source_id",
			]
			for row in site.call("rows", doctype="Update Log", fields=fields, order_by="name asc"):
				lines.append("  " + " ".join(str(row[field]) for field in fields)[:500])
			lines.append(f"site {number} did:")
			fields = [
				"event_id",
				"update_type",
				"source",
				"status",
				"remote_docname",
				"docname",
				"message",
				"conflict",
			]
			for row in site.call("rows", doctype="Event Sync Log", fields=fields, order_by="creation asc"):
				lines.append("  " + " ".join(str(row[field]) for field in fields)[:500])
		return "\n".join(lines)

	def settle(self, site: int, gives_way: bool) -> None:
		twice = {"status": "Failed", "message": ["like", "%was submitted on both sites%"]}
		for row in self._sites[site].rows("Event Sync Log", ["name"], twice) if gives_way else []:
			self._sites[site].call("resync_from_source", name=row["name"], take_back=True)
		self._sites[site].call("make_retries_due")

	def unsettled(self, site: int) -> list:
		fields = ["update_type", "remote_doctype", "remote_docname", "status", "message"]
		return self._sites[site].rows("Event Sync Log", fields, {"status": ["in", ["Failed", "Waiting"]]})


def live_through(network: Network, history: dict) -> None:
	"""
	:raises AssertionError: an invariant does not hold in the end
	"""
	network.restart()
	network.run(0, history["begins"])
	drain(network)
	for turn in history["turns"]:
		if "pull" in turn:
			network.pull(*turn["pull"], turn["batches"])
		else:
			network.run(turn["site"], turn["steps"])
	drain(network)
	decide(network)
	judge(network)


def decide(network: Network) -> None:
	"""What waits is tried again, and people decide of which site a document stands that both submitted: that of the first. Where
	that is changed once more on a third site, which is allowed on some fields, people at the first take it from there."""
	for turn in range(ROUNDS):
		if not any(network.unsettled(site) for site in network.sites()):
			return
		for site in network.sites():
			network.settle(site, gives_way=bool(site and turn) or turn > len(network.sites()))
		drain(network)


def drain(network: Network) -> None:
	"""Until nothing comes any more, and what waits has been tried again."""
	for _round in range(ROUNDS):
		if not sum(network.pull(consumer, producer) for consumer, producer in network.links):
			return
	raise AssertionError("the sites never come to rest")


def judge(network: Network) -> None:
	for site in network.sites():
		assert not network.unsettled(site), f"open on site {site}: {network.unsettled(site)}"
	documents = [network.documents(site) for site in network.sites()]
	views = documents if network.same_names else [_by_marks(of_site) for of_site in documents]
	for site, view in enumerate(views[1:], 1):
		found = differences(views[0], view)
		assert not found, f"I4: sites 0 and {site} differ:\n" + "\n".join(found[:30])
	testimonies = [network.testimony(site) for site in network.sites()]
	assert_nothing_lost(documents, testimonies)
	for site, (of_site, testimony) in enumerate(zip(documents, testimonies, strict=True)):
		gone = {name for one in testimonies for name in one["deleted"]}
		if gone and not network.same_names:  # another site's names say nothing of which document here it was
			gone |= testimony["carried"].keys() - of_site[INVOICE].keys()
		assert_nothing_taken_back(site, of_site[INVOICE], testimony, gone)


def assert_nothing_lost(documents: list[dict], testimonies: list[dict]) -> None:
	"""I4, I5: what people wrote is there, or somebody who saw it changed or deleted it, or a row says that it lost."""
	written = set().union(*(testimony["written"] for testimony in testimonies))
	accounted = set(TOKEN.findall(repr(documents)))
	accounted = accounted.union(
		*(set(testimony["changed"]) | set(testimony["recorded"]) for testimony in testimonies)
	)
	assert not written - accounted, f"I5: lost without a row that says so: {sorted(written - accounted)}"


def assert_nothing_taken_back(site: int, invoices: dict[str, dict], testimony: dict, gone: set[str]) -> None:
	"""I3: what people submitted or cancelled here still is.

	:param gone: what people deleted on some site after it was cancelled: no state is further than that
	"""
	for name, docstatus in testimony["carried"].items():
		if name in gone:
			continue
		assert name in invoices, f"I3: {name} was carried to {docstatus} on site {site}, and is gone"
		assert invoices[name]["docstatus"] >= docstatus, f"I3: {name} was taken back on site {site}"


def without_stand_in(name: str) -> str:
	"""What a row is called where it was made: on one database the rows of both sites' documents have names of their own."""
	return re.sub(r"-es\d*$", "", name)


def _by_marks(documents: dict[str, dict[str, dict]]) -> dict:
	"""Documents by their marks instead of their names, in links too."""
	marks = {
		(doctype, name): str(document[MARKS[doctype]])
		for doctype, of_doctype in documents.items()
		for name, document in of_doctype.items()
	}

	def translated(values: dict) -> dict:
		return {
			field: marks.get((LINKS[field], value), value) if field in LINKS else value
			for field, value in values.items()
			if field
			not in ("name", "naming_series", "item_code", "customer_name")  # names are each site's own
		}

	return {
		doctype: {
			marks[doctype, name]: {
				**translated(document),
				**(
					{
						"items": [
							{**translated(row), "row": without_stand_in(row["name"])}
							for row in document["items"]
						]
					}
					if "items" in document
					else {}
				),
			}
			for name, document in of_doctype.items()
		}
		for doctype, of_doctype in documents.items()
	}
