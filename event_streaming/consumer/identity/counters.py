"""Names that came from elsewhere and that a counter of this site would give one day.

Invariant: before a document gets such a name here, the counter stands at its number or above. It moves in a transaction of
its own, so no user waits for a batch and a batch that is undone leaves a gap at most. Where that isn't possible (SQLite has
one writer; this very transaction, or somebody else's, holds the counter) it moves in the batch's transaction.

Counters are those of the DocType's naming: its series, `format:` and Document Naming Rules. What a controller or a Server
Script invents can't be known. Numbers of autoincrement are moved by Frappe.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
from frappe.model.base_document import get_controller
from frappe.utils import cint

from event_streaming.locks import is_transient

DIGITS = {"YY": 2, "MM": 2, "DD": 2, "WW": 2, "JJJ": 3, "YYYY": 4}
MEANINGLESS = ("hash", "random", "uuid", "autoincrement")
FORMAT_COUNTER = ""  # `format:` counts all that it names by one counter
BRACED = re.compile(r"(\{[\w | #]+\})")


@dataclass(frozen=True)
class Counter:
	"""A row that holds the last number given."""

	table: str
	name: str
	field: str


@dataclass
class Pattern:
	"""What names of one counter look like, and which row of Series or Document Naming Rule it is."""

	names: re.Pattern
	digits: int
	rule: str | None = None
	by_prefix: bool = True

	def read(self, name: str) -> tuple[Counter, int] | None:
		found = self.names.fullmatch(name)
		if not found:
			return None
		number = int(found["number"])
		if found["number"] != f"{number:0{self.digits}d}":
			return None  # not as a counter writes it
		if self.rule:
			return Counter("Document Naming Rule", self.rule, "counter"), number
		key = found["prefix"] if self.by_prefix else FORMAT_COUNTER
		return Counter("Series", key, "current"), number


class Counters:
	"""For one transaction: what was moved once isn't looked at again."""

	def __init__(self) -> None:
		self._patterns: dict[str, list[Pattern]] = {}
		self._stand: dict[Counter, int] = {}

	def pass_by(self, doctype: str, names: Iterable[str]) -> None:
		"""Moves the counters of `doctype` here past these names."""
		wanted: dict[Counter, int] = {}
		for name in names:
			for counter, number in self._numbers(doctype, name):
				if number > max(wanted.get(counter, 0), self._stand.get(counter, 0)):
					wanted[counter] = number
		if not wanted:
			return
		for counter, number in wanted.items() - _moved_apart(wanted):
			_move(counter, number)
		self._stand.update(wanted)

	def _numbers(self, doctype: str, name: str) -> Iterator[tuple[Counter, int]]:
		if doctype not in self._patterns:
			self._patterns[doctype] = patterns(doctype)
		return filter(None, (pattern.read(name) for pattern in self._patterns[doctype]))


def counts(doctype: str) -> bool:
	"""Whether names of this DocType here are numbers that are counted, or random: they tell nothing of a document."""
	autoname = (frappe.get_meta(doctype).autoname or "").lower()
	if not autoname and not hasattr(get_controller(doctype), "autoname"):
		return True  # these are named at random
	return autoname in MEANINGLESS or bool(patterns(doctype))


def patterns(doctype: str) -> list[Pattern]:
	meta = frappe.get_meta(doctype)
	autoname = meta.autoname or ""
	found = [
		_of_series(f"{rule.prefix}.{'#' * max(cint(rule.prefix_digits), 1)}", meta, rule.name)
		for rule in _naming_rules(doctype)
	]
	if autoname.lower().startswith("naming_series:"):
		found += [_of_series(option, meta) for option in meta.get_naming_series_options() if option]
	elif autoname.lower().startswith("format:"):
		found += [pattern] if (pattern := _of_format(autoname.partition(":")[2])) else []
	elif "#" in autoname:
		found.append(_of_series(autoname, meta))
	return found


def _naming_rules(doctype: str) -> list[frappe._dict]:
	if not frappe.db.table_exists("Document Naming Rule"):
		return []
	rule = frappe.qb.DocType("Document Naming Rule")
	query = frappe.qb.from_(rule).select(rule.name, rule.prefix, rule.prefix_digits)
	return query.where((rule.document_type == doctype) & (rule.disabled == 0)).run(as_dict=True)


def _of_series(series: str, meta, rule: str | None = None) -> Pattern:
	"""Such as `SINV-.YYYY.-.####`: dates, fields and one number between the dots."""
	series = series if "#" in series else f"{series}.#####"
	prefix, suffix, digits = "", "", 0
	for part in filter(None, series.split(".")):
		if part.startswith("#"):
			digits = digits or len(part)
		elif digits:
			suffix += _shape(part, meta)
		else:
			prefix += _shape(part, meta)
	return Pattern(_compiled(prefix, suffix), digits, rule)


def _of_format(text: str) -> Pattern | None:
	prefix, suffix, digits = "", "", 0
	for part in filter(None, BRACED.split(text)):
		inner = part[1:-1] if BRACED.fullmatch(part) else None
		if inner and inner.startswith("#") and not digits:
			digits = len(inner)
		elif digits:
			suffix += re.escape(part) if inner is None else ".*?"
		else:
			prefix += re.escape(part) if inner is None else ".*?"
	return Pattern(_compiled(prefix, suffix), digits, by_prefix=False) if digits else None


def _shape(part: str, meta) -> str:
	if part in DIGITS:
		return rf"\d{{{DIGITS[part]}}}"
	if part == "timestamp" or part.startswith("{") or meta.has_field(part):
		return ".*?"
	if frappe.get_hooks("naming_series_variables", {}).get(part):
		return ".*?"
	return re.escape(part)


def _compiled(prefix: str, suffix: str) -> re.Pattern:
	return re.compile(rf"(?P<prefix>{prefix})(?P<number>\d{{1,18}}){suffix}", re.DOTALL)


def _moved_apart(wanted: dict[Counter, int]) -> set[tuple[Counter, int]]:
	"""Those that a transaction of its own could move."""
	if frappe.db.db_type == "sqlite":
		return set()
	try:
		with _own_transaction():
			return {(counter, number) for counter, number in wanted.items() if _move_if_free(counter, number)}
	except Exception as error:
		if not (frappe.db.is_duplicate_entry(error) or is_transient(error)):
			raise
		return set()  # somebody else begins the very series


@contextmanager
def _own_transaction() -> Iterator[None]:
	batch = frappe.local.db
	try:
		frappe.connect(set_admin_as_user=False)
		yield
		frappe.db.commit()  # nosemgrep -- so that nobody waits for the batch
	finally:
		if frappe.local.db is not batch:
			frappe.local.db.close()
		frappe.local.db = batch


def _move_if_free(counter: Counter, number: int) -> bool:
	table = frappe.qb.DocType(counter.table)
	current = frappe.qb.from_(table).select(table[counter.field]).where(table.name == counter.name)
	if not current.run():
		_move(counter, number)
	elif not current.for_update(skip_locked=True).run():
		return False
	else:
		_move(counter, number)
	return True


def _move(counter: Counter, number: int) -> None:
	table = frappe.qb.DocType(counter.table)
	current = frappe.qb.from_(table).select(table[counter.field]).where(table.name == counter.name)
	if current.for_update().run():  # as it is now, whatever this transaction has read before
		update = frappe.qb.update(table).set(table[counter.field], number).where(table.name == counter.name)
		update.where(table[counter.field].isnull() | (table[counter.field] < number)).run()
	elif counter.table == "Series":
		frappe.qb.into(table).columns(table.name, table.current).insert(counter.name, number).run()
