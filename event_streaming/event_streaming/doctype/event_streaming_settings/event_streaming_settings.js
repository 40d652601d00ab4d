frappe.ui.form.on("Event Streaming Settings", {
	refresh(frm) {
		const decided = frm.doc.__onload?.site_config || {};
		for (const [field, value] of Object.entries(decided)) {
			frm.set_df_property(field, "read_only", 1);
			frm.set_df_property(
				field,
				"description",
				__("The site config of this site says {0}. Remove it there to set it here.", [
					frappe.utils.escape_html(String(value)).bold(),
				])
			);
		}
		frm.set_query("recipient_type", "recipients", () => ({
			filters: { name: ["in", ["User", "Role"]] },
		}));
	},
});
