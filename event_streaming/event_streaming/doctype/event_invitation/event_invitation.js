frappe.ui.form.on("Event Invitation", {
	setup(frm) {
		frm.set_query("ref_doctype", "doctypes", () => ({
			query: "event_streaming.document.streamable.doctype_query",
		}));
		frm.set_query("event_subscriber", () => ({
			filters: { enabled: 1, name: ["!=", "Guest"] },
		}));
	},

	refresh(frm) {
		if (frm.is_new()) {
			frm.set_intro(
				__(
					"For a site that this one can't call: behind a router, on a mobile line, in a shop. Save, make the code, and give it to the administrator of that site."
				),
				"blue"
			);
		} else if (frm.doc.redeemed_by) {
			frm.disable_save();
			const made = sends(frm) ? "Event Producer" : "Event Consumer";
			frm.add_custom_button(__(made), () =>
				frappe.set_route("Form", made, frm.doc.redeemed_by)
			);
		} else {
			const label = frm.doc.expires_at ? __("Make Another Code") : __("Make Code");
			frm.add_custom_button(label, () => make_code(frm));
			frm.change_custom_button_type(label, null, "primary");
		}
	},
});

function make_code(frm) {
	frappe
		.xcall(
			"event_streaming.event_streaming.doctype.event_invitation.event_invitation.make_code",
			{ invitation: frm.doc.name }
		)
		.then((made) => {
			show_code(made, sends(frm));
			frm.reload_doc();
		});
}

const sends = (frm) => frm.doc.purpose === "Send to This Site";

function show_code({ code, url, qr }, sends) {
	const escape = frappe.utils.escape_html;
	const label = __("QR code");
	const picture = qr ? `<p><img src="${escape(qr)}" alt="${escape(label)}"></p>` : "";
	frappe.msgprint({
		title: __("Code for One Site"),
		message: `<p>${
			sends
				? __(
						"Enter this at the other site: list of Event Consumers, Enter a Code. It is good once, for an hour, and is not shown again."
				  )
				: __(
						"Enter this at the other site, in a new Event Producer. It is good once, for an hour, and is not shown again."
				  )
		}</p><p>${sends ? __("Site That Receives") : __("Site to Receive From")}: <b>${escape(url)}</b></p>
			<p>${__("Code")}: <b class="invitation-code" style="font-family: monospace">${escape(
			code
		)}</b></p>${picture}`,
		indicator: "blue",
	});
}
