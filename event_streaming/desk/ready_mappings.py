"""Ready Document Type Mappings between versions of an app: fields of one name, and those that were renamed from one to the other.

The renames are data: `packs/*.json`, each for two versions. `renamed` has pairs of fieldnames by DocType, in either order;
`doctypes` pairs of DocTypes of which one became the other. Which way a pair is used is told by the fields that are there.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import frappe

from event_streaming.consumer import schema_check
from event_streaming.consumer.mapping import remote_schema
from event_streaming.consumer.mapping.remote_schema import FieldFacts
from event_streaming.document import schema
from event_streaming.document.field_types import TABLE_TYPES, fits
from event_streaming.document.snapshot import NESTED_SET_FIELDS, OWN_FIELDS
from event_streaming.link.client import ProducerClient

PACKS = Path(__file__).parent / "packs"
NEVER = NESTED_SET_FIELDS | OWN_FIELDS
Fields = dict[str, FieldFacts]
Pairs = dict[str, str]  # fieldname here, by the one there


@dataclass
class Pack:
	name: str
	renamed: dict[str, list[list[str]]] = field(default_factory=dict)
	doctypes: list[dict] = field(default_factory=list)

	def pairs(self, doctype: str, there: Fields, here: Fields) -> Pairs:
		"""Renames of this DocType that apply between these fields."""
		return _directed(self.renamed.get(doctype) or [], there, here)

	def successor(self, remote_doctype: str, local_doctype: str) -> list[list[str]] | None:
		"""Renamed fields of two DocTypes of which one became the other."""
		pairs = (one for one in self.doctypes if set(one["pair"]) == {remote_doctype, local_doctype})
		found = next(pairs, None)
		return found["renamed"] if found else None


def packs() -> list[Pack]:
	return [Pack(**json.loads(file.read_text())) for file in sorted(PACKS.glob("*.json"))]


def offered(producer: str) -> list[str]:
	"""Rows of the Event Configuration, by `ref_doctype`, that have differences and for which a pack has something."""
	differing = schema_check.summary(producer)
	known = {doctype for pack in packs() for doctype in pack.renamed}
	return sorted(
		doctype
		for doctype in differing
		if doctype in known
		or any(one.options in known for one in frappe.get_meta(doctype).get_table_fields())
	)


def load(producer: str, ref_doctype: str) -> dict:
	"""Makes the mapping of a row of the Event Configuration, unless it is there, and puts it into the row.

	:returns: the `mapping`, and fields there that it doesn't take, as `left`
	:raises StreamingError: the producer can't be asked, or doesn't tell
	"""
	with ProducerClient.for_producer(producer) as end:
		there = remote_schema.read(end.describe_doctype(ref_doctype))
	made = [_Making(pack, ref_doctype, ref_doctype, there) for pack in packs()]
	best = max(made, key=lambda one: len(one.renames))
	doc = frappe.get_doc("Event Producer", producer)
	for row in doc.producer_doctypes:
		if row.ref_doctype == ref_doctype:
			row.has_mapping, row.mapping = 1, best.save()
	doc.save()
	return {"mapping": best.name, "left": best.left}


class _Making:
	"""One mapping, of a document or of the rows of a table."""

	def __init__(self, pack: Pack, remote_doctype: str, local_doctype: str, there: Fields):
		self.pack = pack
		self.remote_doctype = remote_doctype
		self.local_doctype = local_doctype
		self.there = {name: one for name, one in there.items() if name not in NEVER}
		self.here = remote_schema.read(schema.describe(local_doctype))

	@property
	def name(self) -> str:
		return f"{self.local_doctype} ({self.pack.name})"

	@cached_property
	def renames(self) -> Pairs:
		if (successor := self.pack.successor(self.remote_doctype, self.local_doctype)) is not None:
			return _directed(successor, {**self.there, "name": FieldFacts("name", "Data")}, self.here)
		return self.pack.pairs(self.local_doctype, self.there, self.here)

	@property
	def pairs(self) -> Pairs:
		same = {name: name for name in self.there if name in self.here and name not in self.renames}
		return {**same, **self.renames}

	@property
	def left(self) -> list[str]:
		"""Fields there that have no place here."""
		return sorted(self.there.keys() - {row["remote_fieldname"] for row in self.rows})

	def save(self) -> str:
		if not frappe.db.exists("Document Type Mapping", self.name):
			doc = frappe.new_doc("Document Type Mapping")
			doc.update(
				{
					"mapping_name": self.name,
					"local_doctype": self.local_doctype,
					"remote_doctype": self.remote_doctype,
				}
			)
			for row in self.rows:
				doc.append("field_mapping", row)
			doc.insert()
		return self.name

	@cached_property
	def rows(self) -> list[dict]:
		"""Of the mapping; those for rows and link targets are saved on the way."""
		return [*self._rows()]

	def _rows(self) -> Iterator[dict]:
		for remote, local in self.pairs.items():
			one, other = self.there.get(remote), self.here[local]
			row = {"local_fieldname": local, "remote_fieldname": remote}
			if one and (one.fieldtype in TABLE_TYPES or other.fieldtype in TABLE_TYPES):
				if one.fieldtype in TABLE_TYPES and other.fieldtype in TABLE_TYPES:
					yield {**row, "is_child_table": 1, "child_table_mapping": self._row_mapping(one, other)}
			elif one and one.fieldtype == other.fieldtype == "Link" and one.options != other.options:
				if mapping := self._target_mapping(one.options, other.options):
					yield {**row, "mapping_type": "Document", "mapping": mapping}
			elif not one or fits(one.fieldtype, other.fieldtype):
				yield row

	def _row_mapping(self, one: FieldFacts, other: FieldFacts) -> str | None:
		"""Only where something of the rows was renamed; else they pass as they are."""
		making = _Making(self.pack, one.options, other.options, one.rows)
		return making.save() if making.renames or one.options != other.options else None

	def _target_mapping(self, remote_doctype: str, local_doctype: str) -> str | None:
		renamed = self.pack.successor(remote_doctype, local_doctype)
		if renamed is None or not frappe.db.exists("DocType", local_doctype):
			return None
		there = {name: FieldFacts(name, "Data") for pair in renamed for name in pair}
		here = remote_schema.read(schema.describe(local_doctype))
		there = {name: one for name, one in there.items() if name not in here}
		return _Making(self.pack, remote_doctype, local_doctype, there).save()


def _directed(renamed: list[list[str]], there: Fields, here: Fields) -> Pairs:
	pairs: Pairs = {}
	for one, other in renamed:
		for remote, local in ((one, other), (other, one)):
			if remote in there and local in here and remote not in here and local not in there:
				pairs[remote] = local
	return pairs
