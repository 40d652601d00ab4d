from frappe.model.document import Document


class EventStreamFence(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		event_producer: DF.Data
		token: DF.Data | None
	# end: auto-generated types

	pass
