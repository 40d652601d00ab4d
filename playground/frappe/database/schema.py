"""Tables, columns and indexes. One table per DocType, made and widened from its fields."""

import re
from typing import Any

import frappe
from frappe.database.values import get_column_type
from frappe.exceptions import NotInPlayground
from frappe.utils.data import cint, flt

INDEX_LENGTH = re.compile(r"\s*\([^)]+\)\s*")
SPECIAL_CHARACTERS = re.compile(r"[\W]", re.ASCII)
STANDARD_COLUMNS = """creation DATETIME, modified DATETIME, modified_by TEXT, owner TEXT,
	docstatus INTEGER NOT NULL DEFAULT 0, idx INTEGER NOT NULL DEFAULT 0"""
OPTIONAL_COLUMNS = "_user_tags TEXT, _comments TEXT, _assign TEXT, _liked_by TEXT"
CHILD_COLUMNS = "parent TEXT, parentfield TEXT, parenttype TEXT"
FRAMEWORK_TABLES = """
	CREATE TABLE "tabSingles" (doctype TEXT, field TEXT, value TEXT);
	CREATE INDEX "singles_doctype_field" ON "tabSingles" (doctype, field);
	CREATE TABLE "tabSeries" (name TEXT PRIMARY KEY, current INTEGER NOT NULL DEFAULT 0);
	CREATE TABLE "tabSessions" (user TEXT, sid TEXT PRIMARY KEY, sessiondata TEXT, lastupdate DATETIME, status TEXT);
	CREATE TABLE "__Auth" (doctype TEXT, name TEXT, fieldname TEXT, password TEXT, encrypted INTEGER NOT NULL DEFAULT 0,
		PRIMARY KEY (doctype, name, fieldname));
"""


