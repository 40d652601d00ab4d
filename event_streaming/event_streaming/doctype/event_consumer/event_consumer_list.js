frappe.listview_settings["Event Consumer"] = {
	add_fields: ["paused"],
	hide_name_column: true,
	states: {},

	get_indicator(doc) {
		const state = doc.paused ? "Paused" : this.states[doc.name];
		return state && [__(state), event_streaming.state_colors[state], `paused,=,${doc.paused}`];
	},

	// The answers stand in the rows: shown as soon as they are known.
	refresh(listview) {
		frappe.db
			.get_list("Event Consumer", {
				fields: ["name", "consumer_doctypes.status", "consumer_doctypes.unsubscribed"],
				limit: 500,
			})
			.then((rows) => {
				const states = consumer_states(rows.filter((row) => !row.unsubscribed));
				if (JSON.stringify(states) === JSON.stringify(this.states)) return;
				this.states = states;
				listview.render_list();
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
