from frappe.model.document import Document

from event_streaming.consumer import mapping_check, mapping_fit


class DocumentTypeMapping(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from event_streaming.event_streaming.doctype.document_type_field_mapping.document_type_field_mapping import (
			DocumentTypeFieldMapping,
		)

		field_mapping: DF.Table[DocumentTypeFieldMapping]
		local_doctype: DF.Link
		mapping_name: DF.Data
		remote_doctype: DF.Data
	# end: auto-generated types

	def validate(self) -> None:
		mapping_check.check_local_doctype(self)
		mapping_check.check_local_fields(self)
		mapping_check.check_local_fields_once(self)
		mapping_check.check_sources(self)
		mapping_check.check_child_tables(self)
		mapping_check.check_remote_tables_once(self)
		mapping_check.check_linked_documents(self)
		mapping_check.check_mapping_not_moved(self)
		mapping_fit.check_remote_value_filters(self)
		mapping_fit.check_defaults(self)
		mapping_fit.check_types(self)
		mapping_fit.warn_of_mandatory_fields(self)
		mapping_fit.warn_of_unknown_remote_fields(self)
