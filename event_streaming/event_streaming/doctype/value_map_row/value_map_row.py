from frappe.model.document import Document


class ValueMapRow(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		local_value: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		remote_value: DF.Data

	# end: auto-generated types
	pass
