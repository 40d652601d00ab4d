// How an Event Producer's link is, above its form.
frappe.provide("event_streaming.producer_state");

(() => {
	const METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer.";

	event_streaming.producer_state.show = function (frm, state) {
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
	};

	// How many values of the last 30 days lost, by kind; each leads to the rows of the log that tell of them.
	event_streaming.producer_state.show_conflicts = function (frm, counts) {
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
	};

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
				state.parked === 1
					? __("1 document waits")
					: __("{0} documents wait", [state.parked])
			);
		}
		if (state.failed) {
			parts.push(
				state.failed === 1
					? __("1 change failed")
					: __("{0} changes failed", [state.failed])
			);
		}
		if (state.last_contact) {
			parts.push(__("Last contact {0}", [frappe.datetime.comment_when(state.last_contact)]));
		}
		return parts.join(" · ");
	}

	event_streaming.producer_state.update = function (frm) {
		return frappe
			.xcall(`${METHODS}get_link_state`, { producer: frm.doc.name })
			.then((state) => event_streaming.producer_state.show(frm, state));
	};
})();
