"""Documents that stand in the way of a Delete or a Cancel because they are not kept up to date.

What came only because something linked to it, and whose DocType isn't subscribed, hears of no change at the source. The
link that Frappe refuses to break here is often gone there: taken whole again, the document stands in nobody's way.
"""

import frappe
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.rename_doc import get_link_fields

from event_streaming import site
from event_streaming.consumer.identity import register
from event_streaming.consumer.subscription import Subscription
from event_streaming.link.protocol import Key


def not_kept_up(subscription: Subscription, local_doctype: str, local_name: str) -> list[Key]:
	"""Which of the documents here that link to one came from the producer, and get no events from it."""
	keys: set[Key] = set()
	for doctype, names in _linking_documents(local_doctype, local_name).items():
		keys |= register.keys_of(
			subscription.producer, doctype, names, not_made_at={*subscription.own_urls, site.own_id()}
		)
	return sorted(key for key in keys if not subscription.configuration(key[0]).subscribed)


def _linking_documents(doctype: str, name: str) -> dict[str, set[str]]:
	"""Names by DocType of all documents on this site that link to one, in their rows too."""
	found: dict[str, set[str]] = {}
	for holder, filters in _links_to(doctype, name):
		meta = frappe.get_meta(holder)
		if meta.issingle or meta.get("is_virtual"):
			continue
		fields = ["parenttype", "parent"] if meta.istable else ["name"]
		for row in frappe.get_all(holder, filters=filters, fields=fields, order_by=None, as_list=True):
			place = row if meta.istable else (holder, row[0])
			found.setdefault(place[0], set()).add(str(place[1]))
	return found


def _links_to(doctype: str, name: str) -> list[tuple[str, dict]]:
	links = [(field.parent, {field.fieldname: name}) for field in get_link_fields(doctype)]
	links += [
		(field.parent, {field.options: doctype, field.fieldname: name})
		for field in get_dynamic_link_map().get(doctype, [])
	]
	return links
