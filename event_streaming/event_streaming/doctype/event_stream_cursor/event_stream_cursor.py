from frappe.model.document import Document


class EventStreamCursor(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		behind: DF.Int
		epoch: DF.Data | None
		error: DF.SmallText | None
		event_key: DF.Data | None
		event_producer: DF.Data
		head: DF.Int
		lag_seconds: DF.Float
		last_contact: DF.Datetime | None
		next_attempt_at: DF.Datetime | None
		position: DF.Int
		read_until: DF.Data | None
		seen: DF.Int
		seen_key: DF.Data | None
		state: DF.Literal["Waiting for Approval", "Streaming", "Failing", "Stopped", "Paused"]
	# end: auto-generated types
	pass
