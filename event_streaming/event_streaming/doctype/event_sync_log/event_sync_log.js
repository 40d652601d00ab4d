const SYNC_LOG_METHODS = "event_streaming.event_streaming.doctype.event_sync_log.event_sync_log.";
const UNSETTLED = ["Failed", "Waiting"];

frappe.ui.form.on("Event Sync Log", {
	refresh(frm) {
		frm.disable_save();
		event_streaming.indent_json(frm, "data");
		if (frm.doc.message) {
			const color = { Failed: "red", Waiting: "orange" }[frm.doc.status] || "blue";
			event_streaming.show_headline(frm, frappe.utils.escape_html(frm.doc.message), color);
		}
		add_remedies(frm);
		add_ways_to_documents(frm);
	},
});

function add_remedies(frm) {
	const unsettled = UNSETTLED.includes(frm.doc.status);
	if (unsettled) {
		frm.add_custom_button(__("Resync"), () => resync(frm));
		frm.change_custom_button_type(__("Resync"), null, "primary");
	}
	frm.add_custom_button(__("Resync From Source"), () => resync_from_source(frm));
	if (unsettled) {
		frm.add_custom_button(__("Skip"), () => skip(frm));
	}
}

function add_ways_to_documents(frm) {
	const { ref_doctype, docname, remote_doctype, remote_docname, event_producer } = frm.doc;
	if (docname) {
		frm.add_custom_button(
			__("Here"),
			() => frappe.set_route("Form", ref_doctype, docname),
			__("Open")
		);
	}
	if (remote_docname) {
		const path = [frappe.router.slug(remote_doctype), remote_docname]
			.map(encodeURIComponent)
			.join("/");
		frm.add_custom_button(
			__("On the Other Site"),
			() => window.open(`${event_producer}/app/${path}`, "_blank", "noopener"),
			__("Open")
		);
	}
}

function resync(frm) {
	call(frm, "resync", ({ mended, failed }) => {
		if (mended) {
			frappe.show_alert({ message: __("Synced"), indicator: "green" });
		} else if (failed.length) {
			frappe.msgprint({
				title: __("Still Failing"),
				message: frappe.utils.escape_html(failed[0].message),
				indicator: "red",
			});
		}
	});
}

function resync_from_source(frm) {
	frappe.confirm(
		__(
			"Fetch the whole document from the other site as it is there now? What was changed on it here only is lost."
		),
		() =>
			call(frm, "resync_from_source", ({ docname }) =>
				frappe.show_alert({
					message: __("{0} is now as on the other site", [docname]),
					indicator: "green",
				})
			)
	);
}

function skip(frm) {
	frappe.confirm(
		__(
			"Leave this change out for good? The document may then differ from the one on the other site."
		),
		() => call(frm, "skip", () => {})
	);
}

function call(frm, method, done) {
	frappe
		.xcall(SYNC_LOG_METHODS + method, { name: frm.doc.name })
		.then(done)
		.catch(() => {}) // Desk has shown why
		.finally(() => frm.reload_doc());
}
