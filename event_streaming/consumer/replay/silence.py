"""Methods of controllers that do nothing while a document of the past is made here: what they would make comes by itself.

They are those of other documents, too: an invoice that allocates an advance has the payment book the difference of their rates. The
invoice's controller loads the payment in its own way, so the method is stood in for in the payment's class. A stand-in does as
the method did, unless this very request or job makes a document of the past: other threads and other work notice nothing.

Where a function makes them that is no controller's, the method is their own `insert`: what is made so gets no name and isn't written, but for
the document of the past itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import frappe
from frappe.model.base_document import get_controller

HOOK = "event_streaming_made_by"  # {DocType: {"method of its controller": "DocType of all that it makes"}}
LEFT_HOOK = "event_streaming_left_to_source"  # {DocType: {"method of its controller": "DocType of all that it changes"}}
INSERT = "insert"
Methods = frozenset[tuple[str, str]]  # DocTypes here, methods of their controllers
STANDS_IN = "_event_streaming_stands_in"


def declared() -> dict[str, dict[str, list[str]]]:
	"""DocTypes of what methods of controllers make, by DocType and method."""
	return frappe.get_hooks(HOOK) or {}


def left_to_source(doctype: str) -> frozenset[tuple[str, tuple[str, ...]]]:
	"""Methods of a controller, with the DocTypes of the documents that they change or not, as only their caller knows."""
	methods = (frappe.get_hooks(LEFT_HOOK) or {}).get(doctype) or {}
	return frozenset((method, tuple(changed)) for method, changed in methods.items())


def makers(doctype: str) -> frozenset[tuple[str, tuple[str, ...]]]:
	"""Methods of a controller, with the DocTypes of what they make of others."""
	methods = declared().get(doctype) or {}
	return frozenset((method, tuple(made)) for method, made in methods.items() if method != INSERT)


@contextmanager
def silent(methods: Methods) -> Iterator[None]:
	for doctype, method in methods:
		_stand_in(doctype, method)
	outer = frappe.flags.event_streaming_silent
	frappe.flags.event_streaming_silent = methods
	try:
		yield
	finally:
		frappe.flags.event_streaming_silent = outer


def _stand_in(doctype: str, name: str) -> None:
	"""It stays, since another thread may be about to take it for the method itself."""
	if not frappe.db.exists("DocType", doctype, cache=True):
		return  # of an app that is not on this site
	controller = get_controller(doctype)
	method = getattr(controller, name, None)
	if method and not hasattr(vars(controller).get(name), STANDS_IN):
		setattr(controller, name, _unless_silent(method, name))


def _unless_silent(method: Callable, name: str) -> Callable:
	@wraps(method)
	def stand_in(self, *args: Any, **kwargs: Any) -> Any:
		if (self.doctype, name) in (frappe.flags.event_streaming_silent or ()):
			if name != INSERT:
				return None
			if not self.flags.event_streaming_replayed:
				return self
		return method(self, *args, **kwargs)

	setattr(stand_in, STANDS_IN, True)
	return stand_in
