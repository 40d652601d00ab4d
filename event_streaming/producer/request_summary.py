"""What approving a request would hand over, for the administrator who is asked: how many documents, as which user,
and what that user may not read."""

from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.permissions import get_user_permissions

from event_streaming.producer.terms import as_filters
from event_streaming.producer.visibility import Visibility

if TYPE_CHECKING:
	from frappe.model.document import Document

MOST = 10_000  # documents are counted up to here


def inspect(consumer: "Document") -> list[dict]:
	"""A row for each DocType that is asked for, in the form's order:

	`name` of the row, `ref_doctype`, `status`, `condition`; `matching` documents fit the condition, of which the subscriber
	may read `readable`, both counted up to `most`; `may_read` any at all; `restrictions` are the User Permissions that
	narrow it, `hidden_fields` the labels of fields that it may not read.
	"""
	visibility = Visibility(consumer.name)
	return [_inspect(row, visibility) for row in consumer.consumer_doctypes if not row.unsubscribed]


def _inspect(row: "Document", visibility: Visibility) -> dict:
	told = {field: row.get(field) for field in ("name", "ref_doctype", "status", "condition")}
	if not frappe.db.exists("DocType", row.ref_doctype):
		return {
			**told,
			"may_read": False,
			"matching": 0,
			"readable": 0,
			"restrictions": [],
			"hidden_fields": [],
		}
	may_read = visibility.may_read(row.ref_doctype)
	return {
		**told,
		"most": MOST,
		"matching": _count_matching(row.ref_doctype, row.condition),
		"may_read": may_read,
		"readable": len(visibility.find(row.ref_doctype, row.condition, MOST)) if may_read else 0,
		"restrictions": _restrictions(row.ref_doctype, visibility.user) if may_read else [],
		"hidden_fields": visibility.fields.hidden_labels(row.ref_doctype) if may_read else [],
	}


def _count_matching(doctype: str, condition: str | None) -> int:
	names = frappe.get_all(
		doctype, filters=as_filters(doctype, condition), pluck="name", limit_page_length=MOST, order_by=None
	)
	return len(names)


def _restrictions(doctype: str, user: str) -> list[str]:
	"""User Permissions of `user` that this DocType follows, by itself or by one of its links."""
	if user == "Administrator":
		return []
	meta = frappe.get_meta(doctype)
	followed = {field.options for field in meta.get_link_fields() if not field.ignore_user_permissions} | {
		doctype
	}
	return [
		f"{_(allowed)}: {permission['doc']}"
		for allowed, permissions in get_user_permissions(user).items()
		if allowed in followed
		for permission in permissions
		if not permission.get("applicable_for") or permission["applicable_for"] == doctype
	]
