"""Documents that hold what a Value Map gave before it was changed, and their way to what it gives now.

They are known by their values, so what a person has set to such a value here is taken again too: from its source, through the
map, as by Resync From Source. Each is a replay of its own: one that fails is parked and says why.
"""

import json
from collections import Counter
from collections.abc import Iterator

import frappe
from frappe.model.document import Document

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.cursor import check_link
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.mapping.value_maps import ALL_LINKS, DOCTYPE, place_of
from event_streaming.consumer.replay import whole_documents
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.replay.transactions import as_one_or_each
from event_streaming.consumer.subscription import Subscription
from event_streaming.context import REPAIR
from event_streaming.document import snapshot
from event_streaming.link.client import ProducerClient

TOGETHER = 50  # documents in one transaction
LOCK_WAIT = 12.0  # seconds
Holder = tuple[
	str, str, str | None
]  # DocType that has the field, the field, and the one with a Dynamic Link's DocType


def count(value_map: Document) -> int:
	"""Documents here that hold a value which the map gave before and gives no longer."""
	return sum(len(names) for _producer, _doctype, names in _holding(value_map))


def take_again(name: str, source: Source | None = None) -> dict[str, int]:
	"""Takes them from their source again. Commits; call it with nothing unsaved.

	:param name: of the Value Map
	:returns: `{outcome: number}`, see `whole_documents`
	:raises StreamingError: nothing can be asked at the moment
	"""
	value_map = frappe.get_doc(DOCTYPE, name)
	outcomes: Counter[str] = Counter()
	for producer, remote_doctype, names in list(_holding(value_map)):
		check_link(producer)
		client = source or ProducerClient.for_producer(producer)
		try:
			outcomes.update(_take(producer, client, remote_doctype, names))
		finally:
			if not source:
				client.close()
	if not outcomes.keys() - {whole_documents.TAKEN, whole_documents.SKIPPED, whole_documents.STAYS}:
		frappe.db.set_value(DOCTYPE, name, "replaced_values", None, update_modified=False)
		frappe.db.commit()  # nosemgrep -- what still fails keeps the list
	return outcomes


def job(name: str) -> None:
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	take_again(name)


def _take(producer: str, source: Source, doctype: str, names: list[str]) -> list[str]:
	def take(documents: list[whole_documents.Document], trouble: Exception | None) -> int:
		locked = cursors.hold(producer, wait=LOCK_WAIT)
		batch = Batch(producer, FetchedDocuments(source), locked, kind=REPAIR)
		with as_user(batch.subscription.subscriber):
			taking = whole_documents.WholeDocuments(batch, "Resync", even_known=True)
			found = taking.take(documents, trouble)
		batch.finish()
		frappe.db.commit()  # nosemgrep -- documents and their log rows together
		outcomes.extend(found.values())
		return len(found)

	outcomes: list[str] = []
	wanted: list[whole_documents.Document] = [((doctype, name), 0) for name in names]
	while wanted:
		wanted = wanted[as_one_or_each(take, wanted[:TOGETHER], whole_documents.label_of) :]
	return outcomes


def _holding(value_map: Document) -> Iterator[tuple[str, str, list[str]]]:
	"""(Event Producer, remote DocType, names there) of such documents."""
	replaced = json.loads(value_map.replaced_values or "[]")
	if not replaced:
		return
	links = (
		[value_map.event_producer]
		if value_map.event_producer
		else frappe.get_all("Event Producer", pluck="name")
	)
	for producer in links:
		subscription = Subscription(producer)
		for config in subscription.configurations:
			if not config.subscribed:
				continue
			local = {
				name
				for holder in _holders(value_map, config.local_doctype)
				for name in _with_values(config.local_doctype, holder, value_map.ref_doctype, replaced)
			}
			if names := _names_there(subscription, config.remote_doctype, local):
				yield producer, config.remote_doctype, names


def _holders(value_map: Document, doctype: str) -> Iterator[Holder]:
	"""Fields of documents of a DocType here that the map is for."""
	tables = snapshot.table_fields(frappe.get_meta(doctype))
	if value_map.applies_to != ALL_LINKS:
		mapped, table, fieldname = place_of(value_map.ref_doctype, value_map.fieldname)
		if mapped == doctype and (not table or table in tables):
			yield tables.get(table, doctype), fieldname, None
		return
	for holder in (doctype, *tables.values()):
		for field in frappe.get_meta(holder).fields:
			if field.fieldtype == "Link" and field.options == value_map.ref_doctype:
				yield holder, field.fieldname, None
			elif field.fieldtype == "Dynamic Link" and field.options:
				yield holder, field.fieldname, field.options


def _with_values(doctype: str, holder: Holder, target: str, values: list[str]) -> list[str]:
	"""Names of documents of `doctype` that hold one of these values in that field."""
	held_in, fieldname, doctype_field = holder
	filters: dict = {fieldname: ("in", values)}
	if doctype_field:
		filters[doctype_field] = target
	if held_in == doctype:
		return frappe.get_all(doctype, filters=filters, pluck="name", limit_page_length=0)
	filters["parenttype"] = doctype
	return frappe.get_all(
		held_in, filters=filters, pluck="parent", limit_page_length=0, distinct=True, order_by=None
	)


def _names_there(subscription: Subscription, remote_doctype: str, local: set[str]) -> list[str]:
	table = frappe.qb.DocType("Remote Document")
	names: set[str] = set()
	wanted = sorted(map(str, local))
	for start in range(0, len(wanted), 500):
		rows = (
			frappe.qb.from_(table)
			.select(table.remote_docname, table.home_site)
			.where(table.event_producer == subscription.producer)
			.where(table.remote_doctype == remote_doctype)
			.where(table.local_docname.isin(wanted[start : start + 500]))
			.run()
		)
		names |= {name for name, home in rows if home not in subscription.own_urls}
	return sorted(names)
