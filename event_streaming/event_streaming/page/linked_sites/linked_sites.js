// All sites that this one is linked with, and how they are doing.
frappe.pages["linked-sites"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Linked Sites"),
		single_column: true,
	});
	wrapper.linked_sites = new LinkedSites(page);
};

frappe.pages["linked-sites"].on_page_show = function (wrapper) {
	wrapper.linked_sites?.refresh();
};

const COLORS = {
	Streaming: "green",
	Paused: "gray",
	"Waiting for Approval": "orange",
	Failing: "red",
	Stopped: "red",
	Rejected: "red",
	"Not Registered": "red",
};
const METHOD = "event_streaming.event_streaming.page.linked_sites.linked_sites.get_sites";

class LinkedSites {
	constructor(page) {
		this.$body = $(`<div class="linked-sites p-3"></div>`).appendTo(page.main);
		this.sorted_by = "name";
		this.descends = false;
		page.set_primary_action(__("Refresh"), () => this.refresh());
	}

	columns() {
		const there = (field) => (row) => row.there[field];
		return [
			["name", __("Site"), (row) => row.name],
			["state", __("State"), (row) => row.state],
			["receives", __("From There"), (row) => row.receives],
			["sends", __("To There"), (row) => row.sends],
			["behind", __("Behind"), (row) => row.behind],
			["lag_seconds", __("Lag (s)"), (row) => Math.round(row.lag_seconds)],
			["last_contact", __("Last Contact"), (row) => row.last_contact],
			["failed", __("Failed Here"), (row) => row.failed],
			["parked", __("Parked Here"), (row) => row.parked],
			["failed_there", __("Failed There"), there("failed")],
			["parked_there", __("Parked There"), there("parked")],
			["conflicts", __("Conflicts"), (row) => row.conflicts + (row.there.conflicts || 0)],
			["held", __("DocTypes That Differ"), there("held")],
			["app", __("App"), there("app")],
			["frappe", __("Frappe"), there("frappe")],
		];
	}

	refresh() {
		return frappe.xcall(METHOD).then((rows) => {
			this.rows = rows;
			this.render();
		});
	}

	render() {
		if (!this.rows.length) {
			// nosemgrep -- fixed texts, and parts escaped where they are made
			this.$body.html(
				`<p class="text-muted">${__(
					"This site is not linked with any other. Make an Event Producer to receive from another site, or an Event Invitation for a site that nobody can call."
				)}</p>`
			);
			return;
		}
		// nosemgrep -- fixed texts, and parts escaped where they are made
		this.$body.html(this.picture() + this.table());
		this.$body
			.find("th")
			.on("click", (event) => this.sort(event.currentTarget.dataset.column));
		this.$body.find("[data-site]").on("click", (event) => {
			const row = this.rows[event.currentTarget.dataset.site];
			if (row.producer) frappe.set_route("Form", "Event Producer", row.producer);
			else frappe.set_route("Form", "Event Consumer", row.consumer);
		});
	}

	sort(column) {
		this.descends = this.sorted_by === column ? !this.descends : column !== "name";
		this.sorted_by = column;
		this.render();
	}

	ordered() {
		const [, , value] = this.columns().find(([name]) => name === this.sorted_by);
		const numbers = this.rows.map((row, index) => [value(row) ?? "", index]);
		numbers.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (this.descends ? -1 : 1));
		return numbers.map(([, index]) => index);
	}

	table() {
		const escape = (text) => frappe.utils.escape_html(String(text ?? ""));
		const columns = this.columns();
		const mark = this.descends ? " ↓" : " ↑";
		const heads = columns.map(
			([name, label]) =>
				`<th data-column="${name}" style="cursor: pointer">${label}${
					name === this.sorted_by ? mark : ""
				}</th>`
		);
		const cell = (row, [name, , value]) => {
			if (name === "state") {
				const color = COLORS[row.state] || "gray";
				// The others are options of a field, so translators find them there.
				const state = row.state === "Not Registered" ? __("Not Registered") : __(row.state);
				return `<td title="${escape(
					row.error
				)}"><span class="indicator-pill ${color}">${escape(state)}</span></td>`;
			}
			if (name === "last_contact") {
				return `<td>${
					row.last_contact ? frappe.datetime.comment_when(row.last_contact) : ""
				}</td>`;
			}
			return `<td>${escape(value(row))}</td>`;
		};
		const lines = this.ordered().map(
			(index) =>
				`<tr data-site="${index}" style="cursor: pointer">${columns
					.map((column) => cell(this.rows[index], column))
					.join("")}</tr>`
		);
		return `<div class="table-responsive"><table class="table table-hover"><thead><tr>${heads.join(
			""
		)}</tr></thead><tbody>${lines.join("")}</tbody></table></div>`;
	}

	// Who streams what to whom: this site in the middle.
	picture() {
		const escape = (text) => frappe.utils.escape_html(String(text));
		const count = this.rows.length;
		const at = (index) => {
			const angle = (2 * Math.PI * index) / count - Math.PI / 2;
			return [400 + 300 * Math.cos(angle), 150 + 115 * Math.sin(angle)];
		};
		const stroke = (row) => `var(--${COLORS[row.state] || "gray"}-500)`;
		const lines = this.rows.map((row, index) => {
			const [x, y] = at(index);
			const words = [
				row.receives ? __("{0} DocTypes from there", [row.receives]) : "",
				row.sends ? __("{0} DocTypes to there", [row.sends]) : "",
			];
			const label =
				count <= 24
					? `<text x="${x}" y="${y - 9}" text-anchor="middle" font-size="10"
				fill="var(--text-color)">${escape(row.name.replace(/^https?:\/\//, ""))}</text>`
					: "";
			return `<g data-site="${index}" style="cursor: pointer">
				<title>${escape([row.name, ...words].filter(Boolean).join("\n"))}</title>
				<line x1="400" y1="150" x2="${x}" y2="${y}" stroke="${stroke(row)}" stroke-width="${
				row.receives && row.sends ? 3 : 1.5
			}" ${row.receives ? "" : 'stroke-dasharray="5 4"'} />
				<circle cx="${x}" cy="${y}" r="5" fill="${stroke(row)}" />${label}</g>`;
		});
		return `<svg class="linked-sites-picture w-100" viewBox="0 0 800 300" style="max-height: 300px">${lines.join(
			""
		)}<circle cx="400" cy="150" r="9" fill="var(--text-color)" /><text x="400" y="176" text-anchor="middle"
			font-size="11" fill="var(--text-color)">${__("This Site")}</text></svg>`;
	}
}
