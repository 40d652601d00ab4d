"""What approving a request would hand over, for the administrator who is asked: how many documents, as which user,
and what that user may not read."""

from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.permissions import get_user_permissions

from event_streaming.document import lists
from event_streaming.link.arguments import check_filters
from event_streaming.link.protocol import BESIDES
from event_streaming.producer.terms import as_filters
from event_streaming.producer.visibility import Visibility

if TYPE_CHECKING:
	from frappe.model.document import Document

TOLD = (
	"name", "ref_doctype", "status", "condition", "unsubscribed", "left_out_fields", "own_filter", "still_given",
	"approved_condition", "keep_files_back", "keep_annotations_back", *BESIDES,
)  # fmt: skip
MOST = 10_000  # documents are counted up to here
MOST_ASKED = 500  # where apps' hooks are asked about each


def inspect(consumer: "Document") -> list[dict]:
	"""A row for each DocType that is asked for, in the form's order:

	`name` of the row, `ref_doctype`, `status`, `condition`; `matching` documents fit the condition, of which the subscriber
	may read `readable`, both counted up to `most`; `may_read` any at all; `restrictions` are the User Permissions that
	narrow it, `hidden_fields` the labels of fields that are not sent, `left_out_fields` and `own_filter` what the administrator
	keeps back. A DocType that is not asked for is told of (`unsubscribed`) if something of it is kept back.
	"""
	visibility = Visibility(consumer.name, as_asked=True)
	return [_inspect(row, visibility) for row in consumer.consumer_doctypes if _is_told(row)]


def _is_told(row: "Document") -> bool:
	return not row.unsubscribed or bool(row.left_out_fields or row.own_filter)


def _inspect(row: "Document", visibility: Visibility) -> dict:
	told = {field: row.get(field) for field in TOLD}
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
	filters = _filters(row)
	most = MOST_ASKED if visibility.asks_hooks(row.ref_doctype) else MOST
	return {
		**told,
		"most": most,
		"matching": min(most, _count_matching(row.ref_doctype, filters)),
		"may_read": may_read,
		"readable": _count_readable(visibility, row.ref_doctype, filters, most) if may_read else 0,
		"restrictions": _restrictions(row.ref_doctype, visibility.user) if may_read else [],
		"hidden_fields": visibility.fields.hidden_labels(row.ref_doctype) if may_read else [],
	}


def _filters(row: "Document") -> list[list] | None:
	"""None where what was asked for can't be asked of this DocType any more."""
	try:
		return check_filters(row.ref_doctype, as_filters(row.ref_doctype, row.condition))
	except frappe.ValidationError:
		frappe.clear_last_message()
		return None


def _count_matching(doctype: str, filters: list[list] | None) -> int:
	if filters is None:
		return 0
	return len(
		# nosemgrep -- this app's own records; whoever asked was checked before
		lists.get_list(doctype, filters, ignore_permissions=True, pluck="name", limit=MOST, order_by=None)
	)


def _count_readable(visibility: Visibility, doctype: str, filters: list[list] | None, most: int) -> int:
	return 0 if filters is None else len(visibility.find(doctype, filters, most))


def _restrictions(doctype: str, user: str) -> list[str]:
	"""User Permissions of `user` that this DocType follows, directly or by one of its links."""
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
