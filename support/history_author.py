"""Histories of several sites, see `support.shared_history`: made up, and shortened when they fail."""

import itertools
import random
from collections.abc import Callable, Iterator

from support.shared_history import CUSTOMER, DOCTYPES, INVOICE, ITEM, MARKS, NOTE, Network


class Author:
	"""Makes up histories; of one seed always the same."""

	def __init__(self, seed: int, network: Network, kinds: dict[str, int], turns: int):
		"""
		:param kinds: what people do, and how often
		"""
		self.random = random.Random(seed)
		self.network = network
		self.kinds = kinds
		self.turns = turns
		self.numbers = itertools.count(1)

	def history(self) -> dict:
		begins = [
			self._insert(0, doctype) for doctype in (ITEM, ITEM, CUSTOMER, NOTE, NOTE, INVOICE, INVOICE)
		]
		return {"begins": begins, "turns": [self._turn() for _turn in range(self.turns)]}

	def _turn(self) -> dict:
		if self.random.random() < 0.3:
			return {
				"pull": list(self.random.choice(self.network.links)),
				"batches": self.random.choice([1, None]),
			}
		site = self.random.choice(list(self.network.sites()))
		return {
			"site": site,
			"steps": [self._step(site) for _step in range(self.random.choice([1, 1, 2, 3]))],
		}

	def _step(self, site: int) -> dict:
		kind = self.random.choices(list(self.kinds), list(self.kinds.values()))[0]
		return getattr(self, f"_{kind}")(site)

	def _pick(self) -> int:
		return self.random.randrange(4)

	def _value(self, site: int) -> str:
		return f"v{site}x{next(self.numbers)}v"

	def _mark(self, site: int, doctype: str) -> str:
		number = next(self.numbers)
		if doctype != INVOICE:
			return f"mark {site} {number}"
		return f"{site:02}:{number // 60 % 60:02}:{number % 60:02}"

	def _row(self, site: int) -> dict:
		values = {
			"qty": self.random.randint(1, 9),
			"description": self._value(site),
			"warehouse": self._value(site),
		}
		return {"values": values, "links": {"item": self._pick()}}

	def _insert(self, site: int, doctype: str | None = None) -> dict:
		# of what counters name, only one site makes new ones; else both would use the same names
		made_here = (
			[NOTE, CUSTOMER, ITEM, INVOICE]
			if site == 0 or not self.network.same_names
			else [NOTE, CUSTOMER, ITEM]
		)
		doctype = doctype or self.random.choice(made_here)
		values = {MARKS[doctype]: self._mark(site, doctype), **self._values(site, doctype)}
		step = {"do": "insert", "doctype": doctype, "values": values}
		if doctype == CUSTOMER:
			values |= {"customer_name": f"C {site} {next(self.numbers)}", "contact_person": self._value(site)}
		if doctype == ITEM:
			values |= {
				"item_code": f"I {site} {next(self.numbers)}",
				"standard_rate": self.random.randint(1, 9),
			}
		if doctype == INVOICE:
			values["posting_date"] = "2026-01-02"
			step |= {
				"links": {"customer": self._pick()},
				"rows": {"items": [self._row(site), self._row(site)]},
			}
		return step

	def _values(self, site: int, doctype: str) -> dict:
		fields = {
			NOTE: ["title", "content"],
			CUSTOMER: ["remarks"],
			ITEM: ["description"],
			INVOICE: ["notes"],
		}[doctype]
		return {field: self._value(site) for field in fields}

	def _update(self, site: int) -> dict:
		doctype = self.random.choice(DOCTYPES)
		values = self._values(site, doctype)
		field = self.random.choice(list(values))
		return {"do": "update", "doctype": doctype, "pick": self._pick(), "values": {field: values[field]}}

	def _db_set(self, site: int) -> dict:
		return {**self._update(site), "do": "db_set"}

	def _set_back(self, site: int) -> dict:
		"""Values that come and go, where only few are possible."""
		doctype, field, values = self.random.choice(
			[(NOTE, "priority", [0, 1]), (NOTE, "status", ["Open", "Closed"]), (CUSTOMER, "disabled", [0, 1])]
		)
		return {
			"do": "update",
			"doctype": doctype,
			"pick": self._pick(),
			"values": {field: self.random.choice(values)},
		}

	def _rows(self, site: int) -> dict:
		edits = [self._edit(site) for _edit in range(self.random.choice([1, 1, 2]))]
		return {"do": "edit_rows", "doctype": INVOICE, "pick": self._pick(), "table": "items", "edits": edits}

	def _edit(self, site: int) -> list:
		kind = self.random.choice(["add", "add", "change", "change", "remove", "move"])
		if kind == "add":
			return [kind, self._row(site)]
		if kind == "change":
			return [
				kind,
				self._pick(),
				{"values": {self.random.choice(["description", "warehouse"]): self._value(site)}},
			]
		return [kind, self._pick()] if kind == "remove" else [kind, self._pick(), self._pick()]

	def _submit(self, site: int) -> dict:
		return {"do": "submit", "doctype": INVOICE, "pick": self._pick()}

	def _cancel(self, site: int) -> dict:
		return {"do": "cancel", "doctype": INVOICE, "pick": self._pick()}

	def _amend(self, site: int) -> dict:
		if site and self.network.same_names:
			return self._update(site)  # its name is counted
		values = {**self._values(site, INVOICE), MARKS[INVOICE]: self._mark(site, INVOICE)}
		return {"do": "amend", "doctype": INVOICE, "pick": self._pick(), "values": values}

	def _delete(self, site: int) -> dict:
		return {
			"do": "delete",
			"doctype": self.random.choice([NOTE, NOTE, INVOICE, CUSTOMER]),
			"pick": self._pick(),
		}

	def _rename(self, site: int) -> dict:
		doctype = self.random.choice([CUSTOMER, ITEM, NOTE])
		# few names, so that they are taken, left and taken again; of each site its own, since two documents that get one
		# name at once are for a person to tell apart
		return {
			"do": "rename",
			"doctype": doctype,
			"pick": self._pick(),
			"new_name": f"R {site} {self.random.randrange(3)}",
		}

	def _merge(self, site: int) -> dict:
		return {
			"do": "merge",
			"doctype": self.random.choice([CUSTOMER, ITEM]),
			"pick": self._pick(),
			"into": self._pick(),
		}

	def _recreate(self, site: int) -> dict:
		"""Another document under the name of one that goes."""
		if site and self.network.same_names:
			return self._update(site)  # two of one name, made at once, are for a person to tell apart
		again = self._insert(site, CUSTOMER)
		again["values"].pop("customer_name")
		return {**again, "do": "recreate", "pick": self._pick(), "named_by": "customer_name"}


def shrink(history: dict, fails: Callable[[dict], bool]) -> dict:
	"""A shorter history that fails, too: turns, then steps, are left out as long as it still does.

	:param fails: says False where there is no time left
	"""
	changed = True
	while changed:
		changed = False
		for shorter in _shorter(history):
			if fails(shorter):
				history, changed = shorter, True
				break
	return history


def _shorter(history: dict) -> Iterator[dict]:
	turns = history["turns"]
	size = len(turns) // 2
	while size:
		for start in range(0, len(turns), size):
			yield {**history, "turns": turns[:start] + turns[start + size :]}
		size //= 2
	for place, turn in enumerate(turns):
		for step in range(len(turn.get("steps") or []) if len(turn.get("steps") or []) > 1 else 0):
			steps = turn["steps"][:step] + turn["steps"][step + 1 :]
			yield {**history, "turns": [*turns[:place], {**turn, "steps": steps}, *turns[place + 1 :]]}
