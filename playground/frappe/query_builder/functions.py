# ruff: noqa: F403
"""SQL functions: pypika's, and the few that Frappe adds and SQLite can do."""

from typing import Any

from pypika.functions import *
from pypika.functions import DistinctOptionFunction, IfNull
from pypika.terms import CustomFunction, Function

from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


class Ifnull(IfNull):
	pass


class Round(Function):
	def __init__(self, term: Any, decimal: int = 0, **kwargs: Any) -> None:
		super().__init__("ROUND", term, decimal, **kwargs)


class Locate(Function):
	"""Position of the first argument in the second, from 1; 0 when it isn't there."""

	def __init__(self, needle: Any, haystack: Any, **kwargs: Any) -> None:
		super().__init__("INSTR", haystack, needle, **kwargs)


class GroupConcat(DistinctOptionFunction):
	def __init__(self, column: Any, alias: str | None = None) -> None:
		super().__init__("GROUP_CONCAT", column, alias=alias)


UnixTimestamp = CustomFunction("UNIXEPOCH", ["date"])


class Cast_(Function):
	def __init__(self, value: Any, as_type: str, alias: str | None = None) -> None:
		super().__init__("CAST", value, alias=alias)
		self.as_type = "TEXT" if str(as_type).lower() == "varchar" else as_type

	def get_special_params_sql(self, **_kwargs: Any) -> str:
		return f"AS {str(self.as_type).upper()}"
