frappe.listview_settings["Event Consumer"] = {
	add_fields: ["paused"],
	hide_name_column: true,
	states: {},

	get_indicator(doc) {
		return event_streaming.state_indicator(this, doc);
	},

	onload(listview) {
		listview.page.add_inner_button(__("Linked Sites"), () => frappe.set_route("linked-sites"));
		if (frappe.model.can_create("Event Consumer")) {
			listview.page.add_inner_button(__("Enter a Code"), enter_code);
		}
	},

	// The answers are in the rows: shown as soon as they are known.
	refresh(listview) {
		frappe.db
			.get_list("Event Consumer", {
				fields: ["name", "consumer_doctypes.status", "consumer_doctypes.unsubscribed"],
				limit: 500,
			})
			.then((rows) => {
				const states = consumer_states(rows.filter((row) => !row.unsubscribed));
				event_streaming.show_states(this, listview, states);
			});
	},
};

// This site can't be called: it sends to a site that made a code for that.
function enter_code() {
	frappe.prompt(
		[
			{ fieldname: "url", fieldtype: "Data", label: __("Site That Receives"), reqd: 1 },
			{ fieldname: "code", fieldtype: "Data", label: __("Code"), reqd: 1 },
		],
		(values) =>
			frappe
				.xcall(
					"event_streaming.event_streaming.doctype.event_consumer.event_consumer.enter_code",
					values
				)
				.then((name) => frappe.set_route("Form", "Event Consumer", name)),
		__("Send to Another Site"),
		__("Connect")
	);
}

// What is still to be answered counts most.
function consumer_states(rows) {
	const ranks = { Rejected: "Rejected", Approved: "Streaming", Pending: "Waiting for Approval" };
	const states = {};
	for (const status of Object.keys(ranks)) {
		for (const row of rows.filter((row) => row.status === status)) {
			states[row.name] = ranks[status];
		}
	}
	return states;
}
