from frappe.model.document import Document


class DocumentTypeFieldMapping(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		child_table_mapping: DF.Link | None
		default_value: DF.Data | None
		is_child_table: DF.Check
		local_fieldname: DF.Autocomplete
		mapping: DF.Link | None
		mapping_type: DF.Literal["", "Document"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		remote_fieldname: DF.Autocomplete | None
		remote_value_filters: DF.Code | None
	# end: auto-generated types

	pass
