// What would fail, before anything is fetched. Nothing of it stays on this site. On the form of an Event Producer.
frappe.provide("event_streaming.trial_run");

(() => {
	const METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer.";

	event_streaming.trial_run.start = function (frm) {
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
					.xcall(`${METHODS}start_trial`, { producer: frm.doc.name, count })
					.then((job) =>
						event_streaming.watch_job(job, {
							title: __("Trial Run"),
							measure: () => [0, 1, __("Documents are tried")],
							finished: (told) => show_trials(frm, told),
						})
					),
			__("Trial Run"),
			__("Try")
		);
	};

	function show_trials(frm, { error, trials }) {
		const bad = (trials || []).some((trial) => trial.failed || trial.roots);
		const dialog = frappe.msgprint({
			title: __("Trial Run"),
			message: error
				? frappe.utils.escape_html(error)
				: trials.map((trial) => roots_block(trial) + trial_block(trial)).join(""),
			indicator: error ? "red" : bad ? "orange" : "green",
			wide: true,
		});
		dialog.$wrapper.find("[data-join-roots]").on("click", ({ currentTarget: button }) => {
			const ref_doctype = button.dataset.joinRoots;
			frappe.xcall(`${METHODS}join_roots`, { producer: frm.doc.name, ref_doctype }).then(() => {
				button.disabled = true;
				frappe.show_alert({
					message: __("{0}: both trees begin with the same document now. Try again.", [
						__(ref_doctype),
					]),
					indicator: "green",
				});
			});
		});
	}

	// A tree has one root: where a site was set up in another language, nothing of the other one's tree would come.
	function roots_block(trial) {
		if (!trial.roots) return "";
		const escape = frappe.utils.escape_html;
		const { here, there } = trial.roots;
		const sentence = __(
			"{0} begins with {1} here and with {2} at the producer. If they mean the same, say so: what stands below {2} there comes below {1} here. Else rename {1} to {2} and tick Adopt Existing in the row.",
			[
				`<b>${escape(__(trial.ref_doctype))}</b>`,
				`<b>${escape(here)}</b>`,
				`<b>${escape(there)}</b>`,
			]
		);
		return `<p>${sentence}
			<button class="btn btn-xs btn-default" data-join-roots="${escape(trial.ref_doctype)}">
				${__("They Are the Same")}</button></p>`;
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
				: __(
						"{0}: {1} of {2} that were tried, of {3}, would fail, for these {4} reasons:",
						[doctype, trial.failed, ...counts, trial.reasons.length]
				  );
		return `<p>${sentence}</p><ul class="pl-3">${reasons.join("")}</ul>`;
	}
})();
