// A line on the form of each document that came from another site, and the way to its log in the connections.
// What is known of its origin comes with the document itself, see event_streaming/desk/origin.py.
frappe.provide("event_streaming");

/**
 * The address of a document in the Desk of another site; empty for what is no web address.
 * Which version runs there is not known here: both answer to /app, v16 by a redirect to /desk.
 */
event_streaming.remote_url = function (site, doctype, name) {
	if (!/^https?:\/\//i.test(site || "") || !doctype || !name) return "";
	const path = [frappe.router.slug(doctype), name].map(encodeURIComponent).join("/");
	return `${site}/app/${path}`;
};

(() => {
	const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

	$(document).on("form-refresh", (_event, frm) => {
		frm.layout?.wrapper?.find(".event-streaming-origin, .event-streaming-logs").remove();
		const origin = frm.doc?.__onload?.event_streaming;
		if (!origin || frm.is_new()) return;
		frm.layout.message.before(origin.sources.map((source) => banner(source, origin.read_only)));
		if (origin.read_only) frm.disable_form();
		setTimeout(() => show_logs(frm, origin)); // Desk makes the connections after this
	});

	// An element of its own: form scripts clear the form's own headline.
	function banner(source, read_only) {
		const color = source.trouble ? "orange" : "blue";
		return $(`<div class="form-message ${color} event-streaming-origin">
			<div>${sentences(source, read_only).join(" ")}</div>
		</div>`);
	}

	function sentences(source, read_only) {
		const parts = [__("This document comes from {0}.", [remote_link(source)])];
		if (source.home) parts.push(__("It was first made on {0}.", [escape(source.home)]));
		if (read_only) parts.push(__("It is read-only on this site."));
		if (!source.linked) {
			parts.push(__("Nothing is received from there any more: the link was removed."));
		}
		if (source.trouble) parts.push(trouble(source.trouble));
		return parts;
	}

	function trouble({ status, message, log }) {
		const words = __("Later changes from there are waiting.");
		const reason = message ? ` ${escape(message)}` : "";
		const route = frappe.router.make_url(["event-sync-log", log]);
		const link = log
			? ` <a style="text-decoration: underline" href="${route}">${__("See why")}</a>`
			: "";
		return `<b>${words}</b>${
			status === "Retrying" ? ` ${__("It is tried again automatically.")}` : ""
		}${reason}${link}`;
	}

	function remote_link({ site, doctype, name }) {
		const label = escape(site);
		const url = event_streaming.remote_url(site, doctype, name);
		if (!url) return label;
		return `<a href="${escape(url)}" target="_blank" rel="noopener noreferrer"
			style="text-decoration: underline">${label} ↗</a>`;
	}

	function show_logs(frm, { logs }) {
		if (logs === null || logs === undefined) return;
		const area = frm.dashboard?.transactions_area;
		if (!area || area.find(".event-streaming-logs").length) return;
		const block = $(`<div class="event-streaming-logs mt-2">
			<div class="form-link-title"><span>${__("Event Streaming")}</span></div>
			<div class="document-link">
				<div class="document-link-badge">
					<span class="count">${cint(logs)}</span>
					<a class="badge-link">${__("Event Sync Log")}</a>
				</div>
			</div>
		</div>`);
		block.find(".badge-link").on("click", () =>
			frappe.set_route("List", "Event Sync Log", {
				ref_doctype: frm.doctype,
				docname: frm.docname,
			})
		);
		area.append(block);
		frm.dashboard.links_area.show();
		frm.dashboard.show();
	}
})();
