// Documents that were at the other site before: fetching them, and comparing both sites. On the form of an Event Producer.
frappe.provide("event_streaming.existing_documents");

(() => {
	const METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer.";
	const INTERVAL = 2000;
	const SHOWN = 50; // differences in the dialog; the list has all
	const STATUS_COLORS = {
		Queued: "blue",
		Running: "blue",
		Done: "green",
		Stopped: "gray",
		Failed: "red",
	};
	const KINDS = {
		Missing: [__("not here"), "orange"],
		Different: [__("not the same"), "orange"],
		Surplus: [__("no longer there"), "gray"],
		Behind: [__("on its way"), "blue"],
	};
	const escape = (text) => frappe.utils.escape_html(text);
	const is_busy = (row) => ["Queued", "Running"].includes(row?.status);

	event_streaming.existing_documents.show = function (frm) {
		const doctypes = frm.doc.producer_doctypes
			.filter((row) => row.status === "Approved" && !row.unsubscribe)
			.map((row) => row.ref_doctype);
		const $table = frm.get_field("producer_doctypes").$wrapper;
		$table.find(".existing-documents").remove();
		if (doctypes.length) new Existing(frm, $table, [...new Set(doctypes)]).follow();
	};

	class Existing {
		constructor(frm, $table, doctypes) {
			this.frm = frm;
			this.doctypes = doctypes;
			this.backfilled = this.compared = [];
			this.$wrapper = $(`
				<div class="existing-documents border rounded p-3 mb-3">
					<div class="d-flex flex-wrap justify-content-between align-items-center" style="gap: 0.5rem">
						<b>${__("Documents From Before")}</b>
						<div class="existing-buttons"></div>
					</div>
					<p class="text-muted mt-2 mb-0">${__(
						"Changes arrive automatically. Backfill fetches what was there before, while changes go on. Compare looks for documents that are not the same on both sites."
					)}</p>
					<div class="existing-rows"></div>
				</div>`).appendTo($table);
		}

		// As long as something is under way and somebody looks at it.
		follow() {
			clearTimeout(this.frm.existing_timer);
			return Promise.all([this.ask("get_backfill"), this.ask("get_reconciliation")]).then(
				([backfilled, compared]) => {
					this.backfilled = backfilled;
					this.compared = compared;
					this.render();
					if ([...backfilled, ...compared].some(is_busy)) {
						this.frm.existing_timer = setTimeout(
							() => this.$wrapper.is(":visible") && this.follow(),
							INTERVAL
						);
					}
				}
			);
		}

		ask(method, args) {
			return frappe.xcall(METHODS + method, { producer: this.frm.doc.name, ...args });
		}

		render() {
			this.render_buttons();
			const rows = this.doctypes.map((doctype) => {
				const of_it = (row) => row.ref_doctype === doctype;
				return this.row(doctype, this.backfilled.find(of_it), this.compared.find(of_it));
			});
			this.$wrapper
				.find(".existing-rows")
				.html(rows.join(""))
				.find("[data-differences]")
				.on("click", (event) => {
					event.preventDefault();
					this.show_differences(event.currentTarget.dataset.differences);
				});
		}

		render_buttons() {
			const $buttons = this.$wrapper.find(".existing-buttons").empty();
			const add = (label, action) =>
				$(`<button class="btn btn-xs btn-default mr-1">${label}</button>`)
					.appendTo($buttons)
					.on("click", action);
			const unfinished = this.backfilled.some((row) =>
				["Stopped", "Failed"].includes(row.status)
			);
			if (this.backfilled.some(is_busy)) {
				add(__("Stop"), () => this.ask("stop_backfill").then(() => this.follow()));
			} else if (unfinished) {
				add(__("Go On"), () => this.ask("start_backfill").then(() => this.follow()));
			} else {
				add(__("Backfill"), () => this.confirm_backfill());
				add(__("Fetch a Part"), () => this.ask_for_part());
			}
			if (this.compared.some(is_busy)) {
				add(__("Stop Comparing"), () =>
					this.ask("stop_reconciliation").then(() => this.follow())
				);
			} else {
				add(__("Compare"), () =>
					this.ask("start_reconciliation").then(() => this.follow())
				);
			}
		}

		confirm_backfill() {
			frappe.confirm(
				__(
					"Fetch all documents of {0} that are at {1}? Those that are here already are not written again.",
					[
						this.doctypes.map((doctype) => escape(__(doctype))).join(", "),
						escape(this.frm.doc.name),
					]
				),
				() => this.ask("start_backfill").then(() => this.follow())
			);
		}

		ask_for_part() {
			frappe.prompt(
				[
					{
						fieldname: "doctype",
						fieldtype: "Select",
						label: __("DocType"),
						options: this.doctypes.map((value) => ({ value, label: __(value) })),
						reqd: 1,
					},
					{
						fieldname: "from_date",
						fieldtype: "Date",
						label: __("Made From"),
						description: __("Only documents that were made there on that day or later."),
					},
					{
						fieldname: "only",
						fieldtype: "Code",
						options: "JSON",
						label: __("Only"),
						description: __(
							'Filters, for example [["company", "=", "North"]] or [["name", "in", ["A-1", "A-2"]]].'
						),
					},
					{
						fieldname: "newest_first",
						fieldtype: "Check",
						label: __("Newest First"),
						description: __(
							"What they link to comes along. What is worked out of others, such as an outstanding amount, is right when all have come."
						),
					},
				],
				({ doctype, ...part }) =>
					this.ask("start_backfill", { doctypes: [doctype], ...part }).then(() =>
						this.follow()
					),
				__("Fetch a Part"),
				__("Fetch")
			);
		}

		row(doctype, backfilled, compared) {
			const told = [
				this.backfill_words(backfilled),
				this.comparison_words(doctype, compared),
			];
			const status =
				backfilled &&
				event_streaming.pill(backfilled.status, STATUS_COLORS[backfilled.status]);
			return `
				<div class="mt-3" data-doctype="${escape(doctype)}">
					<div><b class="mr-2">${escape(__(doctype))}</b>${status || ""}</div>
					${backfilled ? progress_bar(backfilled.percent, backfilled.status) : ""}
					${told
						.filter(Boolean)
						.map((line) => `<div class="small">${line}</div>`)
						.join("")}
				</div>`;
		}

		backfill_words(row) {
			if (!row) return __("Not fetched yet");
			if (row.status === "Queued" && !row.total) {
				return __("Begins as soon as a background worker is free");
			}
			const number = event_streaming.number;
			const parts = [
				__("{0} of {1} looked at", [
					number(row.done),
					number(Math.max(row.total, row.done)),
				]),
				row.part && __("only {0}", [escape(row.part)]),
				row.taken && __("{0} taken", [number(row.taken)]),
				row.skipped && __("{0} were here already", [number(row.skipped)]),
				row.failed && __("{0} failed", [number(row.failed)]),
				row.waiting && __("{0} wait", [number(row.waiting)]),
				row.message && escape(row.message),
				event_streaming.describe_pace(row),
			];
			return parts.filter(Boolean).join(" · ");
		}

		comparing_words(row) {
			const number = event_streaming.number;
			const words = [
				row.total
					? __("Comparing: {0} of about {1}", [number(row.done), number(row.total)])
					: __("Comparing …"),
				event_streaming.describe_pace(row),
			];
			const percent = row.total ? Math.min((100 * row.done) / row.total, 99) : 0;
			return progress_bar(percent, row.status) + words.filter(Boolean).join(" · ");
		}

		comparison_words(doctype, row) {
			if (!row) return "";
			if (is_busy(row)) return this.comparing_words(row);
			if (row.status === "Stopped") return __("The comparison was stopped.");
			if (row.status === "Failed") return escape(row.message || "");
			const number = event_streaming.number;
			const percent = format_number(row.percent, null, row.percent % 1 ? 2 : 0);
			const counts = __("There {0}, here {1}, {2} % the same", [
				number(row.there),
				number(row.here),
				percent,
			]);
			const differences = row.missing + row.different + row.surplus + row.behind;
			const skipped = row.not_compared
				? ` · ${escape(__("Not compared, since only one site has them: {0}", [row.not_compared]))}`
				: "";
			if (!differences) return counts + skipped;
			return `${counts}${skipped} · <a href="#" style="text-decoration: underline" data-differences="${escape(
				doctype
			)}">${
				differences === 1
					? __("Show 1 difference")
					: __("Show {0} differences", [number(differences)])
			}</a>`;
		}

		// --- what is not the same

		show_differences(doctype) {
			return frappe.db
				.get_list("Event Difference", {
					fields: ["name", "kind", "remote_docname", "docname", "message"],
					filters: { event_producer: this.frm.doc.name, ref_doctype: doctype },
					order_by: "kind asc, remote_docname asc",
					limit: SHOWN + 1,
				})
				.then((differences) => this.open_differences(doctype, differences));
		}

		open_differences(doctype, differences) {
			const surplus = differences.some((row) => row.kind === "Surplus");
			const dialog = new frappe.ui.Dialog({
				title: __("{0}: Not the Same", [__(doctype)]),
				fields: [
					{ fieldtype: "HTML", fieldname: "rows" },
					{
						fieldtype: "Check",
						fieldname: "delete_surplus",
						label: __("Also delete here what is no longer there"),
						hidden: !surplus,
					},
				],
				primary_action_label: __("Take All From Source"),
				primary_action: ({ delete_surplus }) => {
					dialog.hide();
					this.repair(doctype, { delete_surplus: Boolean(delete_surplus) });
				},
			});
			dialog.fields_dict.rows.$wrapper
				.html(this.difference_rows(doctype, differences))
				.find("[data-take]")
				.on("click", (event) => {
					dialog.hide();
					this.repair(doctype, { names: [event.currentTarget.dataset.take] });
				});
			dialog.show();
		}

		difference_rows(doctype, differences) {
			const rows = differences.slice(0, SHOWN).map((row) => {
				const [words, color] = KINDS[row.kind];
				const name = row.docname
					? `<a href="${frappe.utils.get_form_link(doctype, row.docname)}">${escape(
							row.docname
					  )}</a>`
					: escape(row.remote_docname);
				const take = ["Missing", "Different"].includes(row.kind)
					? `<button class="btn btn-xs btn-default" data-take="${escape(
							row.remote_docname
					  )}">${__("Take From Source")}</button>`
					: "";
				return `
					<div class="d-flex flex-wrap justify-content-between align-items-center border-bottom py-2">
						<div>${name} <span class="indicator-pill no-indicator-dot ${color} ml-2">${words}</span>
							<div class="small text-muted">${escape(row.message || "")}</div></div>
						${take}
					</div>`;
			});
			const more = differences.length > SHOWN ? this.link_to_all(doctype) : "";
			return rows.join("") + more;
		}

		link_to_all(doctype) {
			const filters = new URLSearchParams({
				event_producer: this.frm.doc.name,
				ref_doctype: doctype,
			});
			const route = frappe.router.make_url(["event-difference"]);
			return `<p class="mt-2"><a href="${route}?${filters}">${__("Show all of them")}</a></p>`;
		}

		repair(doctype, args) {
			this.ask("repair", { doctype, ...args }).then((job) =>
				event_streaming.watch_job(job, {
					title: __("Taking From Source"),
					can_cancel: true,
					measure: ({ done, total }) => [
						done || 0,
						total || 1,
						__("{0} of {1}", [done || 0, total || 1]),
					],
					finished: (result) => {
						tell_repaired(result);
						this.follow();
					},
				})
			);
		}
	}

	function progress_bar(percent, status) {
		const color = { Failed: "bg-danger", Stopped: "bg-secondary" }[status] || "bg-success";
		return `
			<div class="progress my-1" style="height: 6px">
				<div class="progress-bar ${color}" style="width: ${cint(percent)}%"></div>
			</div>`;
	}

	function tell_repaired({ fixed, deleted, failed, messages, error, cancelled }) {
		if (error || failed) {
			const lines = [error, ...(messages || [])].filter(Boolean);
			frappe.msgprint({
				title: __("{0} taken, {1} failed", [cint(fixed), cint(failed)]),
				message: lines.map((line) => `<p>${escape(line)}</p>`).join(""),
				indicator: "red",
			});
			return;
		}
		const words = [__("{0} taken from the source", [cint(fixed)])];
		if (cancelled) words.unshift(__("Cancelled"));
		if (deleted) words.push(__("{0} deleted here", [deleted]));
		frappe.show_alert({ message: words.join(", "), indicator: "green" });
	}
})();
