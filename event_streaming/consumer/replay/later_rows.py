"""Rows of a submitted document that came to be only when a later document was submitted, and link to that.

An invoice that allocates an advance adds a row to the payment, and names the payment itself. Each links to the other, and
both are submitted; so the one that was made first was submitted first, without its row. When whole documents of the past
are made here, it comes so, too: the row is added when the later one is submitted here, or when both are settled.

A receipt names in its rows the inspections of what was received. Those rows were there before: where a document can't be without
rows, and these can be without the link, they come without it.
"""

from typing import TYPE_CHECKING

import frappe
from frappe.utils import cint

from event_streaming.consumer.dependencies.link_fields import Link, LinkFinder
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.link.protocol import Identity, Key

if TYPE_CHECKING:
	from frappe.model.meta import Meta

SUBMITTED = 1


class LaterRows:
	def __init__(
		self, subscription: Subscription, names: IdentityMap, finder: LinkFinder, fetched: FetchedDocuments
	):
		self.subscription = subscription
		self.names = names
		self.finder = finder
		self.fetched = fetched

	def left_out(self, key: Key, doc: dict, config: Configuration, identity: Identity) -> dict:
		"""
		:param doc: a whole document, in the producer's shape
		:returns: it without such rows
		"""
		if cint(doc.get("docstatus")) != SUBMITTED:
			return doc
		links = self.finder.in_document(doc, config.local_doctype, {})
		later = [link for link in links if link.table and self._is_later(link.target, key, identity)]
		if not later:
			return doc
		meta = frappe.get_meta(config.local_doctype)
		kept = {id(link.values): dict(link.values) for link in later if _was_there_before(link, meta)}
		gone = {id(link.values) for link in later} - kept.keys()
		for link in later:
			for field in (link.field, link.doctype_field):
				kept.get(id(link.values), {}).pop(field, None)
		return {
			field: [kept.get(id(row), row) for row in value if id(row) not in gone]
			if isinstance(value, list)
			else value
			for field, value in doc.items()
		}

	def _is_later(self, target: Key, key: Key, identity: Identity) -> bool:
		if target == key or self.names.local_name(target):
			return False
		config = self.subscription.configuration(target[0])
		if config.mapper or not config.subscribed or not (found := self.fetched.get(target)):
			return False
		created, own = found["identity"].created, identity.created
		if not created or not own or created <= own or cint(found["doc"].get("docstatus")) != SUBMITTED:
			return False
		links = self.finder.in_document(found["doc"], config.local_doctype, {})
		return any(link.target == key for link in links)


def _was_there_before(link: Link, meta: "Meta") -> bool:
	table = meta.get_field(link.table)
	field = frappe.get_meta(table.options).get_field(link.field)
	return bool(cint(table.reqd)) and not cint(field.reqd)
