"""What the user is told: messages in the response, raised errors, the logs of a request."""

import inspect
import re
import sys
from typing import Any, NoReturn

import frappe
from frappe.exceptions import ValidationError
from frappe.playground.context import local
from frappe.types.frappedict import _dict


def msgprint(
	msg: Any,
	title: str | None = None,
	raise_exception: bool | type[Exception] = False,
	as_table: bool = False,
	as_list: bool = False,
	indicator: str | None = None,
	alert: bool = False,
	primary_action: Any = None,
	is_minimizable: bool = False,
	wide: bool = False,
	*,
	realtime: bool = False,
) -> None:
	"""Puts a message into the response, and raises it if asked to."""
	out = _dict(message=frappe.safe_decode(msg))
	if local.flags.mute_messages:
		return _raise(raise_exception, out)
	if local.flags.print_messages and out.message:
		print(f"Message: {_strip_tags(out.message)}")
	is_list = isinstance(out.message, list | tuple)
	out.update(_drop_empty(as_table=int(as_table and is_list), as_list=int(as_list and is_list)))
	out.title = title or "Message"
	out.update(
		_drop_empty(
			indicator=indicator or ("red" if raise_exception else None),
			is_minimizable=is_minimizable,
			alert=int(alert),
			raise_exception=int(bool(raise_exception)),
			__frappe_exc_id=frappe.generate_hash() if raise_exception else None,
			primary_action=primary_action,
			wide=wide,
		)
	)
	if realtime:
		frappe.publish_realtime(event="msgprint", message=out)
	else:
		local.message_log.append(out)
	_raise(raise_exception, out)


def _drop_empty(**values: Any) -> dict:
	return {key: value for key, value in values.items() if value}


def _raise(raise_exception: bool | type[Exception], out: _dict) -> None:
	if not raise_exception:
		return
	is_exception = inspect.isclass(raise_exception) and issubclass(raise_exception, Exception)
	error = (raise_exception if is_exception else ValidationError)(out.message)
	if out.get("__frappe_exc_id"):
		error.__dict__["__frappe_exc_id"] = out["__frappe_exc_id"]
	raise error


def throw(
	msg: Any,
	exc: type[Exception] = ValidationError,
	title: str | None = None,
	is_minimizable: bool = False,
	wide: bool = False,
	as_list: bool = False,
	primary_action: Any = None,
) -> NoReturn:
	msgprint(
		msg,
		raise_exception=exc,
		title=title,
		indicator="red",
		is_minimizable=is_minimizable,
		wide=wide,
		as_list=as_list,
		primary_action=primary_action,
	)


def clear_messages() -> None:
	local.message_log = []


def clear_last_message() -> None:
	local.message_log = local.message_log[:-1]


def get_message_log() -> list[dict]:
	return list(local.message_log)


def errprint(msg: Any) -> None:
	"""Goes to the caller as `exc`, where tracebacks are allowed."""
	text = frappe.as_unicode(msg)
	if not frappe.request or "cmd" not in local.form_dict or local.conf.developer_mode:
		print(text, file=sys.stderr)
	local.error_log.append({"exc": text})


def log(msg: Any) -> None:
	local.debug_log.append(frappe.as_unicode(msg))


def bold(text: Any) -> str:
	return f"<strong>{text}</strong>"


def _(msg: str, lang: str | None = None, context: str | None = None) -> str:
	"""The text itself: the playground speaks English only."""
	return msg


def _strip_tags(text: Any) -> str:
	return re.sub(r"<[^>]*>", "", str(text))
