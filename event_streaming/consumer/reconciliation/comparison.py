"""Whether a document here is what its source's document would become here, and where it is not.

Compared is what this site stores and the subscriber may write, of what the source has sent: through the same mapping
and with the same names as replay, but nothing is fetched or made for it. Values count as the same when they are
stored as the same; markup is compared as this site would have sanitized it.
"""

import json
from typing import Any

import frappe
from frappe.utils import cint, cstr

from event_streaming.consumer.dependencies.converter import Converter
from event_streaming.consumer.dependencies.link_fields import Link, LinkFinder
from event_streaming.consumer.dependencies.missing import NeverTaken
from event_streaming.consumer.feed.events import check_document
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.replay import lifecycle
from event_streaming.consumer.replay.child_rows import known_by_their_source
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.document import snapshot
from event_streaming.document.digest import OWN, Fields, stored_fields
from event_streaming.document.masking import masked_fields
from event_streaming.document.values import canonical
from event_streaming.exceptions import StreamingError, TransientError
from event_streaming.link.protocol import Key

Differences = dict[str, list]  # {field, or "table[row].field": [value there, value here]}
WHOLE = "*"  # in place of a field, what is wrong with the document as a whole
LONGEST = 140  # characters of a value that are shown
MOST = 50  # places that are shown of one document


def writable_fields(doctype: str, user: str) -> Fields:
	"""Fields of this site's DocType that `user` may write: what it may not is not taken over from the source."""
	fields = stored_fields(doctype)
	if user == "Administrator":
		return fields
	meta = frappe.get_meta(doctype)
	levels = meta.get_permlevel_access("write", user=user)
	tables = snapshot.table_fields(meta)
	writable = {
		table: [
			name
			for name in names
			if _level(frappe.get_meta(tables[table] if table else doctype), name) in levels
			and name not in masked_fields(frappe.get_meta(tables[table] if table else doctype), user, doctype)
		]
		for table, names in fields.items()
	}
	return {table: names for table, names in writable.items() if not table or _level(meta, table) in levels}


def taken_fields(config: Configuration, user: str) -> Fields:
	"""The same without what the Event Configuration leaves out."""
	fields = writable_fields(config.local_doctype, user)
	own = config.leave_out.get(OWN, set())
	if config.as_draft or config.leaves_out_cancels:
		fields[OWN] = [name for name in fields[OWN] if name != "docstatus"]  # that is this site's own
	return {
		table: [name for name in names if name not in config.leave_out.get(table, ())]
		for table, names in fields.items()
		if table not in own
	}


class Comparison:
	"""Of documents of one remote DocType with the ones here, in one snapshot of this site's database."""

	def __init__(
		self, subscription: Subscription, config: Configuration, fields: Fields, fetched: FetchedDocuments
	):
		"""
		:param fields: of the local DocType, that are compared
		"""
		finder = LinkFinder(subscription)
		self.names = IdentityMap(subscription.producer, subscription.local_doctype)
		self.config = config
		self.fields = fields
		self._converter = Converter(subscription, finder, fetched)
		self._never_taken = NeverTaken(subscription, self.names)
		self._meta = frappe.get_meta(config.local_doctype)

	def differences(self, key: Key, doc: dict, here: dict) -> Differences:
		"""
		:param doc: as the source has sent it
		:param here: snapshot of the document here
		"""
		try:
			check_document(doc)
			values, _open = self._converter.document(key, doc, self.config, self._known_link)
		except TransientError:
			raise
		except (StreamingError, frappe.ValidationError) as error:
			return {WHOLE: [cstr(error)[:LONGEST], ""]}
		here = known_by_their_source(here, None if self.config.mapping else key[1])
		if found := self._compare(values, here):
			found = self._compare(self._sanitized(values), here)
		return dict(list(found.items())[:MOST])

	def _known_link(self, link: Link) -> str:
		if local_name := self.names.link_value(link.target, by_name=False):
			return local_name
		is_empty = self._never_taken.is_left_empty(link) and not self._converter.is_mandatory(
			link, self.config
		)
		return "" if is_empty else link.target[1]

	def _compare(self, there: dict, here: dict) -> Differences:
		found = self._compare_values(self._meta, self.fields[OWN], there, here, "")
		for table, child_doctype in snapshot.table_fields(self._meta).items():
			if table in self.fields and isinstance(there.get(table), list):
				found |= self._compare_rows(table, child_doctype, there[table], here.get(table) or [])
		return found

	def _compare_rows(
		self, table: str, child_doctype: str, there: list[dict], here: list[dict]
	) -> Differences:
		meta = frappe.get_meta(child_doctype)
		if len(there) != len(here) or (meta.autoname != "autoincrement" and _names(there) != _names(here)):
			return {table: [_shown(_names(there)), _shown(_names(here))]}
		found: Differences = {}
		for number, (one, other) in enumerate(zip(there, here, strict=True), start=1):
			found |= self._compare_values(meta, self.fields[table], one, other, f"{table}[{number}].")
		return found

	def _compare_values(self, meta, fields: list[str], there: dict, here: dict, place: str) -> Differences:
		types = {field.fieldname: field.fieldtype for field in meta.fields}
		return {
			place + field: [_shown(there[field]), _shown(here.get(field))]
			for field in fields
			if field in there
			and canonical(types.get(field, "Data"), there[field])
			!= canonical(types.get(field, "Data"), here.get(field))
		}

	def _sanitized(self, values: dict) -> dict:
		"""Markup as this site stores it; see `lifecycle.sanitize`."""
		known = {field: values[field] for field in (*self.fields[OWN], *self.fields) if field in values}
		doc = frappe.get_doc({**known, "doctype": self.config.local_doctype})
		lifecycle.sanitize(doc)
		clean = {field: doc.get(field) if isinstance(value, str) else value for field, value in known.items()}
		for table in self.fields.keys() - {OWN}:
			if isinstance(known.get(table), list):
				clean[table] = [
					{
						field: row.get(field) if isinstance(value, str) else value
						for field, value in given.items()
					}
					for given, row in zip(known[table], doc.get(table), strict=True)
				]
		return clean


def _level(meta, fieldname: str) -> int:
	field = meta.get_field(fieldname)
	return cint(field.permlevel) if field else 0


def _names(rows: list[dict]) -> list[str]:
	return [cstr(row["name"]) for row in rows]


def _shown(value: Any) -> Any:
	if isinstance(value, int | float) or value is None:
		return value
	text = json.dumps(value) if isinstance(value, list) else cstr(value)
	return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
