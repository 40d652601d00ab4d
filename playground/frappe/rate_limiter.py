"""Limits on calls: per function and caller."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import frappe
from frappe import _
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def rate_limit(
	key: str | None = None,
	limit: int | Callable = 5,
	seconds: int = 24 * 60 * 60,
	methods: str | list = "ALL",
	ip_based: bool = True,
) -> Callable:
	"""At most `limit` calls over HTTP within `seconds`, per address and the argument named `key`."""

	def decorate(fn: Callable) -> Callable:
		@wraps(fn)
		def wrapper(*args: Any, **kwargs: Any) -> Any:
			if not frappe.request or (methods != "ALL" and frappe.request.method.upper() not in methods):
				return fn(*args, **kwargs)
			allowed = limit() if callable(limit) else limit
			ip = frappe.local.request_ip if ip_based is True else None
			value = frappe.form_dict.get(key, "")
			identity = f"{ip}:{value}" if key and ip_based else ip or value
			if not identity:
				frappe.throw(_("Either key or IP flag is required."))
			cache_key = frappe.cache.make_key(f"rl:{frappe.form_dict.cmd}:{identity}")
			if not (frappe.cache.get(cache_key) or 0):
				frappe.cache.setex(cache_key, seconds, 0)
			if frappe.cache.incrby(cache_key, 1) > allowed:
				message = _("You hit the rate limit because of too many requests. Please try after sometime.")
				frappe.throw(message, frappe.RateLimitExceededError)
			return fn(*args, **kwargs)

		return wrapper

	return decorate
