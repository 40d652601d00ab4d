frappe.ui.form.on("Event Reconciliation", {
	refresh(frm) {
		frm.disable_save();
		frm.add_custom_button(__("Event Producer"), () =>
			frappe.set_route("Form", "Event Producer", frm.doc.event_producer)
		);
		frm.add_custom_button(__("Show Differences"), () =>
			frappe.set_route("List", "Event Difference", {
				event_producer: frm.doc.event_producer,
				ref_doctype: frm.doc.ref_doctype,
			})
		);
	},
});
