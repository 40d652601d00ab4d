frappe.provide("event_streaming");

event_streaming.state_colors = {
	"Waiting for Approval": "orange",
	Streaming: "green",
	Failing: "yellow",
	Stopped: "red",
	Paused: "gray",
	Rejected: "red",
};

event_streaming.approval_colors = { Pending: "orange", Approved: "green", Rejected: "red" };

// One line above the form. It is always marked up: v16 shows a text without any tag as it is, v15 does not.
event_streaming.show_headline = function (frm, html, color) {
	frm.dashboard.clear_headline();
	if (html) frm.dashboard.set_headline(`<div>${html}</div>`, color);
};

// A colored dot before the DocType of each row. Call it in setup: v15 copies the fields after that. v16 may
// have to load the rows' DocType first.
event_streaming.color_rows = function (frm, table, fieldname, get_color) {
	const row_doctype = frappe.meta.get_docfield(frm.doctype, table).options;
	frappe.model.with_doctype(row_doctype, () =>
		frm.set_indicator_formatter(fieldname, get_color)
	);
};

// In a list whose states are stored elsewhere. To be called when a row is drawn: a list's own code is loaded before this.
event_streaming.state_indicator = function (settings, doc) {
	const state = doc.paused ? "Paused" : settings.states[doc.name];
	return state && [__(state), event_streaming.state_colors[state], `paused,=,${doc.paused}`];
};

event_streaming.show_states = function (settings, listview, states) {
	if (JSON.stringify(states) === JSON.stringify(settings.states)) return;
	settings.states = states;
	listview.render_list();
};

// Asks for the state of a link every few seconds for as long as somebody looks at the form.
event_streaming.watch_state = function (frm, ask) {
	clearInterval(frm.link_state_timer);
	frm.link_state_timer = setInterval(() => {
		if (cur_frm !== frm || frm.is_new() || frappe.get_route()[0] !== "Form") {
			clearInterval(frm.link_state_timer);
		} else if (!document.hidden) {
			ask();
		}
	}, 10000);
};

event_streaming.number = (value) => format_number(value, null, 0);

// A word on a colored ground, as beside the titles of forms. The word is one of ours.
event_streaming.pill = (word, color) =>
	`<span class="indicator-pill no-indicator-dot ${color || "gray"}">${__(word)}</span>`;

// How far behind a link is, in words. Empty when it isn't.
event_streaming.describe_lag = function (state) {
	if (!state.behind) return "";
	const changes =
		state.behind === 1 ? __("1 change behind") : __("{0} changes behind", [state.behind]);
	const seconds = Math.round(state.lag_seconds || 0);
	return seconds ? `${changes} (${frappe.utils.get_formatted_duration(seconds)})` : changes;
};

// How fast work goes and how long it will take, in words. Empty while that isn't known.
event_streaming.describe_pace = function ({ per_second, seconds_left }) {
	if (!per_second) return "";
	const rate =
		per_second >= 1
			? __("{0} a second", [event_streaming.number(per_second)])
			: __("{0} a minute", [event_streaming.number(per_second * 60)]);
	if (!seconds_left) return rate;
	const left = frappe.utils.get_formatted_duration(seconds_left);
	return `${rate} · ${__("{0} left", [left])}`;
};

// JSON is stored in one line; a person wants it indented. Changes what is shown, not the document.
event_streaming.indent_json = function (frm, fieldname) {
	try {
		frm.doc[fieldname] = JSON.stringify(JSON.parse(frm.doc[fieldname]), null, 2);
		frm.refresh_field(fieldname);
	} catch {
		// not JSON: it is shown as it is
	}
};

/**
 * Shows the progress of a job until it is finished: by socket at once, and by asking now and then, since not
 * every bench has a socket server.
 * @param {string} job - as the server named it
 * @param {Object} options
 * @param {string} options.title - of the progress bar
 * @param {function(Object): [number, number, string]} options.measure - done, total and words
 * @param {boolean} options.can_cancel - whether the job ends early when its user says so
 * @param {function(Object): void} options.finished - called once with the last progress
 */
