const CONSUMER_METHODS = "event_streaming.event_streaming.doctype.event_consumer.event_consumer.";

frappe.ui.form.on("Event Consumer", {
	setup(frm) {
		frm.set_df_property("consumer_doctypes", "cannot_add_rows", true);
		frm.set_df_property("consumer_doctypes", "cannot_delete_rows", true);
	},

	refresh(frm) {
		const asked = frm.doc.consumer_doctypes.filter((row) => !row.unsubscribed);
		show_state(frm, frm.doc.__onload?.link_state || {});
		event_streaming.watch_state(frm, () => update_state(frm));
		add_answer_buttons(frm, asked);
		add_link_buttons(frm);
		event_streaming.requested_doctypes.show(frm, asked, {
			answer: (doctype, status) =>
				call(frm, "answer", { ref_doctype: doctype, status, modified: frm.doc.modified }),
			keep_back: (doctype) => keep_back(frm, doctype),
		});
	},
});

function add_answer_buttons(frm, asked) {
	if (asked.some((row) => row.status !== "Approved")) {
		frm.add_custom_button(__("Approve All"), () => confirm_approval(frm, asked));
		frm.change_custom_button_type(__("Approve All"), null, "primary");
	}
	if (asked.some((row) => row.status !== "Rejected")) {
		frm.add_custom_button(__("Reject All"), () => confirm_rejection(frm));
	}
}

function add_link_buttons(frm) {
	const paused = frm.doc.paused;
	frm.add_custom_button(paused ? __("Resume") : __("Pause"), () =>
		call(frm, "set_paused", { paused: !paused })
	);
	if (!frm.doc.by_mailbox && frappe.model.can_create("Event Producer")) {
		frm.page.add_menu_item(__("Receive From It, Too"), () => receive_too(frm));
	}
	frm.page.add_menu_item(__("Invite Again"), () => invite_again(frm));
	frm.page.add_menu_item(__("Keep Back of Another DocType"), () => ask_for_doctype(frm));
	frm.page.add_menu_item(__("Revoke Key"), () => revoke_key(frm));
	frm.page.add_menu_item(__("Move This Link"), () =>
		event_streaming.move_link(frm, `${CONSUMER_METHODS}move_link`, "consumer")
	);
	event_streaming.ask_about_copy(frm);
	frm.page.add_menu_item(__("Unpair"), () => unpair(frm));
}

// --- the line above the form

function show_state(frm, state) {
	const color = event_streaming.state_colors[state.state] || "gray";
	if (state.state && !frm.is_dirty()) {
		frm.page.set_indicator(__(state.state), color);
	}
	const pending = frm.doc.consumer_doctypes.filter(
		(row) => row.status === "Pending" && !row.unsubscribed
	);
	const sentence = pending.length ? request_sentence(frm, pending) : progress_sentence(state);
	event_streaming.show_headline(frm, sentence, pending.length ? "orange" : color);
}

function update_state(frm) {
	return frappe
		.xcall(`${CONSUMER_METHODS}get_link_state`, { consumer: frm.doc.name })
		.then((state) => show_state(frm, state));
}

function request_sentence(frm, pending) {
	if (pending.every((row) => row.still_given)) {
		return __(
			"{0} asks for something else than before. What you approved goes on until you answer below.",
			[frappe.utils.escape_html(frm.doc.callback_url).bold()]
		);
	}
	return __("{0} asks for documents of this site. Nothing leaves before you approve it below.", [
		frappe.utils.escape_html(frm.doc.callback_url).bold(),
	]);
}

function progress_sentence(state) {
	const parts = [];
	if (state.state === "Streaming" && state.last_contact) {
		parts.push(event_streaming.describe_lag(state) || __("Everything has been fetched"));
	} else if (state.state === "Paused") {
		parts.push(__("Nothing is handed over until you press Resume."));
	} else if (state.state === "Rejected") {
		parts.push(__("This site gives it nothing."));
	}
	for (const [doctype, why] of Object.entries(state.held || {})) {
		parts.push(
			__("{0} is held until its condition is put right: {1}", [
				frappe.utils.escape_html(__(doctype)).bold(),
				frappe.utils.escape_html(why),
			])
		);
	}
	if (state.trouble) {
		parts.push(frappe.utils.escape_html(state.trouble));
	}
	parts.push(
		state.last_contact
			? __("Last contact {0}", [frappe.datetime.comment_when(state.last_contact)])
			: __("It has not fetched anything yet")
	);
	return parts.join(" · ");
}

// --- what is kept back

