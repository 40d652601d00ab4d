"""Head office and a branch, both with ERPNext: master data goes out from head office, transactions come in to it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from support import compare, link
from support.erpnext.bench import ErpnextBench
from support.site import Site, SiteError

INSIDE = "support.erpnext.inside"
STREAMER = "clerk@example.com"
MASTERS = (
	"Item Attribute", "Item", "Item Price", "Customer", "Supplier", "Address", "Contact", "Price List", "Pricing Rule",
	"Promotional Scheme", "Coupon Code", "Payment Term", "Payment Terms Template", "POS Profile", "BOM",
	"Product Bundle", "Asset Category", "Sales Partner", "Sales Person", "Activity Type", "Subscription Plan", "Bank",
	"Bank Account", "Item Tax Template", "Shipping Rule", "Putaway Rule",
)  # fmt: skip
MADE_BY_SET_UP = ("Price List", "Sales Person")  # on both sites, under the same names
MATCHED_BY = {"Item Price": "item_code, price_list, uom"}  # a standard rate makes one on each site
VOUCHERS = (
	"Customer", "Sales Order", "Delivery Note", "Sales Invoice", "Purchase Order", "Purchase Receipt", "Purchase Invoice",
	"Stock Entry", "Stock Reconciliation", "Payment Entry", "Journal Entry", "POS Opening Entry", "POS Invoice",
	"POS Closing Entry", "Landed Cost Voucher", "Quality Inspection", "Work Order", "Payment Request", "Dunning",
	"Unreconcile Payment", "Asset", "Asset Depreciation Schedule", "Asset Movement", "Asset Value Adjustment", "Lead",
	"Opportunity", "Quotation", "Blanket Order", "Pick List", "Packing Slip", "Stock Reservation Entry",
	"Material Request", "Request for Quotation", "Supplier Quotation", "Subcontracting Order", "Subcontracting Receipt",
	"Project", "Task", "Timesheet", "Exchange Rate Revaluation", "Subscription", "Bank Transaction",
	"Installation Note", "Maintenance Schedule", "Maintenance Visit",
)  # fmt: skip
ITEMS = ("item", "pot", "second", "product", "gift")  # keys of what is made
MADE_ON_EACH_SITE = ("opening stock",)
CANCELLED = 2
LIVE, LATE, BACKFILL = "live", "late", "backfill"
MODES = (LIVE, LATE, BACKFILL)
OFFLINE_DAYS = 2


class Outcome:
	"""Of one kind in one mode: the steps' `error`, if ERPNext refused one, where the sites differ, and of a backfill the rows of
	ledgers, by table, that are `not_made` of what was cancelled before it came."""

	def __init__(self) -> None:
		self.error = ""
		self.differences: list[str] = []
		self.not_made: list[tuple[str, dict]] = []

	def __bool__(self) -> bool:
		return not self.error and not self.differences


class Pair:
	"""
	:param mode: LIVE pulls after each step; LATE when all is done, two days later by this site's clock; BACKFILL approves
	        the DocTypes only then, two days later, too
	"""

	def __init__(self, bench: ErpnextBench, mode: str):
		self.mode = mode
		self.office, self.branch = bench.make_sites([f"office-{mode}.localhost", f"branch-{mode}.localhost"])
		self.made: dict[str, dict] = {}
		self.documents: dict[str, dict[Site, dict[str, list[str]]]] = {}
		self.outcomes: dict[str, Outcome] = {}
		rows = [
			{
				"ref_doctype": name,
				"adopt_existing": int(name in MADE_BY_SET_UP),
				"also_match_by": MATCHED_BY.get(name),
			}
			for name in MASTERS
		]
		link.subscribe(self.branch, self.office, rows, event_subscriber=STREAMER)
		rows = [{"ref_doctype": name, "keep_history": int(name == "POS Invoice")} for name in VOUCHERS]
		link.subscribe(self.office, self.branch, rows, event_subscriber=STREAMER)
		self._approve(masters=mode != BACKFILL, vouchers=mode != BACKFILL)

	def _approve(self, masters: bool = True, vouchers: bool = True) -> None:
		if masters:
			link.approve(self.office, self.branch)
			link.pull(self.branch, self.office)
			self.branch.call("backfill", producer_url=self.office.url, doctypes=list(MADE_BY_SET_UP))
		if vouchers:
			link.approve(self.branch, self.office)
			link.pull(self.office, self.branch)

	def run(self, kinds: dict[str, tuple[list[str], list[str]]]) -> dict[str, Outcome]:
		"""All of them, then each is judged."""
		self.outcomes = {kind: Outcome() for kind in kinds}
		self.made = {kind: {"kind": kind.capitalize()} for kind in kinds}
		self.documents = {kind: {} for kind in kinds}
		for kind, (at_office, _at_branch) in kinds.items():
			self._steps(kind, at_office, self.office, MASTERS, self._live(self._pull_masters))
		if self.mode == BACKFILL:
			self._approve(vouchers=False)
		if self.mode != LIVE:
			self._pull_masters_late()
		self._find_what_is_too_much(self.branch, self.office, MASTERS)
		for kind, (_at_office, at_branch) in kinds.items():
			self._steps(kind, at_branch, self.branch, VOUCHERS, self._live(self._pull_vouchers))
		if self.mode == BACKFILL:
			self._approve(masters=False)
		if self.mode != LIVE:
			self._pull_vouchers_late()
		self.settle()
		for kind in kinds:
			self._judge(kind)
		self._find_what_is_too_much(self.office, self.branch, VOUCHERS)
		return self.outcomes

	def settle(self) -> None:
		"""What is parked is tried again, and ERPNext's hourly job runs on both sites."""
		for consumer, producer in ((self.branch, self.office), (self.office, self.branch)):
			for _try in range(3):
				consumer.call("make_retries_due")
				link.pull(consumer, producer)
		for site in (self.office, self.branch):
			site.call(f"{INSIDE}.ledgers:repost")

	def _live(self, pull: Callable) -> Callable | None:
		return pull if self.mode == LIVE else None

	def _steps(
		self, kind: str, steps: list[str], site: Site, doctypes: tuple[str, ...], after: Callable | None
	) -> None:
		outcome = self.outcomes[kind]
		known = self._names(site, doctypes)
		for step in steps:
			if outcome.error:
				break
			try:
				self.made[kind] = site.call(f"{INSIDE}.steps:run", step=step, made=self.made[kind])
			except SiteError as error:
				outcome.error = f"{step}: {error}\n{error.traceback}"
			if after:
				after()
		self.documents[kind][site] = site.call(f"{INSIDE}.steps:made_since", doctypes=doctypes, known=known)

	def _names(self, site: Site, doctypes: tuple[str, ...]) -> dict[str, list[str]]:
		return site.call(f"{INSIDE}.steps:made_since", doctypes=doctypes, known={})

	def _pull_masters(self) -> None:
		link.drain(self.branch, self.office)

	def _pull_vouchers(self) -> None:
		link.drain(self.office, self.branch)

	def _pull_masters_late(self) -> None:
		"""The branch was offline; its own work begins on the day when they are here."""
		self._take_all(self.branch, self.office)

	def _pull_vouchers_late(self) -> None:
		self.office.call(f"{INSIDE}.clock:shift", days=OFFLINE_DAYS)
		self._take_all(self.office, self.branch)

	def _take_all(self, consumer: Site, producer: Site) -> None:
		if self.mode == BACKFILL:
			answer = consumer.call("backfill", producer_url=producer.url)
			assert not answer["error"], answer["error"]
		link.drain(consumer, producer)

	def _judge(self, kind: str) -> None:
		outcome = self.outcomes[kind]
		found = outcome.differences
		for source, consumer in ((self.office, self.branch), (self.branch, self.office)):
			documents = self.documents[kind].get(source) or {}
			for doctype, names in documents.items():
				for name in names:
					found += self._document_differences(source, consumer, doctype, name)
			if source is self.branch or not self.documents[kind].get(self.branch):
				found += self._ledger_differences(kind, documents, outcome)

	def _find_what_is_too_much(self, here: Site, there: Site, doctypes: tuple[str, ...]) -> None:
		"""Documents that are none of the other site's: this site's own controllers made them once more."""
		for doctype in doctypes:
			names = {_name_at(here, there, doctype, name) for name in there.names(doctype)}
			for name in sorted(set(here.names(doctype)) - names):
				kind = self._kind_of(compare.snapshot(here, doctype, name))
				if kind and kind not in MADE_ON_EACH_SITE:
					self.outcomes[kind].differences.append(f"{doctype} {name} is too much")

	def _kind_of(self, values: dict | None) -> str | None:
		"""By the masters that it names, which are called after their kind, or by another document of it."""
		text = json.dumps(values, default=str)
		found = [kind for kind in self.outcomes if f'"{kind.capitalize()} ' in text]
		found = found or [kind for kind, made in self.made.items() if any(_names(text, made))]
		return max(found, key=len, default=None)

	def _document_differences(self, source: Site, consumer: Site, doctype: str, name: str) -> list[str]:
		there = compare.snapshot(source, doctype, name)
		if there is None:
			return []
		local_name = _name_at(consumer, source, doctype, name)
		here = compare.snapshot(consumer, doctype, local_name)
		if here and local_name != name:
			here["name"] = name
		if here is None:
			return [f"{doctype} {name} is missing: {self._said_of(consumer, doctype, name)}"]
		return [f"{doctype} {name} {line}" for line in compare.differences(there, here)]

	def _said_of(self, consumer: Site, doctype: str, name: str) -> str:
		of = {"remote_doctype": doctype, "remote_docname": name, "status": ("in", ["Failed", "Waiting"])}
		rows = consumer.rows("Event Sync Log", ["message"], of)
		return rows[-1]["message"] if rows else "nothing is said"

	def _ledger_differences(self, kind: str, documents: dict[str, list[str]], outcome: Outcome) -> list[str]:
		vouchers = [[doctype, name] for doctype, names in documents.items() for name in names]
		items = [value for key, value in self.made[kind].items() if key in ITEMS]
		arguments: dict[str, Any] = {"vouchers": vouchers, "items": items}
		there = self.branch.call(f"{INSIDE}.ledgers:read", **arguments)
		here = self.office.call(f"{INSIDE}.ledgers:read", **arguments)
		if self.mode == BACKFILL:
			for table in there:
				left = [row for row in there[table] if _is_of_cancelled(row) and row not in here[table]]
				outcome.not_made += [(table, row) for row in left]
				there[table] = [row for row in there[table] if row not in left]
		return [line for table in there for line in row_differences(table, there[table], here[table])]


