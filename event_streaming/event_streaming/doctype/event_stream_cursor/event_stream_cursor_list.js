frappe.listview_settings["Event Stream Cursor"] = {
	add_fields: ["state"],
	hide_name_column: true,

	get_indicator({ state }) {
		return [__(state), event_streaming.state_colors[state], `state,=,${state}`];
	},
};
