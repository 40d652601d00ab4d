"""How statements say what they expect, and controllers that note what is called."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from conformance.words import NODE, RECORD, ROW, SETTINGS, TARGET, USER, VOUCHER  # noqa: F401  (for the statements)

IS_16 = int(frappe.__version__.partition(".")[0]) >= 16

HOOKS = """before_naming autoname before_insert before_validate validate before_save after_insert on_update
	before_submit on_submit before_cancel on_cancel before_update_after_submit on_update_after_submit on_trash
	after_delete before_rename after_rename before_change on_change""".split()


def on_postgres() -> bool:
	return frappe.db.db_type == "postgres"


def same(actual: object, expected: object) -> None:
	assert actual == expected, f"{actual!r} is not {expected!r}"


def contains(text: str, part: str) -> None:
	assert part in text, f"{part!r} is not in {text!r}"


@contextmanager
def raises(error: type[Exception], message: str = "") -> Iterator[None]:
	"""The block raises exactly this class of error."""
	try:
		yield
	except error as raised:
		same(type(raised).__name__, error.__name__)
		contains(str(raised), message)
	else:
		raise AssertionError(f"no {error.__name__}")


def new_record(**values: object) -> Document:
	return frappe.get_doc({"doctype": RECORD, "title": "A", **values})


def new_voucher(**values: object) -> Document:
	return frappe.get_doc({"doctype": VOUCHER, "title": "A", **values})


def new_target(label: str = "Alpha", **values: object) -> Document:
	return frappe.get_doc({"doctype": TARGET, "label": label, **values})


@contextmanager
def controller(doctype: str, **methods: object) -> Iterator[None]:
	"""Documents of this type have these methods while the block runs."""
	from frappe.model.base_document import get_controller

	controllers = frappe.controllers.setdefault(frappe.local.site, {})
	old = get_controller(doctype)
	controllers[doctype] = type("Statement", (old,), methods)
	try:
		yield
	finally:
		controllers[doctype] = old


@contextmanager
def noted_hooks(doctype: str) -> Iterator[list[str]]:
	"""The names of the controller's methods, in the order in which they are called."""
	called: list[str] = []

	def note(hook: str):
		return lambda self, *args: called.append(hook)

	with controller(doctype, **{hook: note(hook) for hook in HOOKS}):
		yield called


@contextmanager
def doc_events(doctype: str, **handlers: object) -> Iterator[None]:
	"""As if an app had these functions in `doc_events`, for this DocType or "*"."""
	from unittest.mock import patch

	names = {f"statement.{event}": handler for event, handler in handlers.items()}
	original_attr, original_hooks = frappe.get_attr, frappe.get_doc_hooks
	events = {event: [f"statement.{event}"] for event in handlers}

	def get_attr(name: str):
		return names[name] if name in names else original_attr(name)

	def get_doc_hooks():
		return {**original_hooks(), doctype: events}

	with patch.object(frappe, "get_attr", get_attr), patch.object(frappe, "get_doc_hooks", get_doc_hooks):
		yield


@contextmanager
def as_user(user: str) -> Iterator[None]:
	old = frappe.session.user
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(old)
