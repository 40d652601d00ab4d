const PRODUCER_METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer.";

frappe.ui.form.on("Event Producer", {
	setup(frm) {
		frm.set_query("ref_doctype", "producer_doctypes", () => ({
			query: "event_streaming.document.streamable.doctype_query",
		}));
		frm.set_query("mapping", "producer_doctypes", (doc, cdt, cdn) => ({
			filters: { local_doctype: locals[cdt][cdn].ref_doctype },
		}));
		frm.set_query("event_subscriber", () => ({
			filters: { enabled: 1, name: ["!=", "Guest"] },
		}));
		event_streaming.color_rows(frm, "producer_doctypes", "ref_doctype", (row) =>
			row.unsubscribe ? "gray" : event_streaming.approval_colors[row.status]
		);
	},

	refresh(frm) {
		frm.add_custom_button(__("Test Connection"), () => test_connection(frm));
		frm.add_custom_button(__("Load Preset"), () => load_preset(frm));
		propose_needed(frm);
		explain_table(frm);
		warn_of_names(frm);
		if (frm.is_new()) {
			frm.set_intro(
				__(
					"This site will receive documents from another site. Name that site, choose the user in whose name documents are written, and list the DocTypes. After saving, the administrator of the other site has to approve them there."
				),
				"blue"
			);
			return;
		}
		add_link_buttons(frm);
		show_state(frm, frm.doc.__onload?.link_state || {});
		show_conflicts(frm, frm.doc.__onload?.conflicts || {});
		event_streaming.watch_state(frm, () => update_state(frm));
		event_streaming.existing_documents.show(frm);
	},
});

frappe.ui.form.on("Event Producer Document Type", {
	ref_doctype(frm) {
		warn_of_names(frm);
		propose_needed(frm);
	},
	use_same_name: warn_of_names,
	unsubscribe: warn_of_names,
	has_mapping: warn_of_names,
	producer_doctypes_remove(frm) {
		warn_of_names(frm);
		propose_needed(frm);
	},
});

function add_link_buttons(frm) {
	const paused = frm.doc.paused;
	if (!paused) {
		frm.add_custom_button(__("Pull Now"), () => pull_now(frm));
		if (frm.doc.producer_doctypes.some((row) => row.status === "Approved")) {
			frm.add_custom_button(__("Trial Run"), () => trial_run(frm));
		}
	}
	frm.add_custom_button(paused ? __("Resume") : __("Pause"), () => set_paused(frm, !paused));
	frm.add_custom_button(__("Open Failures"), () =>
		frappe.set_route("List", "Event Sync Log", {
			event_producer: frm.doc.name,
			status: "Failed",
		})
	);
	frm.add_custom_button(__("Differences"), () => show_differences(frm));
	frm.page.add_menu_item(__("Rotate Key"), () => rotate_key(frm));
	frm.page.add_menu_item(__("Move This Link"), () =>
		event_streaming.move_link(frm, `${PRODUCER_METHODS}move_link`, "producer")
	);
	event_streaming.ask_about_copy(frm);
	frm.page.add_menu_item(__("Unpair"), () => unpair(frm));
	if (frm.doc.__onload?.link_state?.state === "Stopped") {
		frm.add_custom_button(__("Start Again"), () => start_again(frm));
		frm.change_custom_button_type(__("Start Again"), null, "primary");
	}
}

function show_state(frm, state) {
	const label = state_label(frm, state);
	const color = event_streaming.state_colors[label] || "gray";
	if (!frm.is_dirty()) {
		frm.page.set_indicator(__(label), color);
	}
	const troubled =
		label === "Streaming" &&
		(state.failed ||
			state.parked ||
			state.unreadable?.length ||
			Object.keys(state.differences || {}).length ||
			Object.keys(state.held || {}).length);
	event_streaming.show_headline(
		frm,
		state_sentence(frm, state, label),
		troubled ? "orange" : color
	);
}

