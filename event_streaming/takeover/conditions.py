"""Conditions that were Python, as filters.

Invariant: a condition is translated only where the filters match exactly the documents for which it was true; all else is for a
person. The same text gives the same filters on both sites of a link.
"""

import ast
from collections.abc import Iterable

import frappe
from frappe import _

from event_streaming.document.snapshot import BOOKKEEPING_FIELDS

COMMAND = "cmd:"
NUMBERS = ("Check", "Int", "Long Int", "Float", "Currency", "Percent", "Duration", "Rating")
COMPARISONS = {
	ast.Eq: "=", ast.NotEq: "!=", ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.In: "in", ast.NotIn: "not in",
	ast.Is: "=", ast.IsNot: "!=",
}  # fmt: skip
MIRRORED = {"=": "=", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}
OPPOSITE = {"=": "!=", "!=": "=", "in": "not in", "not in": "in"}


class NotExpressible(Exception):
	"""What the condition says can't be said by filters; the message says which part."""


def translate(condition: str | None, doctype: str) -> list[list]:
	"""Filters, [[field, operator, value], …]; empty for a condition that is empty or true.

	:param doctype: whose documents are filtered; a truth value such as `doc.enabled` is read by its fields
	:raises NotExpressible: a person has to write it
	"""
	text = (condition or "").strip()
	if not text:
		return []
	if text.startswith(COMMAND):
		raise NotExpressible(
			_("It calls the function {0} of the producer.").format(text[len(COMMAND) :].strip())
		)
	try:
		tree = ast.parse(text, mode="eval")
	except (SyntaxError, ValueError, RecursionError, MemoryError):
		raise NotExpressible(_("It is not an expression.")) from None
	return list(_Translator(doctype).all_of(tree.body))


class _Translator:
	def __init__(self, doctype: str):
		self.doctype = doctype

	def all_of(self, node: ast.expr) -> Iterable[list]:
		if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
			for part in node.values:
				yield from self.all_of(part)
		elif not (isinstance(node, ast.Constant) and node.value is True):
			yield from self.one_or_chain(node)

	def one_or_chain(self, node: ast.expr) -> Iterable[list]:
		if isinstance(node, ast.Compare):
			operands = [node.left, *node.comparators]
			for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
				yield self.comparison(left, operator, right)
		elif isinstance(node, ast.BoolOp):
			yield self.any_of(node)
		elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
			yield self.opposite(node.operand)
		else:
			yield self.truth(node)

	def comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> list:
		sign = COMPARISONS[type(operator)]
		if _field(left):
			field, value = _field(left), _constant(right)
		elif _field(right) and sign in MIRRORED:
			field, value, sign = _field(right), _constant(left), MIRRORED[sign]
		else:
			raise NotExpressible(_("It compares {0}.").format(_text(left)))
		if value is None or value == "":
			return self.emptiness(field, sign, value)
		if isinstance(operator, ast.Is | ast.IsNot):
			raise NotExpressible(_("It asks what {0} is.").format(field))
		return [field, sign, self.value(field, sign, value)]

	def value(self, field: str, sign: str, value: object) -> object:
		if sign in ("in", "not in"):
			if not isinstance(value, list) or not all(isinstance(item, str | int | float) for item in value):
				raise NotExpressible(_("It looks for {0} in something that is not a list.").format(field))
			if not value or "" in value:
				raise NotExpressible(_("The list for {0} has an empty value.").format(field))
			self.check_kind(field, value)
			return value
		if isinstance(value, list):
			raise NotExpressible(_("It compares {0} with a list.").format(field))
		self.check_kind(field, [value])
		return int(value) if isinstance(value, bool) else value

	def check_kind(self, field: str, values: list) -> None:
		"""A database takes "1" for 1, Python doesn't."""
		if any(isinstance(value, str) == self.is_number(field) for value in values):
			raise NotExpressible(
				_("It compares {0} with a value of another kind: {1}.").format(field, values[0])
			)

	def emptiness(self, field: str, sign: str, value: object) -> list:
		if sign not in ("=", "!="):
			raise NotExpressible(_("It compares {0} with nothing.").format(field))
		if self.is_number(field):
			raise NotExpressible(_("{0} is a number, and no number is empty.").format(field))
		return [field, "is", "set" if sign == "!=" else "not set"]

	def any_of(self, node: ast.BoolOp) -> list:
		"""`or` of one field's values."""
		found = [list(self.all_of(part)) for part in node.values]
		if all(len(part) == 1 and part[0][1] in ("=", "in") for part in found):
			fields = {part[0][0] for part in found}
			if len(fields) == 1:
				values = [part[0][2] for part in found]
				flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
				return [fields.pop(), "in", list(dict.fromkeys(flat))]
		raise NotExpressible(_("Filters are all true at once; this has an “or”."))

	def opposite(self, node: ast.expr) -> list:
		found = list(self.all_of(node))
		if len(found) != 1:
			raise NotExpressible(_("It denies several things at once."))
		[(field, sign, value)] = found
		if sign == "is":
			return [field, "is", "not set" if value == "set" else "set"]
		if sign == "!=" and value == 0 and not isinstance(value, bool):
			return [field, "=", 0]
		if sign not in OPPOSITE:
			raise NotExpressible(_("It denies a comparison of {0}.").format(field))
		return [field, OPPOSITE[sign], value]

	def truth(self, node: ast.expr) -> list:
		field = _field(node)
		if not field:
			raise NotExpressible(_("It has {0} in it.").format(_text(node)))
		return [field, "!=", 0] if self.is_number(field) else [field, "is", "set"]

	def is_number(self, field: str) -> bool:
		"""
		:raises NotExpressible: this site can't tell
		"""
		if field in ("docstatus", "idx"):
			return True
		if field in BOOKKEEPING_FIELDS or field == "name":
			return False
		known = frappe.get_meta(self.doctype).get_field(field) if _is_doctype(self.doctype) else None
		if not known:
			raise NotExpressible(_("{0} is not a field of {1} here.").format(field, self.doctype))
		return known.fieldtype in NUMBERS


def _is_doctype(name: str) -> bool:
	return bool(frappe.db.exists("DocType", name))


def _field(node: ast.expr) -> str:
	"""The fieldname that `doc.field`, `doc["field"]` or `doc.get("field")` names; "" for anything else."""
	if isinstance(node, ast.Attribute) and _is_doc(node.value):
		return node.attr
	if isinstance(node, ast.Subscript) and _is_doc(node.value) and isinstance(node.slice, ast.Constant):
		return node.slice.value if isinstance(node.slice.value, str) else ""
	if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_doc(node.func.value):
		given = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
		if node.func.attr == "get" and len(node.args) == len(given) == 1 and not node.keywords:
			return given[0] if isinstance(given[0], str) else ""
	return ""


def _is_doc(node: ast.expr) -> bool:
	return isinstance(node, ast.Name) and node.id == "doc"


def _constant(node: ast.expr) -> object:
	try:
		value = ast.literal_eval(node)
	except (ValueError, TypeError, SyntaxError):
		raise NotExpressible(_("It compares with {0}.").format(_text(node))) from None
	if isinstance(value, tuple | set | list):
		return sorted(value, key=str) if isinstance(value, set) else list(value)
	if value is not None and not isinstance(value, str | int | float):
		raise NotExpressible(_("It compares with {0}.").format(_text(node)))
	return value


def _text(node: ast.expr) -> str:
	return ast.unparse(node)[:140]
