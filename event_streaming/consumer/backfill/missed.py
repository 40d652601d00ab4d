"""Changes that the producer can't give for a while: the Event Subscriber lost its role there, the approved condition names a
field that is gone, an app's code fails. The feed goes on without them.

Invariant: once the producer gives the DocType again, a backfill of it begins by itself. It brings what was made and changed
meanwhile; deletions come with the feed, unless the subscriber may not read the DocType at all.
"""

import frappe
from frappe import _

from event_streaming.consumer.backfill import state as backfill
from event_streaming.consumer.subscription import TO_BE_FETCHED
from event_streaming.exceptions import StreamingError
from event_streaming.link.protocol import APPROVED

ROW = "Event Producer Document Type"


def begin_to_fetch() -> None:
	"""Begins the backfills of what is given again. Commits."""
	found = frappe.db.get_values(
		ROW,
		{
			"parenttype": "Event Producer",
			"missed": TO_BE_FETCHED,
			"unsubscribe": 0,
			"status": APPROVED,
		},
		["name", "parent", "ref_doctype"],
		as_dict=True,
		order_by="parent asc, idx asc",
	)
	for row in found:
		try:
			backfill.start(row.parent, [row.ref_doctype], part="")
		except StreamingError:
			continue  # it is asked again in a minute
		frappe.db.set_value(ROW, row.name, "missed", "", update_modified=False)
		text = _(
			"Changes of {0} were passed over while {1} could not give them. A backfill fetches them now."
		).format(_(row.ref_doctype), row.parent)
		frappe.get_doc("Event Producer", row.parent).add_comment("Info", text)
		frappe.db.commit()  # nosemgrep -- a worker takes it up
