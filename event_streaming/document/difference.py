"""The difference between two snapshots of one document, as an Update carries it.

``changed`` {field: value}, and for each child table that differs: ``added`` whole rows, ``removed``
row names, ``row_changed`` {row name: {field: value}} and ``order``, the names of all rows in their new
order. Values are absolute, so applying a difference twice changes nothing. Rows are known by name.
``was`` has the values before, in the same shape as ``changed`` and ``row_changed``: who finds another value
there knows that two sites changed it at once. It also has the whole rows that were `removed`, which only this site's
log and, apart from the difference, newer consumers are told.
"""

from typing import Any

HEADER = ("doctype", "name")


def difference(before: dict, after: dict) -> dict:
	"""What turns `before` into `after`; empty when they are the same."""
	diff: dict = {}
	for field, value in after.items():
		if field in HEADER:
			continue
		if isinstance(value, list):
			_table_difference(diff, field, before.get(field) or [], value)
		elif before.get(field) != value:
			diff.setdefault("changed", {})[field] = value
			diff.setdefault("was", {}).setdefault("changed", {})[field] = before.get(field)
	return diff


def _table_difference(diff: dict, table: str, before: list[dict], after: list[dict]) -> None:
	old = {row["name"]: row for row in before}
	new = {row["name"]: row for row in after}
	added = [row for row in after if row["name"] not in old]
	removed = [name for name in old if name not in new]
	changed = {
		name: changes
		for name, row in new.items()
		if name in old and (changes := row_difference(old[name], row))
	}
	if added:
		diff.setdefault("added", {})[table] = added
	if removed:
		diff.setdefault("removed", {})[table] = removed
		diff.setdefault("was", {}).setdefault("removed", {})[table] = [old[name] for name in removed]
	if changed:
		diff.setdefault("row_changed", {})[table] = changed
		diff.setdefault("was", {}).setdefault("row_changed", {})[table] = {
			name: {field: old[name].get(field) for field in changes} for name, changes in changed.items()
		}
	if added or removed or list(old) != list(new):
		diff.setdefault("order", {})[table] = list(new)


def row_difference(before: dict, after: dict) -> dict:
	"""Changed fields of one row; its place is told by `order`, not by `idx`."""
	return {
		field: value
		for field, value in after.items()
		if field not in ("name", "idx") and before.get(field) != value
	}


def names_in(diff: dict) -> dict:
	"""What a difference changes, without any value: `changed` fields, rows by table that were `added`, `row_changed` or `removed`,
	the `columns` by table of the first two, and the `order` of tables."""
	rows = {part: diff.get(part) or {} for part in ("added", "row_changed", "removed")}
	columns: dict[str, set[str]] = {}
	for table, some in rows["added"].items():
		columns.setdefault(table, set()).update(*some)
	for table, changes in rows["row_changed"].items():
		columns.setdefault(table, set()).update(*changes.values())
	names: dict[str, Any] = {
		"changed": list(diff.get("changed") or {}),
		"added": {table: [row["name"] for row in some] for table, some in rows["added"].items()},
		"row_changed": {table: list(some) for table, some in rows["row_changed"].items()},
		"removed": rows["removed"],
		"columns": {table: sorted(some) for table, some in columns.items()},
		"order": diff.get("order"),
	}
	return {part: told for part, told in names.items() if told}


def names_in_document(doc: dict) -> dict:
	"""The same of a document that is new."""
	values = {field: value for field, value in doc.items() if not isinstance(value, list)}
	tables = {field: value for field, value in doc.items() if isinstance(value, list)}
	order = {table: [row["name"] for row in rows] for table, rows in tables.items()}
	return names_in({"changed": values, "added": tables, "order": order})
