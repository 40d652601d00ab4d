const MAPPING_METHODS =
	"event_streaming.event_streaming.doctype.document_type_mapping.document_type_mapping.";

frappe.ui.form.on("Document Type Mapping", {
	setup(frm) {
		frm.set_query("local_doctype", () => ({ filters: { issingle: 0 } }));
		for (const link of ["child_table_mapping", "mapping"]) {
			frm.set_query(link, "field_mapping", (doc, cdt, cdn) => ({
				filters: { local_doctype: local_field(frm, locals[cdt][cdn])?.options || "" },
			}));
		}
		frm.look_up_soon = frappe.utils.debounce(() => look_up(frm), 500);
	},

	refresh(frm) {
		offer_local_fields(frm);
		offer_sites(frm).then(() => look_up(frm));
		frm.add_custom_button(__("Suggest Fields"), () => suggest_fields(frm));
		frm.add_custom_button(__("Preview"), () => preview(frm));
	},

	local_doctype(frm) {
		offer_local_fields(frm);
		frm.look_up_soon();
	},

	remote_doctype: (frm) => frm.look_up_soon(),
	remote_site: (frm) => frm.look_up_soon(),
	field_mapping_remove: (frm) => frm.look_up_soon(),
});

frappe.ui.form.on("Document Type Field Mapping", {
	local_fieldname(frm, cdt, cdn) {
		const field = local_field(frm, locals[cdt][cdn]);
		if (field) {
			const is_table = frappe.model.table_fields.includes(field.fieldtype) ? 1 : 0;
			frappe.model.set_value(cdt, cdn, "is_child_table", is_table);
		}
		frm.look_up_soon();
	},

	remote_fieldname: (frm) => frm.look_up_soon(),
	mapping_type: (frm) => frm.look_up_soon(),
});

// Fields of this site

function offer_local_fields(frm) {
	if (!frm.doc.local_doctype) return;
	frappe.model.with_doctype(frm.doc.local_doctype, () => {
		const options = frappe
			.get_meta(frm.doc.local_doctype)
			.fields.filter(takes_a_value)
			.map(as_option);
		offer(frm, "local_fieldname", options);
	});
}

