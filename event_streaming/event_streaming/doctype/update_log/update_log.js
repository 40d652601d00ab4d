frappe.ui.form.on("Update Log", {
	refresh(frm) {
		frm.disable_save();
		event_streaming.indent_json(frm, "data");
		const { change, is_here, consumers = [] } = frm.doc.__onload || {};
		const { ref_doctype, docname } = frm.doc;
		const here = event_streaming.local_link(ref_doctype, docname, is_here);
		const places = [
			[__("On This Site"), here],
			[__("For"), receivers(frm, consumers)],
		];
		if (passed(frm).length) places.push([__("Came By"), passed(frm).join(" → ")]);
		event_streaming.show_change(frm, places, change);
	},
});

// The sites that the change has passed before it was replayed here.
function passed(frm) {
	try {
		return JSON.parse(frm.doc.path || "[]").map((site) =>
			frappe.utils.escape_html(String(site))
		);
	} catch {
		return [];
	}
}

// Who is to have the change, and whether they have it; each link opens the document on that site.
function receivers(frm, consumers) {
	const { ref_doctype, docname } = frm.doc;
	const links = consumers.map(({ site, fetched }) => {
		const url = event_streaming.remote_url(site, ref_doctype, docname);
		const color = fetched ? "green" : "orange";
		const state = fetched ? __("fetched") : __("not fetched yet");
		return `<div>${event_streaming.remote_link(url, site)}
			<span class="indicator-pill ${color} ml-2">${state}</span></div>`;
	});
	return (
		links.join("") || `<span class="text-muted">${__("No other site receives this.")}</span>`
	);
}