// How many values of the last 30 days lost, by kind; each leads to the rows of the log that tell of them.
function show_conflicts(frm, counts) {
	const labels = {
		waiting: __("Conflicts to Decide"),
		fields: __("Conflicts of Fields"),
		rows: __("Conflicts of Rows"),
		states: __("Conflicts of States"),
		names: __("Conflicts of Names"),
		deletions: __("Conflicts with Deletions"),
	};
	for (const [kind, label] of Object.entries(labels)) {
		if (!counts[kind]) continue;
		const indicator = frm.dashboard.add_indicator(
			`${label}: ${cint(counts[kind])}`,
			kind === "waiting" ? "red" : "yellow"
		);
		indicator?.css("cursor", "pointer").on("click", () =>
			frappe.set_route("List", "Event Sync Log", {
				event_producer: frm.doc.name,
				conflict: ["is", "set"],
				...(kind === "waiting" ? { status: "Failed" } : {}),
			})
		);
	}
}

function state_label(frm, state) {
	const label = state.state || "Waiting for Approval";
	const asked = frm.doc.producer_doctypes.filter((row) => !row.unsubscribe);
	const refused = asked.length && asked.every((row) => row.status === "Rejected");
	return label === "Waiting for Approval" && refused ? "Rejected" : label;
}

function state_sentence(frm, state, label) {
	const parts = [];
	if (label === "Waiting for Approval") {
		parts.push(
			__(
				"{0} has not approved a DocType yet. Its administrator does that there, in Event Consumer.",
				[frappe.utils.escape_html(frm.doc.producer_url).bold()]
			)
		);
	} else if (label === "Rejected") {
		parts.push(
			__("{0} rejected all requested DocTypes. Contact its administrator, or unpair.", [
				frappe.utils.escape_html(frm.doc.producer_url).bold(),
			])
		);
	} else if (label === "Streaming") {
		parts.push(event_streaming.describe_lag(state) || __("Everything is up to date"));
	} else if (label === "Paused") {
		parts.push(__("Nothing is fetched until you press Resume."));
	}
	if (state.error && ["Failing", "Stopped"].includes(label)) {
		parts.push(frappe.utils.escape_html(state.error));
	}
	if (label === "Failing" && state.next_attempt_in) {
		const wait = frappe.utils.get_formatted_duration(state.next_attempt_in);
		parts.push(__("Next attempt in {0}", [wait]));
	}
	if (state.nothing_begins) {
		parts.push(frappe.utils.escape_html(state.nothing_begins));
	}
	for (const [doctype, why] of Object.entries(state.held || {})) {
		parts.push(
			__("{0} is held at the other site until its condition is put right: {1}", [
				frappe.utils.escape_html(__(doctype)).bold(),
				frappe.utils.escape_html(why),
			])
		);
	}
	const differing = Object.keys(state.differences || {});
	if (differing.length) {
		parts.push(
			__("Fields of {0} are not as on the other site: see Differences", [
				frappe.utils
					.escape_html(differing.map((doctype) => __(doctype)).join(", "))
					.bold(),
			])
		);
	}
	if (state.unreadable?.length) {
		parts.push(
			__("{0} is not received: {1} has no role on the other site that can read it", [
				frappe.utils
					.escape_html(state.unreadable.map((doctype) => __(doctype)).join(", "))
					.bold(),
				frappe.utils.escape_html(frm.doc.event_subscriber),
			])
		);
	}
	if (state.parked) {
		parts.push(
			state.parked === 1 ? __("1 document waits") : __("{0} documents wait", [state.parked])
		);
	}
	if (state.failed) {
		parts.push(
			state.failed === 1 ? __("1 change failed") : __("{0} changes failed", [state.failed])
		);
	}
	if (state.last_contact) {
		parts.push(__("Last contact {0}", [frappe.datetime.comment_when(state.last_contact)]));
	}
	return parts.join(" · ");
}

function update_state(frm) {
	return frappe
		.xcall(`${PRODUCER_METHODS}get_link_state`, { producer: frm.doc.name })
		.then((state) => show_state(frm, state));
}

// --- fields that are not the same on both sites

