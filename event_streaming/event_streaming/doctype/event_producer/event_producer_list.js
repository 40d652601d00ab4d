frappe.listview_settings["Event Producer"] = {
	add_fields: ["paused"],
	hide_name_column: true,
	states: {},

	get_indicator(doc) {
		return event_streaming.state_indicator(this, doc);
	},

	// The state is in another DocType: shown as soon as it is known.
	refresh(listview) {
		frappe.db
			.get_list("Event Stream Cursor", { fields: ["name", "state"], limit: 500 })
			.then((cursors) => {
				const states = Object.fromEntries(cursors.map(({ name, state }) => [name, state]));
				event_streaming.show_states(this, listview, states);
			});
	},
};
