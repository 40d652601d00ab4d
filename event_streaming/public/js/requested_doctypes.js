// What an Event Consumer asks for: a block for each DocType, in place of the table of its form.
frappe.provide("event_streaming.requested_doctypes");

(() => {
	const METHODS = "event_streaming.event_streaming.doctype.event_consumer.event_consumer.";

	event_streaming.requested_doctypes.show = function (frm, asked, actions) {
		const field = frm.get_field("consumer_doctypes");
		field.$wrapper.find(".event-request").remove();
		const $request = $('<div class="event-request"></div>').prependTo(field.$wrapper);
		field.$wrapper.find(".form-grid-container, .grid-description, .control-label").hide();
		render(frm, $request, asked, actions);
		frappe
			.xcall(`${METHODS}inspect_request`, { consumer: frm.doc.name })
			.then((inspected) => render(frm, $request, inspected, actions));
	};

	function render(frm, $request, rows, actions) {
		$request.html(rows.map((row) => request_row(frm, row)).join(""));
		if (!rows.length) {
			// nosemgrep -- fixed texts, and parts escaped where they are made
			$request.html(`<p class="text-muted">${__("It asks for nothing at present.")}</p>`);
		}
		$request.find("[data-answer]").on("click", (event) => {
			const { doctype, answer } = event.currentTarget.dataset;
			actions.answer(doctype, answer);
		});
		$request
			.find("[data-keep-back]")
			.on("click", (event) => actions.keep_back(event.currentTarget.dataset.keepBack));
	}

	function request_row(frm, row) {
		const doctype = frappe.utils.escape_html(row.ref_doctype);
		const color = event_streaming.approval_colors[row.status];
		return `
			<div class="border rounded p-3 mb-3" data-doctype="${doctype}">
				<div class="d-flex flex-wrap justify-content-between align-items-center" style="gap: 0.5rem">
					<div><b class="mr-2">${__(doctype)}</b>${
			row.unsubscribed ? "" : event_streaming.pill(row.status, color)
		}</div>
					<div>${answers(row)
						.map((answer) => answer_button(doctype, answer))
						.join(" ")}
						<button class="btn btn-xs btn-default" data-keep-back="${doctype}">${__("Keep Back")}</button>
					</div>
				</div>
				<ul class="mb-0 mt-2 pl-4">${facts(frm, row)
					.map((fact) => `<li>${fact}</li>`)
					.join("")}</ul>
			</div>`;
	}

	function answers(row) {
		return row.unsubscribed
			? []
			: ["Approved", "Rejected"].filter((answer) => answer !== row.status);
	}

	function answer_button(doctype, answer) {
		const [label, kind] =
			answer === "Approved" ? [__("Approve"), "btn-primary"] : [__("Reject"), "btn-default"];
		return `<button class="btn btn-xs ${kind}" data-doctype="${doctype}" data-answer="${answer}">${label}</button>`;
	}

	function facts(frm, row) {
		if (row.may_read === undefined) return [__("Counting its documents …")];
		const user = frappe.utils.escape_html(frm.doc.event_subscriber);
		const escape = frappe.utils.escape_html;
		const told = [];
		if (row.unsubscribed)
			told.push(__("Not asked for: given where a document that is given links to it."));
		if (!row.may_read) {
			told.push(
				__(
					"{0} may not read these documents here, so none are sent. Give this user a role that may read them.",
					[user]
				)
			);
		} else {
			told.push(how_many(row, user));
		}
		if (row.still_given) {
			told.push(
				row.approved_condition
					? __("Until you answer, it gets those that fit {0}", [
							`<code>${escape(as_words(row.approved_condition))}</code>`,
					  ])
					: __("Until you answer, it gets what you approved before")
			);
		}
		if (row.condition) {
			told.push(
				__("Only those that fit {0}", [`<code>${escape(as_words(row.condition))}</code>`])
			);
		}
		if (row.own_filter) {
			told.push(
				__("Kept back: all that do not fit {0}", [
					`<code>${escape(as_words(row.own_filter))}</code>`,
				])
			);
		}
		if (row.attachments) {
			told.push(
				row.keep_files_back
					? __("It also asks for their files, which are kept back")
					: __("Together with their files")
			);
		}
		if (row.comments) {
			told.push(
				row.keep_annotations_back
					? __("It also asks for the comments on them, which are kept back")
					: __("Together with the comments on them, and who wrote these")
			);
		}
		if (row.tags) {
			told.push(
				row.keep_annotations_back
					? __("It also asks for their tags, which are kept back")
					: __("Together with their tags")
			);
		}
		if (row.assignments) {
			told.push(
				row.keep_annotations_back
					? __("It also asks who is assigned to them, which is kept back")
					: __("Together with who is assigned to them")
			);
		}
		if (row.restrictions.length) {
			told.push(
				__("User Permissions of {0} apply: {1}", [
					user,
					escape(row.restrictions.join(", ")),
				])
			);
		}
		if (row.may_read) {
			told.push(
				row.hidden_fields.length
					? __("Not sent: {0}", [escape(row.hidden_fields.join(", "))])
					: __("All fields are sent, except passwords")
			);
		}
		return told;
	}

	function how_many(row, user) {
		const number = (count) =>
			count >= row.most
				? __("{0} or more", [event_streaming.number(row.most)])
				: event_streaming.number(count);
		if (!row.matching) return __("No documents at present");
		if (row.readable >= row.matching) {
			return row.matching === 1
				? __("1 document at present, which {0} may read", [user])
				: __("{0} documents at present, all of which {1} may read", [
						number(row.matching),
						user,
				  ]);
		}
		return __("{0} of {1} documents: {2} may not read the others", [
			number(row.readable),
			number(row.matching),
			user,
		]);
	}

	// [["Note", "public", "=", 1]] as: public = 1
	function as_words(condition) {
		try {
			const filters = JSON.parse(condition);
			const rows = Array.isArray(filters)
				? filters.map((row) => row.slice(-3))
				: Object.entries(filters).map(([field, value]) =>
						Array.isArray(value) ? [field, ...value] : [field, "=", value]
				  );
			return rows.map((row) => row.map((part) => String(part)).join(" ")).join(", ");
		} catch {
			return condition;
		}
	}
})();
