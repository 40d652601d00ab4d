"""Filter operators as criteria of a query."""

import operator
from collections.abc import Callable
from typing import Any

NESTED_SET = (
	"ancestors of",
	"descendants of",
	"not ancestors of",
	"not descendants of",
	"descendants of (inclusive)",
)


def _as_list(value: Any) -> Any:
	return value.split(",") if isinstance(value, str) else value


OPERATOR_MAP: dict[str, Callable] = {
	"=": operator.eq,
	"!=": operator.ne,
	"<": operator.lt,
	">": operator.gt,
	"<=": operator.le,
	"=<": operator.le,
	">=": operator.ge,
	"=>": operator.ge,
	"in": lambda field, value: field.isin(_as_list(value)),
	"not in": lambda field, value: field.notin(_as_list(value)),
	"like": lambda field, value: field.like(value),
	"not like": lambda field, value: field.not_like(value),
	"regex": lambda field, value: field.regex(value),
	"between": lambda field, value: field[slice(*value)],
	"is": lambda field, value: field.isnotnull() if value.lower() == "set" else field.isnull(),
}
