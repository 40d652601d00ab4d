"""Where documents of a DocType of another site don't fit this site's: what will be dropped, refused or kept as another value.

Only what is taken counts: what the Event Configuration leaves out or a mapping doesn't name is wanted so.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer.mapping.compatibility import fills_itself
from event_streaming.consumer.mapping.mapper import Mapping
from event_streaming.consumer.mapping.remote_schema import FieldFacts, read
from event_streaming.document import schema
from event_streaming.document.field_paths import FieldsByTable
from event_streaming.document.field_types import TABLE_TYPES, fits
from event_streaming.document.snapshot import NESTED_SET_FIELDS, OWN_FIELDS, stored_fields

NOT_HERE, NOT_THERE, MANDATORY, TYPE, LINK, CHOICES, LENGTH, UNIQUE = (
	"Not Here", "Not There", "Mandatory Here", "Another Type", "Links to Another DocType", "Options Missing Here", "Shorter Here",
	"Unique Here",
)  # fmt: skip
LONGEST = 140
MOST = 500  # differences of one DocType
Pair = tuple[FieldFacts | None, FieldFacts | None, str]  # there, here, path here


@dataclass
class Difference:
	"""`field` is a path: fieldname, or table.fieldname."""

	field: str
	kind: str
	there: str = ""
	here: str = ""


@dataclass
class Compared:
	differences: list[Difference]
	taken: list[str]  # paths, here, of what comes from there
	only_here: list[str]

	def as_dict(self) -> dict:
		return asdict(self)


def compare(
	described: list[dict],
	local_doctype: str,
	mapping: Mapping | None = None,
	leave_out: FieldsByTable | None = None,
) -> Compared:
	"""
	:param described: the DocType there, as that site describes it
	:param leave_out: of the local DocType
	"""
	there, here = read(described), read(schema.describe(local_doctype))
	pairs = [*(_mapped(mapping, there, here) if mapping else _namesakes(there, here, local_doctype))]
	left_out = {
		f"{table}.{name}" if table else name for table, names in (leave_out or {}).items() for name in names
	}
	pairs = [pair for pair in pairs if pair[2] not in left_out and pair[2].split(".")[0] not in left_out]
	found = [difference for pair in pairs for difference in _differences(*pair, is_mapped=bool(mapping))]
	found = found[:MOST]
	return Compared(
		differences=found,
		taken=sorted(path for one, other, path in pairs if one and other),
		only_here=sorted(path for one, other, path in pairs if other and not one),
	)


def advice(kind: str) -> str:
	"""What to do about a difference of this kind."""
	return {
		NOT_HERE: _(
			"Values are not kept. Add the field here (Missing Fields gives a file of them), map it to another field, or leave it out."
		),
		NOT_THERE: _(
			"The mapping takes it from a field that is not there. Was it renamed? Change the row of the mapping."
		),
		MANDATORY: _(
			"Documents that lack it are refused. Give it a default, map it, or make it optional here."
		),
		TYPE: _(
			"Values that don't fit are kept as another value. Make both fields of one type, or map it to another field."
		),
		LINK: _("The same name means documents of another DocType. Map the field, or leave it out."),
		CHOICES: _("Documents with such a value are refused. Add the options here."),
		LENGTH: _("Longer texts are refused. Make the field here as long."),
		UNIQUE: _(
			"Two documents with one value are refused. Make the field here not unique, or the one there unique."
		),
	}[kind]


def _namesakes(there: dict[str, FieldFacts], here: dict[str, FieldFacts], doctype: str) -> Iterator[Pair]:
	kept = set(stored_fields(frappe.get_meta(doctype)))
	ignored = NESTED_SET_FIELDS | OWN_FIELDS
	for name in [*there, *(name for name in here if name not in there)]:
		one, other = there.get(name), here.get(name)
		if name in ignored or (other and other.fieldtype not in TABLE_TYPES and name not in kept):
			continue
		yield one, other, name
		if one and other and one.fieldtype in TABLE_TYPES and other.fieldtype in TABLE_TYPES:
			yield from _rows(one, other, name)


def _rows(one: FieldFacts, other: FieldFacts, table: str) -> Iterator[Pair]:
	for name in [*one.rows, *(name for name in other.rows if name not in one.rows)]:
		yield one.rows.get(name), other.rows.get(name), f"{table}.{name}"


def _mapped(mapping: Mapping, there: dict[str, FieldFacts], here: dict[str, FieldFacts]) -> Iterator[Pair]:
	named = set()
	for row in mapping.field_mapping:
		named.add(row.local_fieldname)
		other = here.get(row.local_fieldname)
		one = there.get(row.remote_fieldname or "")
		if not row.remote_fieldname or row.remote_fieldname in ("name", "docstatus") or not other:
			continue  # a default alone
		yield one, other, row.local_fieldname
		if not (one and row.is_child_table):
			continue
		if not row.child_table_mapping:
			yield from _rows(one, other, row.local_fieldname)
			continue
		rows = frappe.get_cached_doc("Document Type Mapping", row.child_table_mapping)
		for a, b, path in _mapped(rows, one.rows, other.rows):
			yield a, b, f"{row.local_fieldname}.{path}"
	for name, other in here.items():
		if name not in named and other.reqd:
			yield None, other, name


def _differences(
	one: FieldFacts | None, other: FieldFacts | None, path: str, is_mapped: bool
) -> Iterator[Difference]:
	if not other:
		if one:
			yield Difference(path, NOT_HERE, there=_type(one))
		return
	if not one:
		if _is_needed(other):
			yield Difference(path, MANDATORY, here=_type(other))
		elif is_mapped and not other.reqd:
			yield Difference(path, NOT_THERE, here=_type(other))
		return
	if not one.reqd and _is_needed(other):
		yield Difference(path, MANDATORY, there=_type(one), here=_type(other))
	if other.unique and not one.unique:
		yield Difference(path, UNIQUE, there=_type(one), here=_type(other))
	if (one.fieldtype in TABLE_TYPES) != (other.fieldtype in TABLE_TYPES) or not fits(
		one.fieldtype, other.fieldtype
	):
		yield Difference(path, TYPE, _type(one), _type(other))
	elif one.fieldtype == other.fieldtype == "Link" and one.options != other.options and not is_mapped:
		yield Difference(path, LINK, _type(one), _type(other))
	elif other.fieldtype == "Select" and one.fieldtype == "Select" and (more := one.choices - other.choices):
		yield Difference(path, CHOICES, there=", ".join(sorted(more))[:LONGEST])
	if one.limit > other.limit and other.limit:
		yield Difference(path, LENGTH, _characters(one), _characters(other))


def _is_needed(field: FieldFacts) -> bool:
	"""Whether a document can't be saved without it."""
	is_number = field.fieldtype in ("Check", "Int", "Float", "Currency", "Percent")
	return field.reqd and not is_number and not fills_itself(frappe._dict(vars(field)))


def _type(field: FieldFacts) -> str:
	target = f" ({field.options})" if field.fieldtype in ("Link", *TABLE_TYPES) and field.options else ""
	return f"{field.fieldtype}{target}"[:LONGEST]


def _characters(field: FieldFacts) -> str:
	if field.limit == float("inf"):
		return f"{field.fieldtype}"
	return _("{0}, {1} characters").format(field.fieldtype, cint(field.limit))
