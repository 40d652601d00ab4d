frappe.ui.form.on("Event Backfill", {
	refresh(frm) {
		frm.disable_save();
		frm.add_custom_button(__("Event Producer"), () =>
			frappe.set_route("Form", "Event Producer", frm.doc.event_producer)
		);
	},
});
