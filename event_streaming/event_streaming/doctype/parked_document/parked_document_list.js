frappe.listview_settings["Parked Document"] = {
	hide_name_column: true,
};
