frappe.listview_settings["Remote Document"] = {
	hide_name_column: true,
};
