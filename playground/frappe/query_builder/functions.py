# ruff: noqa: F403
"""SQL functions: pypika's, and the few that Frappe adds and SQLite can do."""

from typing import Any

from pypika.functions import *
from pypika.terms import Function

from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


class Cast_(Function):
	def __init__(self, value: Any, as_type: str, alias: str | None = None) -> None:
		super().__init__("CAST", value, alias=alias)
		self.as_type = "TEXT" if str(as_type).lower() == "varchar" else as_type

	def get_special_params_sql(self, **_kwargs: Any) -> str:
		return f"AS {str(self.as_type).upper()}"
