// The rows of an Event Producer: what their settings mean, what they may lead to, and which are known to work together.
frappe.provide("event_streaming.subscribed_rows");

(() => {
	const METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer.";

	event_streaming.subscribed_rows.explain = function (frm) {
		const $wrapper = frm.get_field("producer_doctypes").$wrapper;
		if ($wrapper.find(".event-help").length) return;
		const route = frappe.router.make_url(["document-type-mapping"]);
		const mappings = `<a href="${route}">${__("Document Type Mapping")}</a>`;
		const longer = {
			use_same_name: __(
				"Ticked: what is called INV-1 there is called INV-1 here. Right for what people know by its name, like items and customers. Not ticked: this site gives its own names and remembers the other's. Right where both sites number such documents themselves."
			),
			mapping: __(
				"For when the other site uses another DocType or other fields for the same thing. A {0} says which field there becomes which field here.",
				[mappings]
			),
			condition: __(
				"Only documents that fit come, for example {0}. Use the field names of the other site. After a change it has to be approved again.",
				['<code>{"company": "North"}</code>']
			),
			on_conflict: __(
				"Both sites changed the same value before either received the other's change. Producer Wins: theirs counts. This Site Wins: yours counts. Wait for a Person: the document waits until you decide. The value that lost is kept in the Event Sync Log."
			),
			shared: __(
				"As a rule only the site that made a document changes it on others. Tick it for what several sites change together, like one list of customers for all branches."
			),
		};
		const terms = frappe
			.get_meta("Event Producer Document Type")
			.fields.filter((field) => field.label && field.description && !field.hidden)
			.map((field) => [
				__(field.label, null, field.parent),
				longer[field.fieldname] ||
					frappe.utils.escape_html(__(field.description, null, field.parent)),
			]);
		// nosemgrep -- fixed texts, and parts escaped where they are made
		$wrapper.append(`
			<details class="event-help mt-2 mb-3">
				<summary class="text-muted">${__("What the settings mean")}</summary>
				<dl class="mt-2">${terms
					.map(([term, text]) => `<dt>${term}</dt><dd class="text-muted">${text}</dd>`)
					.join("")}</dl>
			</details>`);
	};

	// Two sites that count alike give one name to two documents.
	event_streaming.subscribed_rows.warn_of_names = async function (frm) {
		const rows = frm.doc.producer_doctypes.filter(
			(row) => row.ref_doctype && row.use_same_name && !row.unsubscribe
		);
		const doctypes = [...new Set(rows.map((row) => row.ref_doctype))];
		await Promise.all(doctypes.map((doctype) => frappe.model.with_doctype(doctype)));
		const counted = doctypes
			.map((doctype) => [doctype, counting_rule(frappe.get_meta(doctype))])
			.filter(([, rule]) => rule);
		const $wrapper = frm.get_field("producer_doctypes").$wrapper;
		$wrapper.find(".event-warning").remove();
		if (!counted.length) return;
		const escape = frappe.utils.escape_html;
		const names = counted.map(
			([doctype, rule]) => `<b>${escape(__(doctype))}</b> (${escape(rule)})`
		);
		const text = __(
			"Each site numbers {0} itself. If such documents are also made here, two different documents can get the same name, and the second is rejected. Untick Use Same Name, or let one of the sites count under another prefix.",
			[names.join(", ")]
		);
		$(
			`<div class="event-warning form-message orange rounded p-3 my-3">${text}</div>`
		).insertBefore($wrapper.find(".event-help"));
	};

	// --- rows that are known to work together

	event_streaming.subscribed_rows.load_preset = function (frm) {
		frappe.xcall(`${METHODS}get_presets`).then((presets) => {
			if (!presets.length) {
				frappe.msgprint(__("No preset fits the apps of this site."));
				return;
			}
			const dialog = new frappe.ui.Dialog({
				title: __("Load Preset"),
				fields: [
					{
						fieldname: "preset",
						fieldtype: "Select",
						label: __("Preset"),
						options: presets.map(({ name }) => ({ label: __(name), value: name })),
						default: presets[0].name,
						reqd: 1,
						onchange: () => show_preset(dialog, presets),
					},
					{ fieldname: "preview", fieldtype: "HTML" },
				],
				primary_action_label: __("Add Rows"),
				primary_action: () => {
					const added = add_rows(frm, dialog.loaded?.rows || []);
					dialog.hide();
					frappe.show_alert({
						message: __("{0} rows added", [added]),
						indicator: "green",
					});
				},
			});
			dialog.show();
			show_preset(dialog, presets);
		});
	};

	async function show_preset(dialog, presets) {
		const name = dialog.get_value("preset");
		const escape = frappe.utils.escape_html;
		const loaded = await frappe.xcall(`${METHODS}get_preset`, { name });
		if (dialog.get_value("preset") !== name) return;
		dialog.loaded = loaded;
		const items = (lines) =>
			`<ul class="pl-3">${lines.map((line) => `<li>${line}</li>`).join("")}</ul>`;
		const parts = [
			`<p>${escape(presets.find((preset) => preset.name === name).description)}</p>`,
			`<p><b>${__("Subscribes to")}</b>: ${loaded.rows
				.map((row) => escape(__(row.ref_doctype)))
				.join(", ")}</p>`,
		];
		if (loaded.missing.length) {
			parts.push(
				`<p class="text-muted">${__("Not on this site: {0}", [
					escape(loaded.missing.join(", ")),
				])}</p>`
			);
		}
		if (loaded.remarks.length) parts.push(items(loaded.remarks.map(escape)));
		if (loaded.avoid.length) {
			const lines = loaded.avoid.map(
				(row) => `<b>${escape(__(row.ref_doctype))}</b>: ${escape(row.why)}`
			);
			parts.push(
				`<details><summary>${__("What not to subscribe to, and why")}</summary>${items(
					lines
				)}</details>`
			);
		}
		dialog.get_field("preview").$wrapper.html(parts.join(""));
	}

	function add_rows(frm, rows) {
		const known = new Set(frm.doc.producer_doctypes.map((row) => row.ref_doctype));
		if (frm.is_new()) {
			frm.doc.producer_doctypes = frm.doc.producer_doctypes.filter((row) => row.ref_doctype);
		}
		const added = rows.filter((row) => !known.has(row.ref_doctype));
		added.forEach((row) => frm.add_child("producer_doctypes", row));
		frm.refresh_field("producer_doctypes");
		if (added.length) frm.dirty();
		event_streaming.subscribed_rows.warn_of_names(frm);
		event_streaming.subscribed_rows.propose_needed(frm);
		return added.length;
	}

	// What documents of the chosen DocTypes link to is fetched once; only what is subscribed to is kept up to date.
	event_streaming.subscribed_rows.propose_needed = async function (frm) {
		const doctypes = frm.doc.producer_doctypes
			.filter((row) => row.ref_doctype && !row.unsubscribe)
			.map((row) => row.ref_doctype);
		const $wrapper = frm.get_field("producer_doctypes").$wrapper;
		const asked = (frm.event_needed = JSON.stringify(doctypes));
		const needed = doctypes.length
			? await frappe.xcall(`${METHODS}get_needed`, { doctypes: asked })
			: [];
		if (frm.event_needed !== asked) return;
		$wrapper.find(".event-needed").remove();
		const known = new Set(frm.doc.producer_doctypes.map((row) => row.ref_doctype));
		const missing = needed.filter((row) => !known.has(row.ref_doctype));
		if (!missing.length) return;
		const escape = frappe.utils.escape_html;
		const names = missing.map(
			(row) => `<b title="${escape(row.why)}">${escape(__(row.ref_doctype))}</b>`
		);
		const text = __(
			"These documents link to {0}. What they link to comes with them once; later changes of it come only if you also subscribe to it.",
			[names.join(", ")]
		);
		const $hint = $(`<div class="event-needed form-message blue rounded p-3 my-3">${text}
			<button class="btn btn-xs btn-default ml-2">${__("Add")}</button></div>`);
		$hint.find("button").on("click", () =>
			add_rows(
				frm,
				missing.map(({ ref_doctype }) => ({ ref_doctype, use_same_name: 1 }))
			)
		);
		$hint.insertBefore($wrapper.find(".event-help"));
	};

	/** How a DocType counts its documents, in words; empty when it doesn't. */
	function counting_rule(meta) {
		const rule = meta?.autoname || "";
		const series = (meta?.fields || []).find((field) => field.fieldname === "naming_series");
		if (rule.startsWith("naming_series:") || (series && !rule)) {
			return (series?.options || "").split("\n").filter(Boolean)[0] || __("naming series");
		}
		if (rule.toLowerCase() === "autoincrement") return "1, 2, 3, …";
		return /#/.test(rule) ? rule.replace(/^format:/, "") : "";
	}
})();