event_streaming.watch_job = function (job, { title, measure, finished, can_cancel }) {
	const started = Date.now();
	let silent = true;
	let over = false;

	const stop = () => {
		over = true;
		clearInterval(timer);
		frappe.realtime.off("event_streaming_progress", show);
		frappe.hide_progress();
	};
	const show = (progress) => {
		if (over || !progress || progress.job !== job) return;
		silent = false;
		if (progress.finished) {
			stop();
			finished(progress);
			return;
		}
		const [done, total, words] = measure(progress);
		const told = [words, event_streaming.describe_pace(progress)].filter(Boolean).join(" · ");
		frappe.show_progress(title, done, Math.max(total, 1), told);
		offer_cancel();
	};
	const offer_cancel = () => {
		const dialog = frappe.cur_progress;
		if (!can_cancel || !dialog || dialog.offers_cancel) return;
		dialog.offers_cancel = true;
		dialog.set_secondary_action_label(__("Cancel"));
		dialog.set_secondary_action(() => frappe.xcall("event_streaming.progress.cancel", { job }));
	};
	const ask = () => {
		if (silent && Date.now() - started > 30000) {
			stop();
			frappe.msgprint(
				__(
					"This has not begun after 30 seconds. It will as soon as a background worker of this site is free; if that never happens, no worker is running."
				)
			);
			return;
		}
		frappe.xcall("event_streaming.progress.read", { job }).then(show);
	};

	frappe.show_progress(title, 0, 1, __("Waiting for a background worker"));
	frappe.realtime.on("event_streaming_progress", show);
	const timer = setInterval(ask, 2000);
};

// --- a site that moved, and copies of a site

event_streaming.move_link = function (frm, method, argument) {
	frappe.prompt(
		{
			fieldname: "url",
			fieldtype: "Data",
			label: __("New Address of the Other Site"),
			description: __("That site has to prove that it is the one this link is with. Nothing else changes."),
			reqd: 1,
		},
		({ url }) =>
			frappe.xcall(method, { [argument]: frm.doc.name, url }).then(() => {
				frappe.show_alert({ message: __("The link goes on at {0}.", [url]), indicator: "green" });
				frm.reload_doc();
			}),
		__("Move This Link"),
		__("Move")
	);
};

event_streaming.ask_about_copy = function (frm) {
	if (!frm.doc.__onload?.link_state?.is_copy) {
		return;
	}
	const say = (question, method) => () =>
		frappe.confirm(question, () =>
			frappe
				.xcall(`event_streaming.desk.site_copies.${method}`)
				.then(() => frappe.set_route("List", frm.doctype))
		);
	frm.set_intro(
		__(
			"This site's database was made by another site, or at another place. Until you say which of the two it is, its links are paused."
		),
		"orange"
	);
	frm.add_custom_button(
		__("This Site Has Moved"),
		say(
			__("The original no longer runs, and this site takes its place. All its links go on here."),
			"this_site_has_moved"
		)
	);
	frm.add_custom_button(
		__("This Is a Copy"),
		say(
			__("The original goes on. This site becomes one of its own: its documents stay, its links are removed here."),
			"this_is_a_copy"
		)
	);
};

// --- what another site told is text, in lists and reports too

event_streaming.stored_as_told = [
	"Event Backfill",
	"Event By-Product",
	"Event Consumer",
	"Event Difference",
	"Event Producer",
	"Event Reconciliation",
	"Event Stream Cursor",
	"Event Sync Log",
	"Parked Document",
	"Remote Document",
	"Update Log",
];

// Desk shows values of these fields as markup in lists and reports. Forms escape them themselves, so nothing is
// escaped twice: "&" stays.
event_streaming.as_text = (value) =>
	typeof value === "string"
		? value.replace(/[<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
		: value ?? "";

for (const doctype of event_streaming.stored_as_told) {
	for (const field of Object.values(frappe.meta.docfield_map[doctype] || {})) {
		if (["Data", "Small Text", "Text", "Link", "Select"].includes(field.fieldtype)) {
			field.formatter ||= event_streaming.as_text;
		}
	}
}
