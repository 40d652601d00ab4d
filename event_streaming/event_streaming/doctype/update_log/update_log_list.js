frappe.listview_settings["Update Log"] = {
	add_fields: ["update_type"],
	hide_name_column: true,

	get_indicator({ update_type }) {
		const colors = { Create: "green", Update: "blue", Delete: "red", Rename: "purple" };
		return [__(update_type), colors[update_type], `update_type,=,${update_type}`];
	},
};
