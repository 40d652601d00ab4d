"""Before the DocTypes of the earlier app of this name are replaced."""

import frappe

from event_streaming import install
from event_streaming.takeover import layout


def execute() -> None:
	if not frappe.db.exists("DocType", "Update Log"):
		install.make_sequence()
	layout.prepare()
