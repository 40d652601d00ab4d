const PRODUCER_METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer.";
const STATE_INTERVAL = 10000;

frappe.ui.form.on("Event Producer", {
	setup(frm) {
		frm.set_query("ref_doctype", "producer_doctypes", () => ({
			query: "event_streaming.streamable.doctype_query",
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
		watch_state(frm);
	},
});

function add_link_buttons(frm) {
	const paused = frm.doc.paused;
	if (!paused) {
		frm.add_custom_button(__("Pull Now"), () => pull_now(frm));
	}
	frm.add_custom_button(paused ? __("Resume") : __("Pause"), () => set_paused(frm, !paused));
	frm.add_custom_button(__("Open Failures"), () =>
		frappe.set_route("List", "Event Sync Log", {
			event_producer: frm.doc.name,
			status: "Failed",
		})
	);
	frm.page.add_menu_item(__("Rotate Key"), () => rotate_key(frm));
	if (frm.doc.__onload?.link_state?.state === "Stopped") {
		frm.add_custom_button(__("Start Again"), () => start_again(frm));
		frm.change_custom_button_type(__("Start Again"), null, "primary");
	}
}

function show_state(frm, state) {
	const label = state.state || "Waiting for Approval";
	const color = event_streaming.state_colors[label] || "gray";
	if (!frm.is_dirty()) {
		frm.page.set_indicator(__(label), color);
	}
	const troubled = label === "Streaming" && (state.failed || state.parked);
	event_streaming.show_headline(
		frm,
		state_sentence(frm, state, label),
		troubled ? "orange" : color
	);
}

function state_sentence(frm, state, label) {
	const parts = [];
	if (label === "Waiting for Approval") {
		parts.push(
			__(
				"{0} has not approved a DocType yet. Its administrator does that in Event Consumer.",
				[frm.doc.producer_url]
			)
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

// The state changes while the form is open: ask for it as long as somebody looks at it.
function watch_state(frm) {
	clearInterval(frm.link_state_timer);
	frm.link_state_timer = setInterval(() => {
		if (cur_frm !== frm || frm.is_new() || frappe.get_route()[0] !== "Form") {
			clearInterval(frm.link_state_timer);
		} else if (!document.hidden) {
			update_state(frm);
		}
	}, STATE_INTERVAL);
}

function update_state(frm) {
	return frappe
		.xcall(`${PRODUCER_METHODS}get_link_state`, { producer: frm.doc.name })
		.then((state) => show_state(frm, state));
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
			message: steps.map(step_row).join(""),
			indicator: failed ? "red" : "green",
		});
	});
}

function step_row({ ok, title, message }) {
	const color = ok ? "green" : "red";
	const reason = message ? `<p class="text-muted">${frappe.utils.escape_html(message)}</p>` : "";
	return `<div class="mb-3"><span class="indicator ${color}">${title}</span>${reason}</div>`;
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
		() => register_again(frm, __("The link has a new key."))
	);
}

// A log that no longer has this site's place in it can only be followed from its end.
function start_again(frm) {
	frappe.confirm(
		__(
			"Receive again, beginning with what changes on {0} from now on? What has changed there since the last contact is not received; fetch it with Resync From Source where it matters.",
			[frm.doc.producer_url]
		),
		() => register_again(frm, __("This site receives again."))
	);
}

function register_again(frm, message) {
	frappe.xcall(`${PRODUCER_METHODS}rotate_key`, { producer: frm.doc.name }).then(() => {
		frappe.show_alert({ message, indicator: "green" });
		frm.reload_doc();
	});
}