class Schema:
	def create_framework_tables(self) -> None:
		for statement in FRAMEWORK_TABLES.split(";"):
			if statement.strip():
				self.sql_ddl(statement)

	def updatedb(self, doctype: str, meta: Any = None) -> None:
		"""Makes the DocType's table, or adds the columns and indexes that it lacks. Commits."""
		meta = meta or frappe.get_meta(doctype, cached=False)
		if meta.issingle:
			return
		columns = {
			df.fieldname: df
			for df in meta.fields
			if get_column_type(df.fieldtype) and not df.get("is_virtual")
		}
		for fieldname in columns:
			self._validate_column_name(fieldname)
		if self.table_exists(doctype, cached=False):
			self._alter_table(doctype, columns)
		else:
			self._create_table(doctype, meta, columns)
		frappe.cache.hdel("table_columns", f"tab{doctype}")
		frappe.cache.delete_value("db_tables")
		self.commit()

	def _create_table(self, doctype: str, meta: Any, columns: dict[str, Any]) -> None:
		by_number = meta.autoname == "autoincrement"
		parts = [
			"name INTEGER PRIMARY KEY AUTOINCREMENT" if by_number else "name TEXT PRIMARY KEY",
			STANDARD_COLUMNS,
		]
		parts += [f'"{fieldname}" {_get_definition(df)}' for fieldname, df in columns.items()]
		parts.append(CHILD_COLUMNS if meta.istable else OPTIONAL_COLUMNS)
		self.sql_ddl(f'CREATE TABLE "tab{doctype}" ({", ".join(parts)})')
		self.add_index(doctype, ["parent"] if meta.istable else ["modified"])
		self._add_field_indexes(doctype, columns)

	def _alter_table(self, doctype: str, columns: dict[str, Any]) -> None:
		present = {row["name"]: row["type"] for row in self.describe(doctype)}
		for fieldname, df in columns.items():
			if fieldname not in present:
				self.sql_ddl(f'ALTER TABLE "tab{doctype}" ADD COLUMN "{fieldname}" {_get_definition(df)}')
			elif present[fieldname] != get_column_type(df.fieldtype):
				raise NotInPlayground(f"changing the type of column {fieldname} of {doctype}")
		self._add_field_indexes(doctype, columns)

	def _add_field_indexes(self, doctype: str, columns: dict[str, Any]) -> None:
		for fieldname, df in columns.items():
			if df.get("unique"):
				self.add_unique(doctype, [fieldname], fieldname)
			elif df.get("search_index"):
				self.add_index(doctype, [fieldname])

	def _validate_column_name(self, name: str) -> None:
		if found := SPECIAL_CHARACTERS.findall(name):
			characters = ", ".join(f'"{character}"' for character in found)
			message = frappe._("Fieldname {0} cannot have special characters like {1}")
			frappe.throw(message.format(frappe.bold(name), characters), self.InvalidColumnName)
		if len(name) > self.MAX_COLUMN_LENGTH:
			frappe.throw(frappe._("Fieldname is limited to 64 characters ({0})").format(name))

	def describe(self, doctype: str) -> list[dict]:
		return self.sql(f'PRAGMA table_info("tab{doctype}")', as_dict=True)

	def get_tables(self, cached: bool = True) -> list[str]:
		tables = frappe.cache.get_value("db_tables") if cached else None
		if not tables:
			tables = self.sql("SELECT name FROM sqlite_master WHERE type = 'table'", pluck=True)
			frappe.cache.set_value("db_tables", tables)
		return tables

	def table_exists(self, doctype: str, cached: bool = True) -> bool:
		return f"tab{doctype}" in self.get_tables(cached=cached)

	def get_table_columns(self, doctype: str) -> list[str]:
		columns = self.get_db_table_columns(f"tab{doctype}")
		if not columns:
			raise self.TableMissingError("DocType", doctype)
		return columns

	def get_db_table_columns(self, table: str) -> list[str]:
		columns = frappe.cache.hget("table_columns", table)
		if columns is None:
			columns = [row["name"] for row in self.sql(f'PRAGMA table_info("{table}")', as_dict=True)]
			if columns:
				frappe.cache.hset("table_columns", table, columns)
		return columns

	def has_column(self, doctype: str, column: str) -> bool:
		return column in self.get_table_columns(doctype)

	@staticmethod
	def get_index_name(fields: list[str]) -> str:
		return INDEX_LENGTH.sub("", "_".join(fields) + "_index")

	def add_index(self, doctype: str, fields: list[str], index_name: str | None = None) -> None:
		self._create_index("INDEX", doctype, fields, index_name or self.get_index_name(fields))

	def add_unique(self, doctype: str, fields: list[str] | str, constraint_name: str | None = None) -> None:
		fields = [fields] if isinstance(fields, str) else fields
		self._create_index("UNIQUE INDEX", doctype, fields, constraint_name or f"unique_{'_'.join(fields)}")

	def _create_index(self, kind: str, doctype: str, fields: list[str], name: str) -> None:
		"""Names of indexes are the database's in SQLite, the table's elsewhere: so the table's name comes first."""
		columns = ", ".join(f'"{INDEX_LENGTH.sub("", field)}"' for field in fields)
		self.sql_ddl(f'CREATE {kind} IF NOT EXISTS "tab{doctype}.{name}" ON "tab{doctype}" ({columns})')


def _get_definition(df: Any) -> str:
	"""Type and default of a field's column; numbers are never NULL."""
	column_type = get_column_type(df.fieldtype)
	default = df.get("default")
	if df.fieldtype in ("Check", "Int"):
		return f"{column_type} NOT NULL DEFAULT {cint(default)}"
	if df.fieldtype in ("Currency", "Float", "Percent"):
		return f"{column_type} NOT NULL DEFAULT {flt(default)}"
	if default and default not in frappe.db.DEFAULT_SHORTCUTS and not str(default).startswith(":"):
		return f"{column_type} DEFAULT {frappe.db.escape(default, percent=False)}"
	return column_type
