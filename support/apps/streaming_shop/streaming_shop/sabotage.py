"""Wrong ways to number the Update Log, put in place of the right one in a site's web server by the key
`shop_sabotage` of its site config: a test that shows that nothing is lost has to notice what these lose."""

import frappe

from event_streaming.producer import positions

right_way = positions._write_positions


def before_request() -> None:
	"""Every request works as the site config says now; without the key, as the app has it."""
	positions._write_positions = WAYS[frappe.conf.get("shop_sabotage")]


def page_by_id(rows: list[frappe._dict], last: int) -> None:
	"""A row's position is its id, taken when it was written: readers have passed the rows of slow transactions."""
	_write({row.name: int(row.name) for row in rows}, rows, last)


def page_by_time(rows: list[frappe._dict], last: int) -> None:
	"""A row's position is the microsecond in which it was written, which is no better."""
	log = frappe.qb.DocType("Update Log")
	names = [row.name for row in rows]
	written = dict(frappe.qb.from_(log).select(log.name, log.creation).where(log.name.isin(names)).run())
	_write({name: int(time.timestamp() * 1_000_000) for name, time in written.items()}, rows, last)


def _write(places: dict[int, int], rows: list[frappe._dict], last: int) -> None:
	if not last:
		places[min(places, key=places.get)] = 1  # where every consumer begins
	for name, position in places.items():
		frappe.db.set_value("Update Log", name, "position", position, update_modified=False)
	furthest = max(rows, key=lambda row: places[row.name])
	if places[furthest.name] > last:
		head = {"position": places[furthest.name], "event_key": furthest.event_key}
		frappe.db.set_value("Update Log Head", positions.HEAD, head, update_modified=False)


WAYS = {None: right_way, "page_by_id": page_by_id, "page_by_time": page_by_time}
