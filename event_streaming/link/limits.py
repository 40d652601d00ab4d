"""How often one link may ask, and a guest.

A consumer asks one thing after the other, so an honest one never comes near the limit; a stolen key, or a
consumer that runs wild, must not take the site from its people.
"""

import time

import frappe
from frappe import _

from event_streaming import settings
from event_streaming.exceptions import TooManyRequests

LINK_LIMIT = 6000  # requests of one link in a minute
GUEST_LIMIT = 60  # requests of one address in an hour, to each guest function
MINUTE = 60
HOUR = 60 * MINUTE


def count_request(link: frappe._dict) -> None:
	"""
	:raises TooManyRequests: the link has used up this minute; the answer says when the next one begins
	"""
	minute, second = divmod(time.time(), MINUTE)
	# nosemgrep -- a constant and one name, or a hash: no two make one
	key = frappe.cache.make_key(f"event_streaming:requests:{link.doctype}:{link.name}:{int(minute)}")
	pipeline = frappe.cache.pipeline(transaction=True)
	pipeline.incr(key)
	pipeline.expire(key, 2 * MINUTE)
	if pipeline.execute()[0] <= link_limit():
		return
	retry_after = int(MINUTE - second) + 1
	frappe.local.event_streaming_retry_after = retry_after
	raise TooManyRequests(
		_("This link has asked more than {0} times in a minute.").format(link_limit()), retry_after
	)


def link_limit() -> int:
	return settings.whole_number("link_limit", LINK_LIMIT)


def guest_limit() -> int:
	return settings.whole_number("guest_limit", GUEST_LIMIT)


def tell_retry_after(response=None, request=None) -> None:
	"""After each request: the header that goes with 429."""
	retry_after = getattr(frappe.local, "event_streaming_retry_after", None)
	if retry_after and response is not None:
		response.headers["Retry-After"] = str(retry_after)