def _names(text: str, made: dict[str, str]) -> Iterator[str]:
	return (name for key, name in made.items() if key != "kind" and f'"{name}"' in text)


def _name_at(consumer: Site, source: Site, doctype: str, name: str) -> str:
	"""Where both sites' controllers made one, they keep the names that these gave."""
	of = {"event_producer": source.url, "remote_doctype": doctype, "remote_docname": name}
	known = consumer.rows("Remote Document", ["local_docname"], of)
	return known[0]["local_docname"] if known else name


def row_differences(table: str, there: list[dict], here: list[dict]) -> list[str]:
	"""Rows that are on one side only, as lines; those which are nearly the same as one line of the fields."""
	there, here = ([_without_empty(row) for row in rows] for rows in (there, here))
	left = [row for row in there if row not in here]
	right = [row for row in here if row not in there]
	lines = []
	for row in left:
		if not right:
			lines.append(f"{table} is missing: {_brief(row)}")
			continue
		nearest = min(right, key=lambda other: len(compare.differences(row, other)))
		right.remove(nearest)
		lines.append(f"{table} {_brief(row)}: {'; '.join(compare.differences(row, nearest))}")
	return lines + [f"{table} is too much: {_brief(row)}" for row in right]


def _is_of_cancelled(row: dict) -> bool:
	return bool(row.get("is_cancelled") or row.get("delinked") or row.get("docstatus") == CANCELLED)


def sums(rows: list[tuple[str, dict]]) -> dict[tuple, float]:
	"""What rows of ledgers add up to, by ledger, voucher and account or item; bundles have no sum of their own."""
	found: dict[tuple, float] = {}
	for table, row in rows:
		value = (
			(row.get("debit") or 0)
			- (row.get("credit") or 0)
			+ (row.get("amount") or 0)
			+ (row.get("actual_qty") or 0)
		)
		place = (table, row.get("voucher_no"), row.get("account"), row.get("item_code"), row.get("warehouse"))
		found[place] = round(found.get(place, 0) + value, 6)
	return found


def _brief(row: dict) -> str:
	fields = (
		"name",
		"account",
		"item_code",
		"warehouse",
		"voucher_type",
		"voucher_no",
		"debit",
		"credit",
		"actual_qty",
	)
	return " ".join(str(row[field]) for field in fields if row.get(field))


def _without_empty(row: dict) -> dict:
	"""No value and an empty text are the same to ERPNext."""
	return {field: value for field, value in row.items() if value not in (None, "")}
