"""What Frappe does, one sentence at a time, where Event Streaming relies on it.

Each function of `STATEMENTS`' modules is a sentence. It runs inside a site, in a transaction that is rolled back, on the
playground as on a real bench: so the playground does what Frappe does, where it does anything at all.
"""

STATEMENTS = (
	"hooks",
	"naming",
	"values",
	"checks",
	"links",
	"docstatus",
	"children",
	"direct_writes",
	"queries",
	"filters",
	"renaming",
	"deleting",
	"trees",
	"permissions",
	"transactions",
	"jobs",
	"passwords",
	"customizing",
	"singles",
	"utilities",
)
