frappe.ui.form.on("Event Difference", {
	refresh(frm) {
		frm.disable_save();
		event_streaming.indent_json(frm, "differences");
		if (frm.doc.docname) {
			frm.add_custom_button(__("Open Document"), () =>
				frappe.set_route("Form", frm.doc.ref_doctype, frm.doc.docname)
			);
		}
	},
});
