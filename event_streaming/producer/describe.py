"""The fields of a DocType, for people who map them from another site."""

import frappe
from frappe import _

from event_streaming.document import schema
from event_streaming.document.streamable import is_streamable
from event_streaming.producer.linked_documents import LinkedDocuments
from event_streaming.producer.visibility import Visibility


def describe_doctype(consumer: str, doctype: str) -> list[dict]:
	"""What the consumer may have of each document, in the order of the form; what a table's rows have, as its `fields`.

	:raises frappe.ValidationError: there is no such DocType, the subscriber may not read it, or it is neither approved nor
		linked to by documents of an approved DocType
	"""
	visibility = Visibility(consumer)
	if not frappe.db.exists("DocType", doctype) or not visibility.may_read(doctype):
		frappe.throw(_("{0} may not read {1}.").format(visibility.user_of(doctype), doctype))
	if not _is_known(visibility, doctype):
		frappe.throw(
			_(
				"{0} is not approved for this link, and no document of an approved DocType links to it."
			).format(doctype)
		)
	readable = visibility.fields
	return schema.describe(doctype, lambda table, field: field in readable.hidden(doctype, table))


def _is_known(visibility: Visibility, doctype: str) -> bool:
	if not is_streamable(doctype):
		return False
	return visibility.terms(doctype).approved or LinkedDocuments(visibility).is_linked_doctype(doctype)
