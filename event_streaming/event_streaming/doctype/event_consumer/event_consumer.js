const CONSUMER_METHODS = "event_streaming.event_streaming.doctype.event_consumer.event_consumer.";

frappe.ui.form.on("Event Consumer", {
	setup(frm) {
		event_streaming.color_rows(frm, "consumer_doctypes", "ref_doctype", (row) =>
			row.unsubscribed ? "gray" : event_streaming.approval_colors[row.status]
		);
		frm.set_df_property("consumer_doctypes", "cannot_add_rows", true);
		frm.set_df_property("consumer_doctypes", "cannot_delete_rows", true);
	},

	refresh(frm) {
		const asked = frm.doc.consumer_doctypes.filter((row) => !row.unsubscribed);
		const pending = asked.filter((row) => row.status === "Pending");
		show_state(frm, frm.doc.__onload?.link_state || {}, pending);
		if (asked.some((row) => row.status !== "Approved")) {
			frm.add_custom_button(__("Approve All"), () => confirm_approval(frm, asked));
			frm.change_custom_button_type(__("Approve All"), null, "primary");
		}
		if (asked.some((row) => row.status !== "Rejected")) {
			frm.add_custom_button(__("Reject All"), () => confirm_rejection(frm));
		}
	},
});

function show_state(frm, state, pending) {
	const color = event_streaming.state_colors[state.state] || "gray";
	if (state.state && !frm.is_dirty()) {
		frm.page.set_indicator(__(state.state), color);
	}
	const sentence = pending.length ? request_sentence(frm, pending) : progress_sentence(state);
	event_streaming.show_headline(frm, sentence, pending.length ? "orange" : color);
}

function request_sentence(frm, pending) {
	const doctypes = pending.map((row) => __(row.ref_doctype)).join(", ");
	return frappe.utils.escape_html(
		__(
			"{0} asks for documents of {1}. It would get what {2} may read on this site. Approve or reject each DocType below.",
			[frm.doc.callback_url, doctypes, frm.doc.event_subscriber]
		)
	);
}

function progress_sentence(state) {
	const parts = [];
	if (state.state === "Streaming") {
		parts.push(event_streaming.describe_lag(state) || __("Everything has been fetched"));
	}
	if (state.last_contact) {
		parts.push(__("Last contact {0}", [frappe.datetime.comment_when(state.last_contact)]));
	}
	return parts.join(" · ");
}

function confirm_approval(frm, asked) {
	const doctypes = asked.map((row) => __(row.ref_doctype)).join(", ");
	const modified = frm.doc.modified; // what is asked for may change while the question stands there
	frappe.confirm(
		frappe.utils.escape_html(
			__("Let {0} have documents of {1}, as far as {2} may read them?", [
				frm.doc.callback_url,
				doctypes,
				frm.doc.event_subscriber,
			])
		),
		() => answer(frm, "approve_all", { modified })
	);
}

function confirm_rejection(frm) {
	frappe.confirm(
		frappe.utils.escape_html(__("Give {0} no more documents?", [frm.doc.callback_url])),
		() => answer(frm, "reject_all")
	);
}

function answer(frm, method, args) {
	frappe
		.xcall(CONSUMER_METHODS + method, { consumer: frm.doc.name, ...args })
		.then(() => frm.reload_doc());
}
