"""Terms of Frappe's own."""

from typing import Any

from pypika.terms import Term
from pypika.utils import format_alias_sql, format_quotes

from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


class ConstantColumn(Term):
	"""The same text in each row."""

	alias = None

	def __init__(self, value: str) -> None:
		self.value = value

	def get_sql(self, quote_char: str | None = None, **kwargs: Any) -> str:
		value = format_quotes(self.value, kwargs.get("secondary_quote_char") or "'")
		return format_alias_sql(value, self.alias or self.value, quote_char=quote_char, **kwargs)
