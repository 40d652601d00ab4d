"""What a Document Type Mapping makes of a real document of the other site, before it is saved. Writes nothing."""

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr

from event_streaming.consumer.dependencies.converter import RemoteLookup
from event_streaming.consumer.feed.events import check_document
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity import register
from event_streaming.consumer.mapping.mapper import FieldRule, LocalName, Mapper, Mapping, TableRule
from event_streaming.desk.mapping_help import takers
from event_streaming.document.field_types import is_empty
from event_streaming.exceptions import MappingError
from event_streaming.link.client import ProducerClient

OFFERED = 20
MAX_ROWS = 5


def preview(mapping: Mapping, producer: str, name: str | None = None) -> dict:
	"""
	:param mapping: need not be saved, but must be such that it could be
	:param name: of the document there; None for any
	:raises StreamingError: the site can't be asked, doesn't give the document, or the mapping doesn't fit it
	:returns: `{"name", "names", "fields", "tables", "problems"}`: the document, others to choose from, remote
		next to local values, and what would keep the document from being saved here
	"""
	mapper = Mapper(mapping)
	with ProducerClient.for_producer(producer) as end:
		fetched = FetchedDocuments(end)
		names = end.find_documents(mapper.remote_doctype, [], OFFERED)
		key = (mapper.remote_doctype, name or _first(names, mapper.remote_doctype))
		doc = _fetch(fetched, key)
		mapped = mapper.map_document(doc, RemoteLookup(fetched, key, doc))
	shower = Shower(producer, mapper)
	return {
		"name": key[1],
		"names": names,
		"fields": shower.fields(mapper.fields, doc, mapped),
		"tables": [shower.table(table, doc, mapped) for table in mapper.tables],
		"problems": problems(mapper.local_doctype, mapped),
	}


def problems(doctype: str, values: dict) -> list[str]:
	"""Why a document with these values could not be saved here, as far as its fields tell."""
	found = []
	for field in takers(doctype):
		value = values.get(field.fieldname)
		if isinstance(value, list):
			for place, row in enumerate(value, 1):
				found += [
					_("{0}, row {1}: {2}").format(field.fieldname, place, problem)
					for problem in problems(field.options, row)
				]
		elif (
			cint(field.reqd)
			and not value
			and value != 0
			and not field.default
			and field.fieldname != "naming_series"
		):
			found.append(_("{0} is mandatory here and would be empty.").format(field.fieldname))
		elif field.fieldtype == "Select" and value and cstr(value) not in (field.options or "").split("\n"):
			found.append(_("{0} is not an option of {1} here.").format(cstr(value), field.fieldname))
	return found


@dataclass
class Shower:
	"""Remote next to local values, as a form shows them."""

	producer: str
	mapper: Mapper

	def fields(
		self, rules: list[FieldRule], remote: dict, local: dict, table: str | None = None
	) -> list[dict]:
		return [self._field(rule, remote, local, table) for rule in rules if rule.local_fieldname in local]

	def table(self, rule: TableRule, doc: dict, mapped: dict) -> dict:
		remote, local = doc.get(rule.remote_fieldname) or [], mapped.get(rule.local_fieldname) or []
		pairs = list(zip(remote, local, strict=True))[:MAX_ROWS]
		return {
			"local": rule.local_fieldname,
			"remote": rule.remote_fieldname,
			"more": len(local) - len(pairs),
			"rows": [self._row(rule, there, here) for there, here in pairs],
		}

	def _row(self, rule: TableRule, remote: dict, local: dict) -> list[dict]:
		if rule.mapper:
			return self.fields(rule.mapper.fields, remote, local, rule.local_fieldname)
		filled = [name for name, value in local.items() if value and name not in ("name", "idx")]
		return [_shown(name, remote.get(name), name, local[name], "") for name in filled]

	def _field(self, rule: FieldRule, remote: dict, local: dict, table: str | None) -> dict:
		value = local[rule.local_fieldname]
		note = self._note(rule, value, table)
		there = remote.get(rule.remote_fieldname) if rule.remote_fieldname else None
		return _shown(rule.remote_fieldname or "", there, rule.local_fieldname, value, note)

	def _note(self, rule: FieldRule, value: Any, table: str | None) -> str:
		if isinstance(value, LocalName) or (rule.default is not None and value == rule.default):
			return _("Default Value")
		if is_empty(value) or rule.fieldtype != "Link":
			return ""
		return self._link_note(rule, cstr(value), table)

	def _link_note(self, rule: FieldRule, remote_name: str, table: str | None) -> str:
		"""What becomes of a link: names of other sites are translated, missing documents are fetched."""
		doctype = self.mapper.local_doctype
		if table:
			doctype = frappe.get_meta(doctype).get_field(table).options
		linked = frappe.get_meta(doctype).get_field(rule.local_fieldname).options
		remote_doctype = rule.target[0] if rule.target else linked
		entry = register.read(self.producer, remote_doctype, [remote_name]).get(remote_name)
		if entry and entry.local_name:
			return "" if entry.local_name == remote_name else _("here {0}").format(entry.local_name)
		if frappe.db.exists("DocType", linked) and frappe.db.exists(linked, remote_name):
			return ""
		return _("not here yet: it would be fetched first")


def _first(names: list[str], doctype: str) -> str:
	if not names:
		raise MappingError(
			_(
				"The other site has no {0} that its Event Subscriber may read: there is nothing to preview."
			).format(doctype)
		)
	return names[0]


def _fetch(fetched: FetchedDocuments, key: tuple[str, str]) -> dict:
	found = fetched.get(key)
	if not found:
		raise MappingError(_("The other site has no {0} {1}, or does not give it.").format(*key))
	check_document(found["doc"])
	return found["doc"]


def _shown(remote_fieldname: str, remote: Any, local_fieldname: str, local: Any, note: str) -> dict:
	return {
		"remote_fieldname": remote_fieldname,
		"remote": cstr(remote),
		"local_fieldname": local_fieldname,
		"local": cstr(local),
		"note": note,
	}
