"""What a site tells the sites that it receives from of how it is doing, for their hub view.

A report goes out when it says something else than the last one, and every quarter of an hour; only to sites that answer. It
names no document. A producer that knows no reports is asked again a day later.
"""

import json
from contextlib import suppress

import frappe
from redis.exceptions import RedisError

from event_streaming import __version__, lingering, site, yielding
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.pull.schedule import QUEUE
from event_streaming.exceptions import StreamingError
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import untell
from event_streaming.monitoring.links import RECEIVES, LinkStatus, links

JOB = yielding.REPORT
SENT = "event_streaming:report:"
LIFETIME = 15 * 60  # seconds
REFUSED_LIFETIME = 24 * 60 * 60


def begin_to_report() -> None:
	"""Each minute."""
	with suppress(RedisError):
		if any(_news(link) for link in _told_of()):
			method = "event_streaming.monitoring.reporting.report_all"
			lingering.enqueue_unless_queued(method, JOB, queue=QUEUE)


def report_all() -> None:
	"""Job."""
	for link in _told_of():
		with suppress(RedisError):
			if report := _news(link):
				_report(link, report)


def _told_of() -> list[LinkStatus]:
	if site.is_copy():
		return []
	return [link for link in links() if link.doctype == RECEIVES and link.state == cursors.STREAMING]


def report_of(link: LinkStatus) -> dict:
	"""Plain figures of one link, and versions."""
	return {
		"app": __version__,
		"frappe": frappe.__version__,
		"parked": link.parked,
		"failed": link.failed,
		"conflicts": link.conflicts,
		"held": len(cursors.held(link.site)),
	}


def _news(link: LinkStatus) -> dict | None:
	"""The report, if it is to go out."""
	report = report_of(link)
	# nosemgrep -- a constant and one name, or a hash: no two make one
	sent = frappe.cache.get_value(SENT + link.site, expires=True)
	return None if sent in (_text_of(report), "refused") else report


def _text_of(report: dict) -> str:
	return json.dumps(report, sort_keys=True)


def _report(link: LinkStatus, report: dict) -> None:
	try:
		with ProducerClient.for_producer(link.site) as producer:
			producer.report_state(report)
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.set_value(SENT + link.site, _text_of(report), expires_in_sec=LIFETIME)
	except StreamingError as error:
		untell(error)  # the pull says what is wrong with the link
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.set_value(SENT + link.site, "refused", expires_in_sec=_rest_after(error))


def _rest_after(error: StreamingError) -> int:
	from event_streaming.exceptions import TransientError

	return LIFETIME if isinstance(error, TransientError) else REFUSED_LIFETIME