function show_differences(frm) {
	const producer = frm.doc.name;
	Promise.all([
		frappe.xcall(`${PRODUCER_METHODS}get_differences`, { producer }),
		frappe.xcall(`${PRODUCER_METHODS}get_ready_mappings`, { producer }),
	]).then(([rows, ready]) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Differences"),
			size: "extra-large",
			fields: [{ fieldname: "rows", fieldtype: "HTML" }],
		});
		dialog.fields_dict.rows.$wrapper.html(
			rows.length
				? differences_table(rows, ready)
				: `<p>${__("No field differs that matters.")}</p>`
		);
		dialog.$wrapper.find("[data-missing]").on("click", (event) => {
			const { missing, there } = event.currentTarget.dataset;
			save_missing_fields(frm, missing, Boolean(there));
		});
		dialog.$wrapper.find("[data-ready]").on("click", (event) => {
			dialog.hide();
			load_ready_mapping(frm, event.currentTarget.dataset.ready);
		});
		dialog.show();
	});
}

function load_ready_mapping(frm, ref_doctype) {
	frappe
		.xcall(`${PRODUCER_METHODS}load_ready_mapping`, { producer: frm.doc.name, ref_doctype })
		.then(({ mapping, left }) => {
			frm.reload_doc();
			const escape = frappe.utils.escape_html;
			frappe.msgprint({
				title: __("Mapping Made"),
				message: left.length
					? __("{0} is in use now. It does not take: {1}", [
							escape(mapping).bold(),
							escape(left.join(", ")),
					  ])
					: __("{0} is in use now. It takes every field.", [escape(mapping).bold()]),
				indicator: "green",
			});
		});
}

