"""Many documents at once, as they are."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import frappe
from frappe.utils import now

if TYPE_CHECKING:
	from frappe.model.document import Document


def bulk_insert(
	doctype: str, documents: "Iterable[Document]", ignore_duplicates: bool = False, chunk_size: int = 10_000
) -> None:
	"""Inserts documents and their rows as they are: no checks, no hooks."""
	documents = list(documents)
	meta = frappe.get_meta(doctype)
	tables = {doctype: documents}
	for df in meta.get_table_fields():
		tables[df.options] = [row for doc in documents for row in doc.get(df.fieldname)]
	for table, rows in tables.items():
		columns = frappe.get_meta(table).get_valid_columns()
		frappe.db.bulk_insert(
			table,
			columns,
			_get_values(rows, columns),
			ignore_duplicates=ignore_duplicates,
			chunk_size=chunk_size,
		)


def _get_values(documents: "Iterable[Document]", columns: list[str]) -> Iterable[tuple]:
	for doc in documents:
		doc.creation = doc.modified = now()
		doc.owner = doc.modified_by = frappe.session.user
		values = doc.get_valid_dict(ignore_nulls=True, ignore_virtual=True)
		yield tuple(values.get(column) for column in columns)
