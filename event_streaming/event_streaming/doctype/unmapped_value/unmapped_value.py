from frappe.model.document import Document


class UnmappedValue(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		remote_docname: DF.Data | None
		remote_doctype: DF.Data | None
		remote_value: DF.Data | None
		value_map: DF.Link | None

	# end: auto-generated types
	pass
