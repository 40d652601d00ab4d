from frappe.model.document import Document


class UpdateLogHead(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		epoch: DF.Data | None
		event_key: DF.Data | None
		position: DF.Int
	# end: auto-generated types
	pass
