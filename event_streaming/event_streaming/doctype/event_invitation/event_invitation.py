import frappe
from frappe import _
from frappe.model.document import Document

from event_streaming.document.streamable import check_streamable
from event_streaming.link import arguments
from event_streaming.producer import invitations


class EventInvitation(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from event_streaming.event_streaming.doctype.event_invitation_doctype.event_invitation_doctype import (
			EventInvitationDocType,
		)

		code_hash: DF.Data | None
		doctypes: DF.Table[EventInvitationDocType]
		event_subscriber: DF.Link
		expires_at: DF.Datetime | None
		for_whom: DF.Data | None
		purpose: DF.Literal["Receive From This Site", "Send to This Site"]
		redeemed_at: DF.Datetime | None
		redeemed_by: DF.Data | None
		redeemed_from: DF.Data | None
		renews: DF.Link | None
		renews_producer: DF.Link | None

	# end: auto-generated types
	def before_insert(self):
		for field in invitations.USE_FIELDS:
			self.set(field, None)

	def validate(self):
		self.validate_unused()
		if self.event_subscriber == "Guest":
			frappe.throw(_("Guest cannot be the Event Subscriber. Choose a user that exists on both sites."))
		for row in self.doctypes:
			check_streamable(row.ref_doctype)

	def validate_unused(self):
		if self.get_doc_before_save() and self.redeemed_by:
			frappe.throw(_("This invitation has been used. Make another one."))


@frappe.whitelist(methods=["POST"])
def make_code(invitation: str) -> dict:
	"""See `invitations.make_code`."""
	frappe.has_permission("Event Invitation", "write", throw=True)
	doc = frappe.get_doc("Event Invitation", arguments.text(invitation, "invitation"), for_update=True)
	doc.check_permission("write")
	return invitations.make_code(doc)
