const SYNC_LOG_METHODS = "event_streaming.event_streaming.doctype.event_sync_log.event_sync_log.";
const UNSETTLED = ["Failed", "Waiting"];

frappe.ui.form.on("Event Sync Log", {
	refresh(frm) {
		frm.disable_save();
		for (const fieldname of ["data", "conflict"]) {
			if (frm.doc[fieldname]) event_streaming.indent_json(frm, fieldname);
		}
		const { change, conflicts, remedy, is_here } = frm.doc.__onload || {};
		event_streaming.show_change(frm, places(frm, is_here), change, conflicts);
		show_message(frm, remedy);
		add_remedies(frm);
	},
});

function places(frm, is_here) {
	const { ref_doctype, docname, remote_doctype, remote_docname, event_producer } = frm.doc;
	const url = event_streaming.remote_url(event_producer, remote_doctype, remote_docname);
	const there = `${__(remote_doctype)} ${remote_docname}`;
	const site = frappe.utils.escape_html(event_producer);
	const here = is_here
		? event_streaming.local_link(ref_doctype, docname, true)
		: `<span class="text-muted">${__("not on this site")}</span>`;
	return [
		[__("On This Site"), here],
		[__("On {0}", [site]), event_streaming.remote_link(url, there)],
	];
}

// What happened in one sentence, and what to do about it. The traceback stays folded below.
function show_message(frm, remedy) {
	const { message, status } = frm.doc;
	if (!message && !remedy) return;
	const parts = message ? [`<div>${frappe.utils.escape_html(message)}</div>`] : [];
	if (remedy) {
		parts.push(
			`<div class="mt-2"><b>${__("What to do")}</b> – ${frappe.utils.escape_html(
				remedy.title
			)}:
			${frappe.utils.escape_html(remedy.advice)}</div>`
		);
	}
	const color = { Failed: "red", Waiting: "orange" }[status] || "blue";
	event_streaming.show_headline(frm, parts.join(""), color);
}

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

function resync(frm) {
	call(frm, "resync", ({ fixed, failed }) => {
		if (fixed) {
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
			"Fetch the whole document from the other site as it is there now? What was changed on it here only is replaced."
		),
		() => take_from_source(frm)
	);
}

function take_from_source(frm, more = {}) {
	call(
		frm,
		"resync_from_source",
		({ docname, stays }) => {
			if (stays) return take_back(frm, docname);
			frappe.show_alert({
				message: __("{0} is now as on the other site", [docname]),
				indicator: "green",
			});
		},
		more
	);
}

function take_back(frm, docname) {
	frappe.confirm(
		__(
			"{0} was submitted or cancelled on this site, apart from the other, and was left alone. Cancel it here and make it what it is on the other site?",
			[frappe.utils.escape_html(docname)]
		),
		() => take_from_source(frm, { take_back: 1 })
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

function call(frm, method, done, more = {}) {
	frappe
		.xcall(SYNC_LOG_METHODS + method, { name: frm.doc.name, ...more })
		.then(done)
		.catch(() => {}) // Desk has shown why
		.finally(() => frm.reload_doc());
}
