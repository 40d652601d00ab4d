"""All sites that this one is linked with, a row each, in a fixed number of queries."""

import json

import frappe

from event_streaming.monitoring.links import RECEIVES, LinkStatus, links

REPORTED = ("app", "frappe", "parked", "failed", "conflicts", "held")
TROUBLE = ("Failing", "Stopped", "Not Registered", "Rejected")


def sites() -> list[dict]:
	"""A row for each other site: `site`, `name` for people, `state` (of the worse direction), `error`, `behind`, `lag_seconds`, `last_contact`;
	`receives` and `sends`, how many DocTypes come from there and go there, None where there is no such link; `producer` and `consumer`,
	the records here; of this site `parked`, `failed` and `conflicts` of what comes from there; `there`, what the site has reported of
	itself (`REPORTED`), with `reported_at`."""
	rows: dict[str, dict] = {}
	ids = _site_ids()
	for link in links():
		key = ids.get((link.doctype, link.site)) or link.site
		_add(rows.setdefault(key, _empty(link.site)), link)
	_add_counts(rows.values())
	_add_reports(rows.values())
	return sorted(rows.values(), key=lambda row: row["name"])


def _empty(site: str) -> dict:
	zeros = dict.fromkeys(("behind", "lag_seconds", "parked", "failed", "conflicts"), 0)
	nothing = dict.fromkeys(("producer", "consumer", "receives", "sends", "reported_at", "last_contact"))
	return {"site": site, "name": site, "state": "", "error": "", **zeros, **nothing, "there": {}}


def _add(row: dict, link: LinkStatus) -> None:
	row["producer" if link.doctype == RECEIVES else "consumer"] = link.site
	if not row["state"] or _rank(link.state) > _rank(row["state"]):
		row["state"] = link.state
	row["error"] = row["error"] or link.error
	row["lag_seconds"] = max(row["lag_seconds"], link.lag_seconds)
	for field in ("behind", "parked", "failed", "conflicts"):
		row[field] += getattr(link, field)
	contact = str(link.last_contact) if link.last_contact else None
	row["last_contact"] = max(filter(None, (row["last_contact"], contact)), default=None)


def _rank(state: str) -> int:
	if state in TROUBLE:
		return 3
	return {"Waiting for Approval": 2, "Paused": 1}.get(state, 0)


def _site_ids() -> dict[tuple[str, str], str]:
	"""Both directions with one site are one row."""
	return {
		(doctype, row.name): row.site_id
		for doctype in ("Event Producer", "Event Consumer")
		for row in frappe.get_all(doctype, fields=["name", "site_id"])
		if row.site_id
	}


def _add_counts(rows) -> None:
	for parenttype, column, field, gone in (
		("Event Producer", "producer", "receives", "unsubscribe"),
		("Event Consumer", "consumer", "sends", "unsubscribed"),
	):
		counts: dict[str, int] = {}
		found = frappe.get_all(
			f"{parenttype} Document Type",
			filters={"parenttype": parenttype, "status": "Approved", gone: 0},
			pluck="parent",
		)
		for parent in found:
			counts[parent] = counts.get(parent, 0) + 1
		for row in rows:
			if row[column]:
				row[field] = counts.get(row[column], 0)


def _add_reports(rows) -> None:
	fields = ["name", "told_name", "report", "reported_at"]
	known = {row.name: row for row in frappe.get_all("Event Consumer", fields=fields)}
	for row in rows:
		consumer = known.get(row["consumer"])
		if consumer:
			row["name"] = consumer.told_name or row["name"]
			row["there"] = json.loads(consumer.report or "{}")
			row["reported_at"] = str(consumer.reported_at) if consumer.reported_at else None
