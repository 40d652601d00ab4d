"""What this site knows while an event or a whole document is replayed."""

import frappe

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.identity.by_products import ByProducts
from event_streaming.consumer.replay import outside_effects
from event_streaming.context import ReplayContext
from event_streaming.frappe_internals import nothing_masked


class replaying:
	"""While an event or a whole document is replayed, other apps can ask for the context, what capture logs here carries its
	origin and the sites it has passed, and what this site's controllers insert is noted."""

	def __init__(
		self, context: ReplayContext, by_products: ByProducts, event: Event | None, masked: list[str]
	):
		"""
		:param masked: DocTypes whose fields may be masked for the Event Subscriber; see `converter`
		"""
		self.unmasked = nothing_masked(masked)
		self.context = context
		self.by_products = by_products
		self.passed = {
			"origin": context.origin,
			"path": context.path,
			"changed_at": event.changed_at if event else "",
			"source": context.producer,
			"source_id": event.id if event else 0,
			"docstatus": event.docstatus if event else None,
		}
		if not context.speaks:
			outside_effects.guard()

	def __enter__(self):
		self.unmasked.__enter__()
		frappe.flags.event_streaming_replay = self.context
		frappe.flags.event_streaming_passed = self.passed
		frappe.flags.event_streaming_by_products = self.by_products

	def __exit__(self, *_exception):
		self.unmasked.__exit__(None, None, None)
		frappe.flags.event_streaming_replay = None
		frappe.flags.event_streaming_passed = None
		frappe.flags.event_streaming_by_products = None
