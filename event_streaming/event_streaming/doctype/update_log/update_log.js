frappe.ui.form.on("Update Log", {
	refresh(frm) {
		frm.disable_save();
		event_streaming.indent_json(frm, "data");
		frm.add_custom_button(__("Open Document"), () =>
			frappe.set_route("Form", frm.doc.ref_doctype, frm.doc.docname)
		);
	},
});