function takes_a_value(field) {
	if (field.fieldtype === "Password" || field.is_virtual) return false;
	return (
		frappe.model.table_fields.includes(field.fieldtype) ||
		!frappe.model.no_value_type.includes(field.fieldtype)
	);
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

function offer(frm, fieldname, options) {
	const escaped = options.map((option) => ({
		...option,
		description: frappe.utils.escape_html(option.description),
	}));
	const { grid } = frm.fields_dict.field_mapping;
	grid.update_docfield_property(fieldname, "max_items", 1000);
	grid.update_docfield_property(fieldname, "options", escaped);
}

// Fields of the other site, which is asked for them

function offer_sites(frm) {
	return frappe.db.get_list("Event Producer", { pluck: "name", limit: 100 }).then((sites) => {
		frm.set_df_property("remote_site", "options", sites);
		frm.toggle_display("remote_site", sites.length > 0);
		if (!frm.doc.remote_site && sites.length === 1) frm.doc.remote_site = sites[0];
		frm.refresh_field("remote_site");
	});
}

function can_ask(frm) {
	return frm.doc.local_doctype && frm.doc.remote_doctype && frm.doc.remote_site;
}

function ask(frm, method, args = {}) {
	return frappe.xcall(MAPPING_METHODS + method, {
		mapping: frm.doc,
		producer: frm.doc.remote_site,
		...args,
	});
}

function look_up(frm) {
	if (!can_ask(frm)) return;
	// Names that are typed by hand stay possible: the other site may not tell all.
	frm.fields_dict.field_mapping.grid.update_docfield_property(
		"remote_fieldname",
		"ignore_validation",
		1
	);
	ask(frm, "look_up").then(({ fields, clashes, error }) => {
		offer(frm, "remote_fieldname", fields || []);
		show_clashes(frm, clashes || [], error);
	});
}

function show_clashes(frm, clashes, error) {
	const clashing = new Set(clashes.map(({ idx }) => idx));
	for (const grid_row of frm.fields_dict.field_mapping.grid.grid_rows) {
		const mark = clashing.has(grid_row.doc.idx) ? "inset 4px 0 var(--red-500, red)" : "";
		grid_row.wrapper.find(".row-index").first().css("box-shadow", mark);
	}
	const lines = clashes.map(({ idx, message }) =>
		__("Row {0}: {1}", [idx, frappe.utils.escape_html(message)])
	);
	if (error) {
		lines.push(
			`${__("The other site can't be asked for its fields. Type their names.")}
			${frappe.utils.escape_html(error)}`
		);
	}
	event_streaming.show_headline(
		frm,
		lines.map((line) => `<div>${line}</div>`).join(""),
		clashes.length ? "red" : "yellow"
	);
}

function check_can_ask(frm) {
	if (can_ask(frm)) return true;
	frappe.msgprint({
		title: __("Not Yet"),
		message: frm.fields_dict.remote_site.df.options?.length
			? __("Choose the Local Document Type, the Remote Document Type and the site to ask.")
			: __(
					"Fields are asked for through a link. Make an Event Producer first, and have a DocType approved there."
			  ),
	});
	return false;
}

function suggest_fields(frm) {
	if (!check_can_ask(frm)) return;
	ask(frm, "suggest_fields").then(({ rows, left }) => {
		const empty = frm.doc.field_mapping?.filter((row) => !row.local_fieldname) || [];
		for (const row of empty)
			frm.get_field("field_mapping").grid.grid_rows_by_docname[row.name]?.remove();
		for (const row of rows) frm.add_child("field_mapping", row);
		frm.refresh_field("field_mapping");
		frm.look_up_soon();
		tell_suggested(rows, left);
	});
}

function tell_suggested(rows, left) {
	const added =
		rows.length === 1 ? __("1 field was added.") : __("{0} fields were added.", [rows.length]);
	if (!left.length) {
		frappe.show_alert({ message: added, indicator: "green" });
		return;
	}
	frappe.msgprint({
		title: __("Suggest Fields"),
		message: `<p>${added}</p><p>${__("These need a decision of yours:")}</p>
			<ul>${left.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`).join("")}</ul>`,
		indicator: rows.length ? "orange" : "red",
	});
}

// A document of the other site as it would become here; nothing is written

function preview(frm) {
	if (!check_can_ask(frm)) return;
	ask(frm, "preview").then((shown) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Preview"),
			size: "extra-large",
			fields: [
				{
					fieldname: "name",
					fieldtype: "Autocomplete",
					label: __("{0} on the other site", [frm.doc.remote_doctype]),
					options: shown.names,
					default: shown.name,
					ignore_validation: 1,
					change: () => show_another(frm, dialog),
				},
				{ fieldname: "shown", fieldtype: "HTML" },
			],
		});
		dialog.shown_name = shown.name;
		dialog.show();
		dialog.fields_dict.shown.$wrapper.html(render_preview(shown));
	});
}

function show_another(frm, dialog) {
	const name = dialog.get_value("name");
	if (!name || name === dialog.shown_name) return;
	dialog.shown_name = name;
	ask(frm, "preview", { name }).then((shown) =>
		dialog.fields_dict.shown.$wrapper.html(render_preview(shown))
	);
}

function render_preview({ fields, tables, problems }) {
	const parts = [];
	if (problems.length) {
		const lines = problems.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`);
		parts.push(
			`<div class="form-message red p-3"><b>${__("It could not be saved here:")}</b>
			<ul class="mb-0">${lines.join("")}</ul></div>`
		);
	} else {
		parts.push(`<p class="text-success">${__("It could be saved here like this.")}</p>`);
	}
	parts.push(render_pairs(fields));
	for (const table of tables) {
		parts.push(`<h5>${frappe.utils.escape_html(`${table.remote} → ${table.local}`)}</h5>`);
		if (!table.rows.length) parts.push(`<p class="text-muted">${__("No rows")}</p>`);
		table.rows.forEach((row, place) => {
			parts.push(
				`<p class="text-muted mb-1">${__("Row {0}", [place + 1])}</p>`,
				render_pairs(row)
			);
		});
		if (table.more) parts.push(`<p>${__("and {0} more rows", [table.more])}</p>`);
	}
	return `<div class="event-streaming-preview">${parts.join("")}</div>`;
}

function render_pairs(pairs) {
	const cell = (text) => `<td style="overflow-wrap: anywhere; width: 25%">${text}</td>`;
	const escape = (text) => frappe.utils.escape_html(text);
	const rows = pairs.map(
		({ remote_fieldname, remote, local_fieldname, local, note }) =>
			`<tr>${cell(escape(remote_fieldname))}${cell(escape(remote))}${cell(
				escape(local_fieldname)
			)}${cell(
				`${escape(local)}${
					note ? `<div class="text-muted small">${escape(note)}</div>` : ""
				}`
			)}</tr>`
	);
	const titles = [__("Field There"), __("Value There"), __("Field Here"), __("Value Here")];
	return `<div class="table-responsive"><table class="table table-bordered table-sm">
		<thead><tr class="text-muted">${titles.map((title) => `<th>${title}</th>`).join("")}</tr></thead>
		<tbody>${rows.join("")}</tbody></table></div>`;
}
