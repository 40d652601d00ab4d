"""What an administrator says of a site whose database was made at another place."""

import frappe
from frappe import _

from event_streaming import site
from event_streaming.consumer import cursor as cursors


@frappe.whitelist(methods=["POST"])
def this_site_has_moved() -> None:
	"""It is the site that its links are with: they go on."""
	_check_may_decide()
	site.settle()
	frappe.db.set_value(cursors.DOCTYPE, {"state": cursors.FAILING}, {"next_attempt_at": None, "attempts": 0})


@frappe.whitelist(methods=["POST"])
def this_is_a_copy() -> None:
	"""It becomes a site of its own. Its documents stay; its links are those of the original and go, which nobody is told."""
	_check_may_decide()
	if not site.is_copy():
		frappe.throw(_("This site is not a copy."))
	for doctype in site.LINKS:
		for name in frappe.get_all(doctype, pluck="name"):
			# nosemgrep -- this app's own records; whoever asked was checked before
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.clear_messages()
	site.begin_anew()


def _check_may_decide() -> None:
	for doctype in site.LINKS:
		frappe.has_permission(doctype, "delete", throw=True)
