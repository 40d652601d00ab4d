"""Draft, submitted, cancelled."""

import frappe

from conformance.expecting import VOUCHER, new_voucher, raises, same


def _submitted(**values):
	doc = new_voucher(**values).insert()
	doc.submit()
	return frappe.get_doc(VOUCHER, doc.name)


def submit_and_cancel_set_the_docstatus_of_document_and_rows():
	doc = _submitted(rows=[{"item": "a"}])
	same((doc.docstatus, doc.rows[0].docstatus), (1, 1))
	doc.cancel()
	doc.reload()
	same((doc.docstatus, doc.rows[0].docstatus), (2, 2))


def a_document_can_be_inserted_as_submitted():
	doc = new_voucher(docstatus=1).insert()
	same(frappe.db.get_value(VOUCHER, doc.name, "docstatus"), 1)


def a_draft_can_not_be_cancelled():
	doc = new_voucher().insert()
	with raises(frappe.DocstatusTransitionError, "from 0 (Draft) to 2 (Cancelled)"):
		doc.cancel()


def a_submitted_document_is_no_draft_again():
	doc = _submitted()
	doc.docstatus = 0
	with raises(frappe.DocstatusTransitionError, "from 1 (Submitted) to 0 (Draft)"):
		doc.save()


def a_cancelled_document_can_not_be_changed():
	doc = _submitted()
	doc.cancel()
	doc.title = "B"
	with raises(frappe.ValidationError, "Cannot edit cancelled document"):
		doc.save()


def a_new_document_can_not_be_cancelled():
	with raises(frappe.DocstatusTransitionError):
		new_voucher(docstatus=2).insert()


def fields_that_may_change_after_submit_are_stored():
	doc = _submitted()
	doc.remark = "later"
	doc.save()
	same(frappe.db.get_value(VOUCHER, doc.name, "remark"), "later")


def other_fields_may_not_change_after_submit():
	doc = _submitted()
	doc.title = "B"
	with raises(frappe.UpdateAfterSubmitError, "Not allowed to change"):
		doc.save()


def rows_may_not_be_added_after_submit_unless_the_table_allows_it():
	doc = _submitted()
	doc.append("rows", {"item": "a"})
	with raises(frappe.UpdateAfterSubmitError):
		doc.save()
	doc = frappe.get_doc(VOUCHER, doc.name)
	doc.append("open_rows", {"item": "a"})
	doc.save()
	same(len(frappe.get_doc(VOUCHER, doc.name).open_rows), 1)


def rows_may_not_change_after_submit():
	doc = _submitted(rows=[{"item": "a"}])
	doc.rows[0].item = "b"
	with raises(frappe.UpdateAfterSubmitError, "Row #1"):
		doc.save()


def the_check_after_submit_can_be_ignored():
	doc = _submitted()
	doc.title = "B"
	doc.flags.ignore_validate_update_after_submit = True
	doc.save()
	same(frappe.db.get_value(VOUCHER, doc.name, "title"), "B")


def a_document_that_submitted_ones_link_to_can_not_be_cancelled():
	first = _submitted()
	_submitted(other=first.name)
	with raises(frappe.LinkExistsError, "Cannot delete or cancel because"):
		first.cancel()


def a_document_that_only_drafts_link_to_can_be_cancelled():
	first = _submitted()
	new_voucher(other=first.name).insert()
	first.cancel()
	same(first.docstatus, 2)


def links_to_it_can_be_ignored_in_a_cancellation():
	first = _submitted()
	_submitted(other=first.name)
	first.flags.ignore_links = True
	first.cancel()
	same(first.docstatus, 2)


def docstatus_can_be_asked():
	doc = _submitted()
	same(
		(doc.docstatus.is_draft(), doc.docstatus.is_submitted(), doc.docstatus.is_cancelled()),
		(False, True, False),
	)


def submitted_documents_can_not_be_deleted():
	doc = _submitted()
	with raises(frappe.ValidationError, "Submitted Record cannot be deleted"):
		frappe.delete_doc(VOUCHER, doc.name)


def cancelled_documents_can_be_deleted():
	doc = _submitted()
	doc.cancel()
	frappe.delete_doc(VOUCHER, doc.name)
	assert not frappe.db.exists(VOUCHER, doc.name)
