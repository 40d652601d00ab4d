# ruff: noqa: F401
"""Databases: here only SQLite, one file per site."""

from typing import Any

from frappe.database.database import Database, savepoint
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def get_db(cur_db_name: str, **_unused: Any) -> Database:
	return Database(cur_db_name)
