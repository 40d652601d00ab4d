"""The difference between two snapshots of one document, as an Update carries it.

``changed`` {field: value}, and for each child table that differs: ``added`` whole rows, ``removed``
row names, ``row_changed`` {row name: {field: value}} and ``order``, the names of all rows in their new
order. Values are absolute, so applying a difference twice changes nothing. Rows are known by name.
``was`` has the values before, in the same shape as ``changed`` and ``row_changed``: who finds another value
there knows that two sites changed it at once. It also has the whole rows that were `removed`, which only this site's
log and, apart from the difference, newer consumers are told.
"""

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
