frappe.ui.form.on("Parked Document", {
	refresh(frm) {
		frm.disable_save();
		frm.add_custom_button(__("Open Events"), () =>
			frappe.set_route("List", "Event Sync Log", {
				event_producer: frm.doc.event_producer,
				remote_docname: frm.doc.remote_docname,
				status: ["in", ["Failed", "Waiting"]],
			})
		);
	},
});
