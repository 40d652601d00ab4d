frappe.listview_settings["Event Consumer"] = {
	hide_name_column: true,
};
