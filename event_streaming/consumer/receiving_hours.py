"""Between which hours documents of a link come by themselves, as its Event Producer says.

They are chosen as texts: Frappe fills a field for a time of day with the present one.
"""

from datetime import datetime

import frappe
from frappe.utils import now_datetime

FIELDS = ["receive_from", "receive_until"]


def is_open(producer: str, now: datetime | None = None) -> bool:
	"""Whether they may come now."""
	hours = frappe.db.get_value("Event Producer", producer, FIELDS, as_dict=True)
	if not hours or not hours.receive_from or not hours.receive_until:
		return True
	now = now or now_datetime()
	return lies_between(f"{now:%H:%M}", hours.receive_from, hours.receive_until)


def lies_between(moment: str, begin: str, end: str) -> bool:
	"""Times of day, as `08:00`; `end` may lie behind midnight. At any time where both are the same."""
	if begin <= end:
		return begin <= moment < end or begin == end
	return moment >= begin or moment < end
