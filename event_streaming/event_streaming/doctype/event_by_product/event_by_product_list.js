frappe.listview_settings["Event By-Product"] = {
	hide_name_column: true,
};
