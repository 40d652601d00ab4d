frappe.listview_settings["Event Consumer"] = {
	add_fields: ["paused"],
	hide_name_column: true,
	states: {},

	get_indicator(doc) {
		return event_streaming.state_indicator(this, doc);
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
