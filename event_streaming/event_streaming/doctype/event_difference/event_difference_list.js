const REPAIR = "event_streaming.event_streaming.doctype.event_producer.event_producer.repair";
const KIND_COLORS = { Missing: "orange", Different: "yellow", Surplus: "purple", Behind: "blue" };

frappe.listview_settings["Event Difference"] = {
	hide_name_column: true,
	add_fields: ["kind", "event_producer", "ref_doctype", "remote_docname"],

	get_indicator({ kind }) {
		return [__(kind), KIND_COLORS[kind], `kind,=,${kind}`];
	},

	onload(listview) {
		listview.page.add_actions_menu_item(__("Take From Source"), () => take(listview, false));
		listview.page.add_actions_menu_item(__("Delete Surplus Here"), () =>
			frappe.confirm(
				__(
					"Delete those of the chosen documents that are no longer on the site that they came from?"
				),
				() => take(listview, true)
			)
		);
	},
};

// The chosen documents may belong to several comparisons: one job for each.
function take(listview, delete_surplus) {
	const groups = {};
	for (const row of listview.get_checked_items()) {
		const key = JSON.stringify([row.event_producer, row.ref_doctype]);
		(groups[key] ||= []).push(row.remote_docname);
	}
	Object.entries(groups).reduce(
		(before, [key, names]) =>
			before.then(() => {
				const [producer, doctype] = JSON.parse(key);
				return start(listview, { producer, doctype, names, delete_surplus });
			}),
		Promise.resolve()
	);
}

function start(listview, args) {
	return frappe.xcall(REPAIR, args).then(
		(job) =>
			new Promise((resolve) =>
				event_streaming.watch_job(job, {
					title: __("Take From Source"),
					measure: ({ done, total }) => [
						done,
						total,
						__("{0} of {1} documents", [done, total]),
					],
					finished: (result) => {
						tell(result);
						listview.clear_checked_items();
						listview.refresh();
						resolve();
					},
				})
			)
	);
}

function tell({ fixed, deleted, failed, messages, error }) {
	if (error) {
		frappe.msgprint({
			title: __("Not Taken"),
			message: frappe.utils.escape_html(error),
			indicator: "red",
		});
		return;
	}
	const result = __("{0} documents fixed, {1} deleted, {2} failed", [fixed, deleted, failed]);
	const reasons = messages.map((message) => `<li>${frappe.utils.escape_html(message)}</li>`);
	frappe.msgprint({
		title: __("Take From Source"),
		message: failed ? `${result}<ul class="mt-2">${reasons.join("")}</ul>` : result,
		indicator: failed ? "orange" : "green",
	});
}
