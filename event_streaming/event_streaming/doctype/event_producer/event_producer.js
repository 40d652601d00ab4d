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
		frm.add_custom_button(__("Load Preset"), () =>
			event_streaming.subscribed_rows.load_preset(frm)
		);
		event_streaming.subscribed_rows.propose_needed(frm);
		event_streaming.subscribed_rows.explain(frm);
		event_streaming.subscribed_rows.warn_of_names(frm);
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
		event_streaming.producer_state.show(frm, frm.doc.__onload?.link_state || {});
		event_streaming.producer_state.show_conflicts(frm, frm.doc.__onload?.conflicts || {});
		event_streaming.watch_state(frm, () => event_streaming.producer_state.update(frm));
		event_streaming.existing_documents.show(frm);
	},
});

frappe.ui.form.on("Event Producer Document Type", {
	ref_doctype(frm) {
		event_streaming.subscribed_rows.warn_of_names(frm);
		event_streaming.subscribed_rows.propose_needed(frm);
	},
	use_same_name: (frm) => event_streaming.subscribed_rows.warn_of_names(frm),
	unsubscribe: (frm) => event_streaming.subscribed_rows.warn_of_names(frm),
	has_mapping: (frm) => event_streaming.subscribed_rows.warn_of_names(frm),
	producer_doctypes_remove(frm) {
		event_streaming.subscribed_rows.warn_of_names(frm);
		event_streaming.subscribed_rows.propose_needed(frm);
	},
});

function add_link_buttons(frm) {
	const paused = frm.doc.paused;
	if (!paused) {
		frm.add_custom_button(__("Pull Now"), () => pull_now(frm));
		if (frm.doc.producer_doctypes.some((row) => row.status === "Approved")) {
			frm.add_custom_button(__("Trial Run"), () => event_streaming.trial_run.start(frm));
		}
	}
	frm.add_custom_button(paused ? __("Resume") : __("Pause"), () => set_paused(frm, !paused));
	frm.add_custom_button(__("Open Failures"), () =>
		frappe.set_route("List", "Event Sync Log", {
			event_producer: frm.doc.name,
			status: "Failed",
		})
	);
	frm.add_custom_button(__("Differences"), () => event_streaming.differences.show(frm));
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
				event_streaming.producer_state.update(frm);
			},
		})
	);
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
