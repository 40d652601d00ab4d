import frappe
from frappe import _
from frappe.model.document import Document

from event_streaming.consumer import row_statuses, schema_check
from event_streaming.consumer.identity import matching
from event_streaming.document.field_paths import checked_paths
from event_streaming.document.singles import is_single
from event_streaming.document.streamable import check_streamable
from event_streaming.link import arguments


class EventProducerDocumentType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		adopt_existing: DF.Check
		also_match_by: DF.SmallText | None
		annotations_trouble: DF.SmallText | None
		assignments: DF.Check
		attachments: DF.Check
		attachments_trouble: DF.SmallText | None
		comments: DF.Check
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
		missed: DF.Literal["", "Passed Over", "To Be Fetched"]
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
		replay_each_change: DF.Check
		schema_check: DF.LongText | None
		status: DF.Literal["Pending", "Approved", "Rejected"]
		still_given: DF.Check
		unreadable: DF.Check
		unsubscribe: DF.Check
		tags: DF.Check
		use_same_name: DF.Check
		when_it_leaves: DF.Literal["Keep", "Keep and Mark", "Delete"]

	# end: auto-generated types
	def check(self) -> None:
		"""To be called by the Event Producer before it is saved; puts some of its fields into their usual form.

		:raises frappe.ValidationError: the row can't work
		"""
		self.check_mapping()
		self.check_condition()
		self.check_adoption()
		self.check_matching()
		known = schema_check.only_there(self)
		self.leave_out = "\n".join(checked_paths(self.leave_out, self.ref_doctype, self.idx, known))
		check_streamable(self.ref_doctype)

	def check_mapping(self) -> None:
		if not self.has_mapping:
			self.mapping = None
			return
		if not self.mapping:
			frappe.throw(_("Row {0}: choose a Mapping, or untick Has Mapping.").format(self.idx))
		local_doctype = frappe.db.get_value("Document Type Mapping", self.mapping, "local_doctype")
		if local_doctype != self.ref_doctype:
			frappe.throw(
				_(
					"Row {0}: the Mapping {1} makes documents of {2}, not of {3}. Change one of the two."
				).format(self.idx, self.mapping, local_doctype, self.ref_doctype)
			)

	def check_adoption(self) -> None:
		if not self.use_same_name:
			self.adopt_existing = 0
		elif self.adopt_existing and frappe.get_meta(self.ref_doctype).is_submittable:
			frappe.throw(
				_(
					"Row {0}: {1} is submitted, and two with the same name are two documents. Untick Adopt Existing: it is for master data."
				).format(self.idx, self.ref_doctype)
			)

	def check_matching(self) -> None:
		try:
			names = matching.parse(self.also_match_by)
			matching.check(self.ref_doctype, names)
		except frappe.ValidationError as error:
			frappe.clear_last_message()
			frappe.throw(_("Row {0}, Also Match By: {1}").format(self.idx, error))
		self.also_match_by = ", ".join(names) or None

	def check_condition(self) -> None:
		try:
			condition = arguments.canonical_condition(self.condition)
			arguments.check_condition(condition, row_statuses.remote_doctype(self))
		except frappe.ValidationError as error:
			frappe.clear_last_message()
			frappe.throw(
				_('Row {0}: {1} Write the Condition like this: {{"company": "North"}}').format(
					self.idx, error
				)
			)
		if condition and is_single(self.ref_doctype):
			frappe.throw(
				_(
					"Row {0}: {1} has only one document, which no condition can choose. Leave Condition empty."
				).format(self.idx, self.ref_doctype)
			)
		if not condition:
			self.condition = None
