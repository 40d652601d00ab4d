"""Runs the steps of `support.erpnext.kinds`."""

import frappe

from support.erpnext.inside import (
	accounting,
	everyday,
	follow_ups,
	masters,
	production,
	selling,
	supply,
	vouchers,
)

MODULES = (masters, vouchers, follow_ups, production, selling, supply, accounting, everyday)


def run(step: str, made: dict) -> dict:
	"""One step, given what the steps before it have made: plain values by key, with the `kind`. What is made after it."""
	[function, *_others] = [found for module in MODULES if (found := getattr(module, step, None))]
	function(made)
	frappe.set_user("Administrator")
	return made


def made_since(doctypes: list[str], known: dict[str, list[str]]) -> dict[str, list[str]]:
	"""Names of the documents of these DocTypes that are not `known`."""
	return {
		doctype: sorted(set(frappe.get_all(doctype, pluck="name", limit=0)) - set(known.get(doctype, [])))
		for doctype in doctypes
	}