function differences_table(rows, ready) {
	const escape = frappe.utils.escape_html;
	const doctypes = [...new Set(rows.map((row) => row.ref_doctype))];
	return doctypes
		.map(
			(doctype) => `
			<h5>${escape(__(doctype))}
				<button class="btn btn-xs btn-default" data-missing="${escape(doctype)}">${__(
				"Missing Fields"
			)}</button>
				<button class="btn btn-xs btn-default" data-there="1" data-missing="${escape(doctype)}">${__(
				"Fields for the Other Site"
			)}</button>
				${
					ready.includes(doctype)
						? `<button class="btn btn-xs btn-primary" data-ready="${escape(
								doctype
						  )}">${__("Load Ready Mapping")}</button>`
						: ""
				}
			</h5>
			<table class="table table-sm"><tbody>${rows
				.filter((row) => row.ref_doctype === doctype)
				.map(
					(row) => `<tr><td><code>${escape(row.field)}</code></td><td>${__(
						row.kind
					)}</td>
						<td>${escape(row.there)}</td><td>${escape(row.here)}</td><td>${escape(row.advice)}</td></tr>`
				)
				.join("")}</tbody></table>`
		)
		.join("");
}

function save_missing_fields(frm, ref_doctype, there) {
	frappe
		.xcall(`${PRODUCER_METHODS}get_missing_fields`, {
			producer: frm.doc.name,
			ref_doctype,
			there,
		})
		.then((content) => {
			const link = document.createElement("a");
			link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
			link.download = `custom_fields_${frappe.scrub(ref_doctype)}.json`;
			link.click();
			URL.revokeObjectURL(link.href);
		});
}

function pull_now(frm) {
	frappe.xcall(`${PRODUCER_METHODS}pull_now`, { producer: frm.doc.name }).then((job) =>
		event_streaming.watch_job(job, {
			title: __("Receiving"),
			measure: ({ done, behind }) => [
				done,
				done + behind,
				__("{0} received, {1} left", [done, behind]),
			],
			finished: (summary) => {
				tell_summary(summary);
				update_state(frm);
			},
		})
	);
}

// What would fail, before anything is fetched. Nothing of it stays on this site.
function trial_run(frm) {
	frappe.prompt(
		{
			fieldname: "count",
			fieldtype: "Int",
			label: __("Documents of Each DocType"),
			default: 20,
			reqd: 1,
			description: __(
				"They are taken through their life cycle here, and all of it is taken back. Nothing is sent to anybody."
			),
		},
		({ count }) =>
			frappe
				.xcall(`${PRODUCER_METHODS}start_trial`, { producer: frm.doc.name, count })
				.then((job) =>
					event_streaming.watch_job(job, {
						title: __("Trial Run"),
						measure: () => [0, 1, __("Documents are tried")],
						finished: show_trials,
					})
				),
		__("Trial Run"),
		__("Try")
	);
}

function show_trials({ error, trials }) {
	const failed = (trials || []).reduce((sum, trial) => sum + trial.failed, 0);
	frappe.msgprint({
		title: __("Trial Run"),
		message: error ? frappe.utils.escape_html(error) : trials.map(trial_block).join(""),
		indicator: error ? "red" : failed ? "orange" : "green",
		wide: true,
	});
}

function trial_block(trial) {
	const escape = frappe.utils.escape_html;
	const doctype = `<b>${escape(__(trial.ref_doctype))}</b>`;
	if (!trial.tried) return `<p>${__("{0}: there are no documents.", [doctype])}</p>`;
	const counts = [trial.tried, trial.total].map((count) => event_streaming.number(count));
	if (!trial.failed) {
		return `<p>${__("{0}: all {1} that were tried, of {2}, would come.", [
			doctype,
			...counts,
		])}</p>`;
	}
	const reasons = trial.reasons.map(
		(reason) => `<li class="mb-2">${event_streaming.number(reason.count)} × ${escape(
			reason.message
		)}
			<div class="text-muted">${escape(reason.names.join(", "))}</div>
			<div><b>${escape(reason.title)}</b>: ${escape(reason.advice)}</div></li>`
	);
	const sentence =
		trial.reasons.length === 1
			? __("{0}: {1} of {2} that were tried, of {3}, would fail, for this reason:", [
					doctype,
					trial.failed,
					...counts,
			  ])
			: __("{0}: {1} of {2} that were tried, of {3}, would fail, for these {4} reasons:", [
					doctype,
					trial.failed,
					...counts,
					trial.reasons.length,
			  ]);
	return `<p>${sentence}</p><ul class="pl-3">${reasons.join("")}</ul>`;
}

function tell_summary(summary) {
	if (summary.error) {
		frappe.msgprint({
			title: __("Not Received"),
			message: frappe.utils.escape_html(summary.error),
			indicator: "red",
		});
	} else if (summary.busy) {
		frappe.show_alert({ message: __("This site is receiving already."), indicator: "blue" });
	} else {
		frappe.show_alert({
			message: __("{0} changes received, {1} failed", [summary.synced, summary.failed]),
			indicator: summary.failed ? "orange" : "green",
		});
	}
}

function test_connection(frm) {
	if (!frm.doc.producer_url) {
		frappe.msgprint(__("Enter the address of the other site first."));
		return;
	}
	const args = { producer_url: frm.doc.producer_url };
	if (!frm.is_new()) args.producer = frm.doc.name;
	frappe.xcall(`${PRODUCER_METHODS}test_connection`, args).then((steps) => {
		const failed = steps.some((step) => !step.ok);
		frappe.msgprint({
			title: failed ? __("Connection Failed") : __("Connection Works"),
			message: `${steps.map(step_row).join("")}<p class="mt-3 mb-0">${next_step(
				frm,
				failed
			)}</p>`,
			indicator: failed ? "red" : "green",
		});
	});
}

/** The one thing that the person at the form does next. */
function next_step(frm, failed) {
	const site = frappe.utils.escape_html(frm.doc.producer_url).bold();
	const rows = frm.doc.producer_doctypes.filter((row) => row.ref_doctype && !row.unsubscribe);
	if (failed) return __("Next: put right what is marked, then test again.");
	if (!rows.length) return __("Next: add a row for each DocType, or use Load Preset, and save.");
	if (frm.is_new() || frm.is_dirty())
		return __("Next: save. Then {0} is asked for these DocTypes.", [site]);
	if (rows.some((row) => row.status === "Pending")) {
		return __(
			"Next: the administrator of {0} approves the DocTypes there, in Event Consumer.",
			[site]
		);
	}
	return __(
		"Next: fetch what was there before with Backfill, if this site needs it; changes arrive automatically."
	);
}

function step_row({ ok, title, message }) {
	const [mark, color] = ok ? ["✓", "green"] : ["✗", "red"];
	const reason = message ? `<p class="text-muted">${frappe.utils.escape_html(message)}</p>` : "";
	return `<div class="mb-3"><b class="mr-2" style="color: var(--${color}-600)">${mark}</b>${title}${reason}</div>`;
}

function set_paused(frm, paused) {
	frappe
		.xcall(`${PRODUCER_METHODS}set_paused`, { producer: frm.doc.name, paused })
		.then(() => frm.reload_doc());
}

function rotate_key(frm) {
	frappe.confirm(
		__("Ask {0} for a new key and secret? The present ones stop working at once.", [
			frm.doc.producer_url,
		]),
		() => call_and_reload(frm, "rotate_key", __("The link has a new key."))
	);
}

// A log that no longer has this site's place in it can only be followed from its end.
function start_again(frm) {
	frappe.confirm(
		__(
			"Resume from now? Changes made on {0} since the last contact are not replayed. What has changed there since the last contact is not received; fetch it with Resync From Source where it matters.",
			[frm.doc.producer_url]
		),
		() => call_and_reload(frm, "start_again", __("This site receives again."))
	);
}

function call_and_reload(frm, method, message) {
	frappe.xcall(`${PRODUCER_METHODS}${method}`, { producer: frm.doc.name }).then(() => {
		frappe.show_alert({ message, indicator: "green" });
		frm.reload_doc();
	});
}

function unpair(frm) {
	const site = frm.doc.producer_url;
	frappe.confirm(
		frappe.utils.escape_html(
			__(
				"End the link with {0} on both sites and delete this record? Documents that came from there stay here. You can subscribe again later.",
				[site]
			)
		),
		() =>
			frappe.xcall(`${PRODUCER_METHODS}unpair`, { producer: frm.doc.name }).then((ended) => {
				frappe.set_route("List", "Event Producer");
				tell_unpaired(site, ended);
			})
	);
}

function tell_unpaired(site, { told, documents, parked }) {
	const done = [
		told
			? __("{0} has deleted its record of this site.", [site])
			: __("{0} could not be notified. Delete the Event Consumer for this site there.", [
					site,
			  ]),
		__("The key of this link has been revoked."),
		__("{0} documents that came from there stay here.", [event_streaming.number(documents)]),
	];
	if (parked) {
		done.push(
			__("{0} documents that waited are no longer tried.", [event_streaming.number(parked)])
		);
	}
	frappe.msgprint({
		title: __("Link Ended"),
		message: `<ul>${done
			.map((line) => `<li>${frappe.utils.escape_html(line)}</li>`)
			.join("")}</ul>`,
		indicator: told ? "green" : "orange",
	});
}

// --- what the settings of the table mean, and what they may lead to

function explain_table(frm) {
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
}

// Two sites that count alike give one name to two documents.
async function warn_of_names(frm) {
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
}

// --- rows that are known to work together

function load_preset(frm) {
	frappe.xcall(`${PRODUCER_METHODS}get_presets`).then((presets) => {
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
				frappe.show_alert({ message: __("{0} rows added", [added]), indicator: "green" });
			},
		});
		dialog.show();
		show_preset(dialog, presets);
	});
}

async function show_preset(dialog, presets) {
	const name = dialog.get_value("preset");
	const escape = frappe.utils.escape_html;
	const loaded = await frappe.xcall(`${PRODUCER_METHODS}get_preset`, { name });
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
	warn_of_names(frm);
	propose_needed(frm);
	return added.length;
}

// What documents of the chosen DocTypes link to is fetched once; only what is subscribed to is kept up to date.
async function propose_needed(frm) {
	const doctypes = frm.doc.producer_doctypes
		.filter((row) => row.ref_doctype && !row.unsubscribe)
		.map((row) => row.ref_doctype);
	const $wrapper = frm.get_field("producer_doctypes").$wrapper;
	const asked = (frm.event_needed = JSON.stringify(doctypes));
	const needed = doctypes.length
		? await frappe.xcall(`${PRODUCER_METHODS}get_needed`, { doctypes: asked })
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
}

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
