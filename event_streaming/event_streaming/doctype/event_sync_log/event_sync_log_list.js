const BULK_METHODS = "event_streaming.event_streaming.doctype.event_sync_log.event_sync_log.bulk_";

frappe.listview_settings["Event Sync Log"] = {
	hide_name_column: true,
	add_fields: ["conflict", "ref_doctype", "update_type"],

	formatters: {
		// What went well needs no message: then the column tells what it was.
		message(message, _df, { update_type, ref_doctype }) {
			const text = message || `${__(update_type)} · ${__(ref_doctype)}`;
			return `<span class="ellipsis" title="${frappe.utils.escape_html(
				text
			)}">${frappe.utils.escape_html(text)}</span>`;
		},
	},

	get_indicator({ status, conflict }) {
		if (status === "Synced" && conflict) {
			return [__("Synced, Conflict"), "yellow", "status,=,Synced|conflict,is,set"];
		}
		const colors = { Synced: "green", Failed: "red", Waiting: "orange", Skipped: "gray" };
		return [__(status), colors[status], `status,=,${status}`];
	},

	onload(listview) {
		listview.page.add_actions_menu_item(__("Resync"), () =>
			act(listview, "resync", __("Resync"))
		);
		listview.page.add_actions_menu_item(__("Resync From Source"), () =>
			frappe.confirm(
				__(
					"Fetch the whole documents from the other site as they are there now? What was changed on them here only is lost."
				),
				() => act(listview, "resync_from_source", __("Resync From Source"))
			)
		);
		listview.page.add_actions_menu_item(__("Skip"), () =>
			frappe.confirm(
				__(
					"Leave these changes out for good? The documents may then differ from those on the other site."
				),
				() => act(listview, "skip", __("Skip"))
			)
		);
	},
};

function act(listview, method, title) {
	const names = listview.get_checked_items(true);
	frappe
		.xcall(BULK_METHODS + method, { names })
		.then((job) => watch(listview, job, method, title));
}

function watch(listview, job, method, title) {
	event_streaming.watch_job(job, {
		title,
		can_cancel: true,
		measure: ({ done, total }) => [done, total, __("{0} of {1}", [done, total])],
		finished: (result) => {
			listview.clear_checked_items();
			listview.refresh();
			tell(result, method, title);
		},
	});
}

function tell({ fixed, failed, messages, error, cancelled }, method, title) {
	if (error) {
		frappe.msgprint({
			title: __("{0} Broke Off", [title]),
			message: frappe.utils.escape_html(error),
			indicator: "red",
		});
		return;
	}
	const result =
		method === "skip"
			? __("{0} changes skipped, {1} could not be", [fixed, failed])
			: __("{0} documents synced, {1} still failing", [fixed, failed]);
	const told = cancelled ? `${__("Cancelled")}. ${result}` : result;
	const reasons = messages.map((message) => `<li>${frappe.utils.escape_html(message)}</li>`);
	frappe.msgprint({
		title,
		message: failed ? `${told}<ul class="mt-2">${reasons.join("")}</ul>` : told,
		indicator: failed ? "orange" : "green",
	});
}
