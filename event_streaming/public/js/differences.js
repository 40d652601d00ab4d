// Fields that are not the same on both sites: what to do about each. On the form of an Event Producer.
frappe.provide("event_streaming.differences");

(() => {
	const METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer.";

	event_streaming.differences.show = function (frm) {
		const producer = frm.doc.name;
		Promise.all([
			frappe.xcall(`${METHODS}get_differences`, { producer }),
			frappe.xcall(`${METHODS}get_ready_mappings`, { producer }),
		]).then(([rows, ready]) => {
			const dialog = new frappe.ui.Dialog({
				title: __("Differences"),
				size: "extra-large",
				fields: [{ fieldname: "rows", fieldtype: "HTML" }],
			});
			dialog.fields_dict.rows.$wrapper.html(
				rows.length
					? differences_table(rows, ready)
					: `<p>${__("No field differs that matters.")}</p>`
			);
			dialog.$wrapper.find("[data-missing]").on("click", (event) => {
				const { missing, there } = event.currentTarget.dataset;
				save_missing_fields(frm, missing, Boolean(there));
			});
			dialog.$wrapper.find("[data-ready]").on("click", (event) => {
				dialog.hide();
				load_ready_mapping(frm, event.currentTarget.dataset.ready);
			});
			dialog.show();
		});
	};

	function load_ready_mapping(frm, ref_doctype) {
		frappe
			.xcall(`${METHODS}load_ready_mapping`, { producer: frm.doc.name, ref_doctype })
			.then(({ mapping, left }) => {
				frm.reload_doc();
				const escape = frappe.utils.escape_html;
				frappe.msgprint({
					title: __("Mapping Made"),
					message: left.length
						? __("{0} is in use now. It does not take: {1}", [
								escape(mapping).bold(),
								escape(left.join(", ")),
						  ])
						: __("{0} is in use now. It takes every field.", [escape(mapping).bold()]),
					indicator: "green",
				});
			});
	}

	function differences_table(rows, ready) {
		const escape = frappe.utils.escape_html;
		const doctypes = [...new Set(rows.map((row) => row.ref_doctype))];
		return doctypes
			.map(
				(doctype) => `
				<h5>${escape(__(doctype))}
					<button class="btn btn-xs btn-default" data-missing="${escape(doctype)}">${__(
					"Missing Fields"
				)}</button>
					<button class="btn btn-xs btn-default" data-there="1" data-missing="${escape(doctype)}">${__(
					"Fields for the Other Site"
				)}</button>
					${
						ready.includes(doctype)
							? `<button class="btn btn-xs btn-primary" data-ready="${escape(
									doctype
							  )}">${__("Load Ready Mapping")}</button>`
							: ""
					}
				</h5>
				<table class="table table-sm"><tbody>${rows
					.filter((row) => row.ref_doctype === doctype)
					.map(
						(row) => `<tr><td><code>${escape(row.field)}</code></td><td>${__(
							row.kind
						)}</td>
							<td>${escape(row.there)}</td><td>${escape(row.here)}</td><td>${escape(row.advice)}</td></tr>`
					)
					.join("")}</tbody></table>`
			)
			.join("");
	}

	function save_missing_fields(frm, ref_doctype, there) {
		frappe
			.xcall(`${METHODS}get_missing_fields`, {
				producer: frm.doc.name,
				ref_doctype,
				there,
			})
			.then((content) => {
				const link = document.createElement("a");
				link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
				link.download = `custom_fields_${frappe.scrub(ref_doctype)}.json`;
				link.click();
				URL.revokeObjectURL(link.href);
			});
	}
})();
