"""What an administrator can set: the fields of Event Streaming Settings.

The keys of the site config that version 0.1 knew go on working: where one is set it counts, and the form shows it.
"""

from typing import Any

import frappe
from frappe.utils import cint, flt

DOCTYPE = "Event Streaming Settings"
SITE_CONFIG_KEYS = {
	"keep_days": "event_streaming_keep_days",
	"silent_days": "event_streaming_silent_days",
	"allow_private_network": "event_streaming_allow_private_network",
	"ca_bundle": "event_streaming_ca_bundle",
	"link_limit": "event_streaming_link_limit",
	"guest_limit": "event_streaming_guest_limit",
	"linger": "event_streaming_linger",
}


def whole_number(field: str, default: int) -> int:
	"""
	:returns: the value that is set, `default` where none or 0 is
	"""
	return cint(_read(field)) or default


def number(field: str, default: float) -> float:
	"""The same for a field in which 0 has a meaning."""
	value = _read(field)
	return default if value in (None, "") else flt(value)


def is_ticked(field: str, default: bool = False) -> bool:
	value = _read(field)
	return default if value in (None, "") else bool(cint(value))


def text(field: str) -> str:
	return str(_read(field) or "").strip()


def from_site_config() -> dict[str, Any]:
	"""Fields that the site config decides, with its values."""
	return {
		field: frappe.conf[key]
		for field, key in SITE_CONFIG_KEYS.items()
		if frappe.conf.get(key) not in (None, "")
	}


def _read(field: str) -> Any:
	configured = frappe.conf.get(SITE_CONFIG_KEYS.get(field, ""))
	if configured not in (None, ""):
		return configured
	if frappe.flags.in_install or not frappe.db:
		return None  # the DocType may not be there yet
	saved = frappe.get_cached_doc(DOCTYPE)
	return saved.get(field) if saved.modified else None  # nobody has saved the form yet
