frappe.provide("event_streaming");

// Whatever is shown here was written on another site: each value passes through here first.
const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

/**
 * A logged change, as `event_streaming.desk.change` reads it.
 * @param {Object} frm
 * @param {string[][]} places - what and where the document is: pairs of a title and of HTML
 * @param {Object} change - null if it could not be read: then the raw data is all there is
 * @param {Object[]} conflicts - values that were changed on both sites at once
 */
event_streaming.show_change = function (frm, places, change, conflicts = []) {
	const parts = change
		? [render_conflicts(conflicts), render_change(change)]
		: [muted(__("This change can't be shown as a table. See the raw data below."))];
	// nosemgrep -- fixed texts, and parts escaped where they are made
	frm.get_field("change_view").$wrapper.html(
		`<div class="event-streaming-change">${STYLE}${render_places(places)}${parts.join(
			""
		)}</div>`
	);
};

/**
 * A link that opens in a new tab, which learns nothing of this one.
 */
event_streaming.remote_link = function (url, label) {
	if (!url) return escape(label);
	return `<a href="${escape(url)}" target="_blank" rel="noopener noreferrer">${escape(
		label
	)} ↗</a>`;
};

/**
 * A link to a document of this site, or its name alone if it isn't there.
 */
event_streaming.local_link = function (doctype, name, is_here) {
	const label = `${escape(__(doctype))} ${escape(name)}`;
	return is_here ? `<a href="${frappe.utils.get_form_link(doctype, name)}">${label}</a>` : label;
};

const STYLE = `<style>
	.event-streaming-change .table { margin-bottom: var(--margin-md, 15px); }
	.event-streaming-change td, .event-streaming-change th { vertical-align: top; }
	.event-streaming-change .value { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 5em; max-height: 12em; overflow-y: auto; }
	.event-streaming-change a { text-decoration: underline; }
	.event-streaming-change .old { background-color: var(--red-50, #fff0f0); }
	.event-streaming-change .new { background-color: var(--green-50, #f0fff4); }
	.event-streaming-change .fields th:first-child, .event-streaming-change .fields td:first-child { width: 28%; }
	[data-theme="dark"] .event-streaming-change .old { background-color: rgba(255, 80, 80, 0.15); }
	[data-theme="dark"] .event-streaming-change .new { background-color: rgba(80, 255, 120, 0.12); }
</style>`;

function render_places(places) {
	const columns = places.map(
		([title, html]) =>
			`<div class="col-sm-6 mb-3"><div class="text-muted small">${title}</div>${html}</div>`
	);
	return `<div class="row">${columns.join("")}</div>`;
}

function render_change(change) {
	const parts = [];
	if (change.sentence) parts.push(`<p>${escape(change.sentence)}</p>`);
	if (change.direct) {
		parts.push(muted(__("Written directly to the database, without the checks of a save.")));
	}
	if (change.fields.length) {
		parts.push(
			change.whole ? render_values(change.fields) : render_differences(change.fields)
		);
	}
	parts.push(...change.tables.map((table) => render_table(table, change.whole)));
	return parts.join("") || muted(__("Nothing in it is filled in."));
}

function render_values(fields) {
	return table_of(
		[__("Field"), __("Value")],
		fields.map((field) => [name_of(field), value_of(field, "new")]),
		"fields"
	);
}

function render_differences(fields) {
	return table_of(
		[__("Field"), __("Before"), __("After")],
		fields.map((field) => [
			name_of(field),
			"old" in field ? value_of(field, "old", "old") : muted(__("not known"), "span"),
			value_of(field, "new", "new"),
		]),
		"fields"
	);
}

function render_table(table, whole) {
	const parts = [`<h5 class="mt-4">${escape(table.label)}${mapped_to(table)}</h5>`];
	if (table.rows.length) {
		if (!whole) parts.push(`<p class="text-success">${__("Rows added")}</p>`);
		parts.push(
			table_of(
				[__("Row"), ...table.columns.map((column) => escape(column.label))],
				table.rows.map((row) => [
					escape(row.number),
					...row.values.map((value, place) =>
						shown(format(value, table.columns[place].fieldtype), whole ? "" : "new")
					),
				])
			)
		);
		if (table.more) parts.push(muted(__("{0} more rows are in the raw data.", [table.more])));
	}
	for (const row of table.changed || []) {
		const number = row.number || `<span class="text-muted">${escape(row.name)}</span>`;
		parts.push(`<p>${__("Row {0} changed", [number])}</p>`, render_differences(row.fields));
	}
	if (table.removed?.length) {
		const names = table.removed.map(escape).join(", ");
		parts.push(
			`<p class="text-danger">${__("Rows removed: {0}", [table.removed.length])}
			<span class="text-muted small">${names}</span></p>`
		);
	}
	if (table.reordered) parts.push(`<p>${__("The rows have a new order.")}</p>`);
	return parts.join("");
}

function render_conflicts(conflicts) {
	if (!conflicts.length) return "";
	const rows = conflicts.map((conflict) => {
		const here = conflict.kept === "here";
		return [
			name_of(conflict),
			shown(conflict.before),
			shown(conflict.here, here ? "new" : "old") + kept_or_lost(here),
			shown(conflict.producer, here ? "old" : "new") + kept_or_lost(!here),
		];
	});
	return `<h5>${__("Changed on both sites at once")}</h5>${table_of(
		[__("Field"), __("Before"), __("This Site"), __("Other Site")],
		rows,
		"fields"
	)}`;
}

function kept_or_lost(kept) {
	const [color, label] = kept ? ["green", __("Kept")] : ["red", __("Lost")];
	return `<span class="indicator-pill ${color} mt-1">${label}</span>`;
}

function table_of(titles, rows, css_class = "") {
	const head = titles.map((title) => `<th>${title}</th>`).join("");
	const body = rows
		.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
		.join("");
	return `<div class="table-responsive"><table class="table table-bordered table-sm ${css_class}">
		<thead><tr class="text-muted">${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function name_of(field) {
	return `<span title="${escape(field.fieldname)}">${escape(field.label)}</span>${mapped_to(
		field
	)}`;
}

// With a mapping: which field of this site it becomes.
function mapped_to(field) {
	if (field.becomes === null || field.becomes === undefined) return "";
	const text = field.becomes ? `→ ${escape(field.becomes)}` : __("not taken over");
	return `<div class="text-muted small">${text}</div>`;
}

function value_of(field, side, css_class) {
	return shown(format(field[side], field.fieldtype), css_class);
}

function shown(text, css_class = "") {
	if (text === "") return muted(__("empty"), "span");
	return `<div class="value ${css_class}">${escape(text)}</div>`;
}

function format(text, fieldtype) {
	if (["Date", "Datetime"].includes(fieldtype) && /^\d{4}-\d\d-\d\d/.test(text || "")) {
		return frappe.datetime.str_to_user(text);
	}
	return text ?? "";
}

function muted(text, tag = "p") {
	return `<${tag} class="text-muted">${text}</${tag}>`;
}
