from frappe.model.document import Document


class EventConsumerDocumentType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		active_since: DF.Int
		approved_condition: DF.Code | None
		approved_subscriber: DF.Data | None
		assignments: DF.Check
		attachments: DF.Check
		comments: DF.Check
		condition: DF.Code | None
		keep_annotations_back: DF.Check
		keep_files_back: DF.Check
		left_out_fields: DF.SmallText | None
		missed_before: DF.Int
		own_filter: DF.Code | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		ref_doctype: DF.Link
		refused: DF.Check
		status: DF.Literal["Pending", "Approved", "Rejected"]
		still_given: DF.Check
		tags: DF.Check
		unsubscribed: DF.Check
	# end: auto-generated types
	pass
