from frappe.model.document import Document


class EventProducerDocumentType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		adopt_existing: DF.Check
		also_match_by: DF.SmallText | None
		condition: DF.Code | None
		filtered_there: DF.Check
		has_mapping: DF.Check
		keep_history: DF.Check
		leave_out: DF.SmallText | None
		leave_out_cancels: DF.Check
		leave_out_changes: DF.Check
		leave_out_deletes: DF.Check
		left_out_there: DF.SmallText | None
		mapping: DF.Link | None
		on_conflict: DF.Literal[
			"", "Latest Change Wins", "Producer Wins", "This Site Wins", "Wait for a Person"
		]
		on_conflict_there: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		read_only_here: DF.Check
		receive_as_draft: DF.Check
		ref_doctype: DF.Link
		schema_check: DF.LongText | None
		status: DF.Literal["Pending", "Approved", "Rejected"]
		still_given: DF.Check
		unreadable: DF.Check
		unsubscribe: DF.Check
		use_same_name: DF.Check
		when_it_leaves: DF.Literal["Keep", "Keep and Mark", "Delete"]
	# end: auto-generated types
	pass
