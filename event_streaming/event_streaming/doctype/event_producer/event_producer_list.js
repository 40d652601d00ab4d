frappe.listview_settings["Event Producer"] = {
	add_fields: ["paused"],
	hide_name_column: true,
	states: {},

	get_indicator(doc) {
		const state = doc.paused ? "Paused" : this.states[doc.name];
		return state && [__(state), event_streaming.state_colors[state], `paused,=,${doc.paused}`];
	},

	// The state stands in another DocType: shown as soon as it is known.
	refresh(listview) {
		frappe.db
			.get_list("Event Stream Cursor", { fields: ["name", "state"], limit: 500 })
			.then((cursors) => {
				const states = Object.fromEntries(cursors.map(({ name, state }) => [name, state]));
				if (JSON.stringify(states) === JSON.stringify(this.states)) return;
				this.states = states;
				listview.render_list();
			});
	},
};
