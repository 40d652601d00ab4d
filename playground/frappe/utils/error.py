"""Errors kept as Error Log documents."""

from typing import Any

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

EXCLUDED = (
	frappe.AuthenticationError,
	frappe.CSRFTokenError,
	frappe.SecurityException,
	frappe.InReadOnlyMode,
)


def log_error(
	title: str | None = None,
	message: str | None = None,
	reference_doctype: str | None = None,
	reference_name: str | None = None,
	*,
	defer_insert: bool = False,
) -> Any:
	"""The title is one line: a title of several is taken for the message."""
	text = message
	if message and title and "\n" in title:
		text, title = title, message
	text = frappe.as_unicode(text or frappe.get_traceback(with_context=True))
	if not frappe.db:
		print(f"Failed to log error in db: {title}")
		return None
	return frappe.get_doc(
		doctype="Error Log",
		error=text,
		method=title or "Error",
		reference_doctype=reference_doctype,
		reference_name=reference_name,
	).insert(ignore_permissions=True)


def log_error_snapshot(exception: Exception) -> None:
	"""Keeps an error that a request ends with, in a transaction of its own."""
	if isinstance(exception, EXCLUDED):
		return
	try:
		frappe.db.rollback()
		log_error(title=str(exception))
		frappe.db.commit()
	except Exception as error:
		frappe.logger().error(f"Could not take error snapshot: {error}", exc_info=True)
