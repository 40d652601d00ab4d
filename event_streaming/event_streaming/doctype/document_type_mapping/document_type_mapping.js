frappe.ui.form.on("Document Type Mapping", {
	setup(frm) {
		frm.set_query("local_doctype", () => ({ filters: { issingle: 0 } }));
		for (const link of ["child_table_mapping", "mapping"]) {
			frm.set_query(link, "field_mapping", (doc, cdt, cdn) => ({
				filters: { local_doctype: local_field(frm, locals[cdt][cdn])?.options || "" },
			}));
		}
	},

	refresh(frm) {
		offer_local_fields(frm);
	},

	local_doctype(frm) {
		offer_local_fields(frm);
	},
});

frappe.ui.form.on("Document Type Field Mapping", {
	local_fieldname(frm, cdt, cdn) {
		const field = local_field(frm, locals[cdt][cdn]);
		if (field) {
			const is_table = frappe.model.table_fields.includes(field.fieldtype) ? 1 : 0;
			frappe.model.set_value(cdt, cdn, "is_child_table", is_table);
		}
	},
});

function offer_local_fields(frm) {
	if (!frm.doc.local_doctype) return;
	frappe.model.with_doctype(frm.doc.local_doctype, () => {
		const options = frappe.get_meta(frm.doc.local_doctype).fields.filter(takes_a_value).map(as_option);
		frm.fields_dict.field_mapping.grid.update_docfield_property("local_fieldname", "options", options);
	});
}

function takes_a_value(field) {
	if (field.fieldtype === "Password" || field.is_virtual) return false;
	return frappe.model.table_fields.includes(field.fieldtype) || !frappe.model.no_value_type.includes(field.fieldtype);
}

function as_option(field) {
	return {
		value: field.fieldname,
		label: field.fieldname,
		description: `${__(field.label, null, field.parent)} (${__(field.fieldtype)})`,
	};
}

function local_field(frm, row) {
	return frappe.meta.get_docfield(frm.doc.local_doctype, row.local_fieldname);
}
