frappe.listview_settings["Event Sync Log"] = {
	hide_name_column: true,

	onload(listview) {
		listview.page.add_actions_menu_item(__("Resync"), () => {
			const names = listview.get_checked_items(true);
			frappe
				.xcall(
					"event_streaming.event_streaming.doctype.event_sync_log.event_sync_log.bulk_resync",
					{
						names,
					}
				)
				.then((job) => watch_resync(listview, job));
		});
	},
};

function watch_resync(listview, job) {
	event_streaming.watch_job(job, {
		title: __("Resync"),
		measure: ({ done, total }) => [done, total, __("{0} of {1} documents", [done, total])],
		finished: ({ mended, failed, messages, error }) => {
			listview.clear_checked_items();
			listview.refresh();
			if (error) {
				frappe.msgprint({
					title: __("Resync Broke Off"),
					message: frappe.utils.escape_html(error),
					indicator: "red",
				});
				return;
			}
			const result = __("{0} documents synced, {1} still failing", [mended, failed]);
			const reasons = messages.map(
				(message) => `<li>${frappe.utils.escape_html(message)}</li>`
			);
			frappe.msgprint({
				title: __("Resync"),
				message: failed ? `${result}<ul class="mt-2">${reasons.join("")}</ul>` : result,
				indicator: failed ? "orange" : "green",
			});
		},
	});
}
