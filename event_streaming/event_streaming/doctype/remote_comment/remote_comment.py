from frappe.model.document import Document


class RemoteComment(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		author: DF.Data | None
		event_producer: DF.Data
		local_comment: DF.Data
		local_creation: DF.Datetime | None
		register_row: DF.Data | None
		told: DF.Data | None
		written_as: DF.Data | None
		written_at: DF.Data | None
	# end: auto-generated types
