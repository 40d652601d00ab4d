// Runs in the block on the workspace, whose element is `root_element`. Here, and not in HTML, so that it is translated.
const steps = [
	[
		__("Ask"),
		__(
			"The site that wants documents names the other one in an Event Producer, with the DocTypes it wants."
		),
	],
	[
		__("Approve"),
		__(
			"An Event Consumer appears on the site that owns the documents. Nothing leaves before each DocType is approved there."
		),
	],
	[
		__("Stream"),
		__(
			"Every create, change, rename and delete arrives within seconds, with the documents that it links to."
		),
	],
	[
		__("Fix"),
		__(
			"What does not fit waits and is tried again; all else goes on. Failed says why, Resync ends it."
		),
	],
];

const document_icon = (place) =>
	`<g class="document">
		<path class="paper" d="M${place} 24h11l5 5v19h-16z" />
		<path class="line" d="M${place + 4} 33h8m-8 5h8m-8 5h5" />
	</g>`;

const caption = __("Documents travel from one site to another");
const picture = `
	<svg viewBox="0 0 220 72" role="img" aria-label="${caption}">
		<path class="way" d="M6 36h200" />
		<path class="tip" d="M204 29l10 7l-10 7z" />
		${[36, 92, 148].map(document_icon).join("")}
	</svg>`;

const site = (title, records, lists) => `
	<div class="site">
		<div class="title">${title}</div>
		<div class="muted">${records}</div>
		<a class="chip" href="${lists.route}">${lists.label}</a>
	</div>`;

// nosemgrep -- fixed texts, and parts escaped where they are made
root_element.querySelector(".how-it-works").innerHTML = `
	<h4>${__("How It Works")}</h4>
	<div class="sites">
		${site(__("The site that owns the documents"), __("keeps a list of who receives"), {
			label: __("Event Consumer"),
			route: frappe.router.make_url(["event-consumer"]),
		})}
		${picture}
		${site(__("The site that receives them"), __("keeps a list of where they come from"), {
			label: __("Event Producer"),
			route: frappe.router.make_url(["event-producer"]),
		})}
	</div>
	<ol>
		${steps.map(([title, text]) => `<li><b>${title}</b><span>${text}</span></li>`).join("")}
	</ol>
	<div class="muted">${__("A site can do both, with any number of other sites.")}</div>`;
