"""Decorators that remember what a function returned: for this request, or in Redis."""

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def _get_key(args: tuple, kwargs: dict) -> int:
	return hash((args, frozenset(kwargs.items()))) if kwargs else hash(args)


def request_cache(func: Callable) -> Callable:
	@wraps(func)
	def wrapper(*args: Any, **kwargs: Any) -> Any:
		if not getattr(frappe.local, "initialized", None):
			return func(*args, **kwargs)
		try:
			key = _get_key(args, kwargs)
		except TypeError:
			return func(*args, **kwargs)  # unhashable arguments
		if not hasattr(frappe.local, "request_cache"):
			frappe.local.request_cache = defaultdict(dict)
		known = frappe.local.request_cache[func]
		if key not in known:
			known[key] = func(*args, **kwargs)
		return known[key]

	return wrapper


def redis_cache(ttl: Any = 3600, user: str | bool | None = None, shared: bool = False) -> Callable:
	def decorate(func: Callable) -> Callable:
		func_key = f"{func.__module__}.{func.__qualname__}"
		lifetime = 3600 if callable(ttl) else ttl

		@wraps(func)
		def wrapper(*args: Any, **kwargs: Any) -> Any:
			key = f"{func_key}::{_get_key(args, kwargs)}"
			if frappe.cache.exists(key, user=user, shared=shared):
				return frappe.cache.get_value(key, user=user, shared=shared)
			value = func(*args, **kwargs)
			frappe.cache.set_value(key, value, expires_in_sec=lifetime, user=user, shared=shared)
			return value

		wrapper.clear_cache = lambda: frappe.cache.delete_keys(func_key)
		return wrapper

	return decorate(ttl) if callable(ttl) else decorate
