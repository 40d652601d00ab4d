const VALUE_MAP_METHODS = "event_streaming.event_streaming.doctype.value_map.value_map.";

frappe.ui.form.on("Value Map", {
	setup(frm) {
		frm.set_query("ref_doctype", () => ({ filters: { issingle: 0, istable: 0 } }));
	},

	refresh(frm) {
		frm.fields_dict.met.$wrapper.empty();
		if (frm.is_new()) return;
		frm.add_custom_button(__("Export for the Other Site"), () => export_backwards(frm));
		show_state(frm);
	},

	applies_to(frm) {
		if (frm.doc.applies_to !== "One Field") frm.set_value("fieldname", "");
	},
});

function call(method, frm) {
	return frappe.xcall(VALUE_MAP_METHODS + method, { name: frm.doc.name });
}

function show_state(frm) {
	call("state", frm).then(({ met, touched }) => {
		const list = met.map((value) => `<li>${frappe.utils.escape_html(value)}</li>`).join("");
		const nothing = `<p class="text-muted">${__("None so far.")}</p>`;
		frm.fields_dict.met.$wrapper.html(list ? `<ul>${list}</ul>` : nothing);
		if (met.length && frm.perm[0].write) {
			frm.add_custom_button(__("Add Rows for the Values Met"), () => add_rows(frm, met));
		}
		if (!touched) return;
		frm.dashboard.set_headline(
			__("Documents here that hold what this map gave before: {0}", [touched])
		);
		frm.add_custom_button(__("Apply to Them"), () => apply(frm, touched));
	});
}

function add_rows(frm, met) {
	for (const remote_value of met) frm.add_child("values", { remote_value });
	frm.refresh_field("values");
	frm.dirty();
}

function apply(frm, touched) {
	frappe.confirm(
		__(
			"{0} documents are taken from their source again, with the values that this map gives now. What can't be changed any more, since it is submitted, stays as it is and is listed in the Event Sync Log.",
			[touched]
		),
		() =>
			call("apply_to_documents", frm).then(() =>
				frappe.show_alert({ message: __("The documents are being taken."), indicator: "blue" })
			)
	);
}

function export_backwards(frm) {
	call("backwards", frm).then((rows) => {
		frappe.tools.downloadify([["remote_value", "local_value"], ...rows], null, frm.doc.name);
	});
}
