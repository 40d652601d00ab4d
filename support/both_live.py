"""Two sites that give each other the same documents, and what both made of them."""

import json

from support import link

INVOICE, CUSTOMER, ITEM, NOTE = "Shop Invoice", "Shop Customer", "Shop Item", "Shop Note"
DOCTYPES = [INVOICE, CUSTOMER, ITEM, NOTE]


def rows_of(site, name, table="items", field="description"):
	return [row[field] for row in site.get(INVOICE, name)[table]]


def lost(site) -> list[dict]:
	"""What the Event Sync Log of a site says was lost, oldest first."""
	found = site.rows("Event Sync Log", ["conflict"], {"conflict": ["is", "set"]})
	return [conflict for row in found for conflict in json.loads(row["conflict"])]


def both_ways(hq, branch, rule_at_branch=None, rule_at_hq=None):
	link.connect(branch, hq, [{"ref_doctype": name, "on_conflict": rule_at_branch} for name in DOCTYPES])
	link.connect(hq, branch, [{"ref_doctype": name, "on_conflict": rule_at_hq} for name in DOCTYPES])
	link.drain(branch, hq)


def drain_both(hq, branch):
	for _round in range(3):
		link.drain(branch, hq)
		link.drain(hq, branch)


def invoice(site, **values):
	item = site.create(ITEM, standard_rate=5)["name"]
	rows = [{"item": item, "qty": number, "description": f"row {number}"} for number in (1, 2)]
	return site.create(INVOICE, items=rows, **values)["name"]
