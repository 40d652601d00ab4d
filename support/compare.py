"""When two documents on two sites are the same: all that is stored, child rows with their names and order too."""

from typing import Any

from support.site import Site

NAME_FIELDS = ("name",)


def snapshot(site: Site, doctype: str, name: str) -> dict | None:
	"""See `ops.stored_values`."""
	return site.call("stored_values", doctype=doctype, name=name)


def differences(one: Any, other: Any, path: str = "") -> list[str]:
	"""Where two snapshots differ, a line for each place."""
	if isinstance(one, dict) and isinstance(other, dict):
		lines = []
		for key in sorted({*one, *other}):
			lines += differences(one.get(key), other.get(key), f"{path}.{key}" if path else key)
		return lines
	if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
		lines = []
		for place, (left, right) in enumerate(zip(one, other, strict=True), start=1):
			lines += differences(left, right, f"{path}[{place}]")
		return lines
	return [] if one == other else [f"{path or 'document'}: {one!r} != {other!r}"]


def assert_same(
	one: Site, other: Site, doctype: str, name: str, other_name: str | None = None, except_fields: tuple = ()
) -> None:
	"""
	:param other_name: what the document is called on the other site, when names may differ
	:param except_fields: fields that may differ, such as a link to a document with another name
	"""
	left, right = snapshot(one, doctype, name), snapshot(other, doctype, other_name or name)
	assert left is not None, f"{one.name} has no {doctype} {name}"
	assert right is not None, f"{other.name} has no {doctype} {other_name or name}"
	if other_name:
		except_fields = (*except_fields, *NAME_FIELDS)
	for field in except_fields:
		left.pop(field, None), right.pop(field, None)
	found = differences(left, right)
	assert not found, f"{doctype} {name} differs between {one.name} and {other.name}:\n" + "\n".join(found)


def assert_all_same(one: Site, other: Site, doctype: str) -> int:
	"""Every document of a DocType is on both sites and the same; how many these are."""
	names = sorted(one.names(doctype))
	assert names == sorted(other.names(doctype))
	for name in names:
		assert_same(one, other, doctype, name)
	return len(names)