function ask_for_doctype(frm) {
	frappe.prompt(
		{
			fieldname: "doctype",
			fieldtype: "Link",
			options: "DocType",
			label: __("DocType"),
			description: __(
				"Documents that are not asked for are given where others link to them."
			),
			get_query: () => ({ query: "event_streaming.document.streamable.doctype_query" }),
			reqd: 1,
		},
		({ doctype }) => keep_back(frm, doctype),
		__("Keep Back of Another DocType")
	);
}

function keep_back(frm, doctype) {
	const row = frm.doc.consumer_doctypes.find((one) => one.ref_doctype === doctype) || {};
	frappe.prompt(
		[
			{
				fieldname: "left_out_fields",
				fieldtype: "Small Text",
				label: __("Left Out Fields"),
				default: row.left_out_fields,
				description: __(
					"Fields that never leave this site for the other one, one a line: a fieldname, or table.fieldname. The other site is informed that they are left out."
				),
			},
			{
				fieldname: "own_filter",
				fieldtype: "Code",
				options: "JSON",
				label: __("Own Filter"),
				default: row.own_filter,
				description: __(
					'Only documents that fit it are given, whatever the other site asks for, for example [["company", "=", "North"]].'
				),
			},
		],
		(values) => call(frm, "keep_back", { ref_doctype: doctype, ...values }),
		__("Keep Back of {0}", [__(doctype)]),
		__("Save")
	);
}

// --- buttons

function confirm_approval(frm, asked) {
	const doctypes = asked.map((row) => __(row.ref_doctype)).join(", ");
	const modified = frm.doc.modified; // what is asked for may change while the question stands there
	frappe.confirm(
		frappe.utils.escape_html(
			__("Give {0} the documents of {1} that {2} may read?", [
				frm.doc.callback_url,
				doctypes,
				frm.doc.event_subscriber,
			])
		),
		() => call(frm, "approve_all", { modified })
	);
}

function confirm_rejection(frm) {
	frappe.confirm(
		frappe.utils.escape_html(__("Give {0} no more documents?", [frm.doc.callback_url])),
		() => call(frm, "reject_all")
	);
}

function revoke_key(frm) {
	frappe.confirm(
		frappe.utils.escape_html(
			__(
				"Revoke the key of {0} now? It gets nothing until its administrator presses Rotate Key there, and then goes on where it stopped.",
				[frm.doc.callback_url]
			)
		),
		() =>
			call(frm, "revoke_key").then(() =>
				frappe.show_alert({ message: __("The key is useless now."), indicator: "green" })
			)
	);
}

// The other direction, with what is known of that site already.
function receive_too(frm) {
	const url = frm.doc.current_url || frm.doc.name;
	frappe.db.exists("Event Producer", url).then((is_there) => {
		if (is_there) return frappe.set_route("Form", "Event Producer", url);
		frappe.new_doc("Event Producer", {}, (producer) => {
			producer.producer_url = url;
			producer.event_subscriber = frm.doc.event_subscriber;
		});
	});
}

// For a site that this one can't call and that has lost its key.
function invite_again(frm) {
	frappe.new_doc("Event Invitation", {}, (invitation) => {
		invitation.renews = frm.doc.name;
		invitation.event_subscriber = frm.doc.event_subscriber;
		for (const { ref_doctype } of frm.doc.consumer_doctypes.filter(
			(row) => !row.unsubscribed
		)) {
			frappe.model.add_child(
				invitation,
				"Event Invitation DocType",
				"doctypes"
			).ref_doctype = ref_doctype;
		}
	});
}

function unpair(frm) {
	const site = frm.doc.callback_url;
	frappe.confirm(
		frappe.utils.escape_html(
			__(
				"End the link with {0}? Its key stops working at once. Documents that it has stay there. It can ask again, and you would have to approve again.",
				[site]
			)
		),
		() =>
			frappe.xcall(`${CONSUMER_METHODS}unpair`, { consumer: frm.doc.name }).then(() => {
				frappe.set_route("List", "Event Consumer");
				frappe.msgprint({
					title: __("Link Ended"),
					message: frappe.utils.escape_html(
						__(
							"{0} gets nothing more from this site. Its administrator sees that on the form of the Event Producer there, and can unpair it too.",
							[site]
						)
					),
					indicator: "green",
				});
			})
	);
}

function call(frm, method, args) {
	return frappe
		.xcall(CONSUMER_METHODS + method, { consumer: frm.doc.name, ...args })
		.then(() => frm.reload_doc());
}
