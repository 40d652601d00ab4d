"""What apps add to the methods of controllers."""

from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import NotFound

import frappe
from frappe.model.base_document import BaseDocument


class DocumentHooks(BaseDocument):
	def run_method(self, method: str, *args: Any, **kwargs: Any) -> Any:
		"""The controller's method, then what apps hook to it in `doc_events`."""

		def controller_method(self: Any, *args: Any, **kwargs: Any) -> Any:
			found = getattr(self, method, None)
			if method in self.__dict__ or callable(found):
				return found(*args, **kwargs)

		controller_method.__name__ = str(method)
		return DocumentHooks.hook(controller_method)(self, *args, **kwargs)

	run_trigger = run_method

	@staticmethod
	def hook(f: Callable) -> Callable:
		"""Lets apps add to a method of a controller. What they return is merged if it is a dict, else replaces."""

		def composed(self: Any, *args: Any, **kwargs: Any) -> Any:
			method = f.__name__
			result = f(self, *args, **kwargs)
			events = frappe.get_doc_hooks()
			handlers = events.get(self.doctype, {}).get(method, []) + events.get("*", {}).get(method, [])
			for handler in handlers:
				result = _merge(result, frappe.get_attr(handler)(self, method, *args, **kwargs))
			return result

		return composed

	def run_notifications(self, method: str) -> None:
		"""Nothing: a playground site can't have Notifications."""

	def is_whitelisted(self, method_name: str) -> None:
		method = getattr(self, method_name, None)
		if not method:
			raise NotFound(f"Method {method_name} not found")
		frappe.is_whitelisted(getattr(method, "__func__", method))


def _merge(result: Any, new: Any) -> Any:
	if new is None:
		return result
	if isinstance(new, dict):
		return {**(result or {}), **new}
	return new
