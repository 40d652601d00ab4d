"""Methods of controllers that do nothing while a document of the past is made here: what they would make comes by itself.

They are those of other documents, too: an invoice that allocates an advance has the payment book the difference of their rates. The
invoice's controller loads the payment in its own way, so the method is stood in for in the payment's class. A stand-in does as
the method did, unless this very request or job makes a document of the past: other threads and other work notice nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import frappe
from frappe.model.base_document import get_controller

Methods = frozenset[tuple[str, str]]  # DocTypes here, methods of their controllers
STANDS_IN = "_event_streaming_stands_in"


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
			return None
		return method(self, *args, **kwargs)

	setattr(stand_in, STANDS_IN, True)
	return stand_in
