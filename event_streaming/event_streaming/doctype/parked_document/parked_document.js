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
		frm.add_custom_button(__("Try"), () => try_document(frm));
	},
});

// Whether Resync would help, before it is pressed.
function try_document(frm) {
	const method =
		"event_streaming.event_streaming.doctype.parked_document.parked_document.try_document";
	frappe.xcall(method, { name: frm.doc.name }).then((job) =>
		event_streaming.watch_job(job, {
			title: __("Trying"),
			measure: () => [0, 1, ""],
			finished: ({ error, message }) => {
				const reason = error || message;
				frappe.msgprint({
					title: reason ? __("It Would Still Fail") : __("It Would Come"),
					message: reason
						? frappe.utils.escape_html(reason)
						: __("Nothing was changed by this try. Use Resync in its Event Sync Log."),
					indicator: reason ? "orange" : "green",
				});
			},
		})
	);
}
