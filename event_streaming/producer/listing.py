"""What a consumer may have of a DocType, document after document in the order of their names.

A page is told by the name it begins after and the name it ends with, in this site's own database's order: the
consumer gives back what it was told and need not know how names sort here, nor that some are numbers. Names that
the subscriber may not read are told to nobody. What came from the consumer itself is left out: it has it.
"""

import time

import frappe
from frappe import _

from event_streaming.document import singles, snapshot
from event_streaming.document.digest import Digester, Fields, combined, in_both, stored_fields
from event_streaming.exceptions import RegistrationRefused
from event_streaming.link.arguments import check_filters
from event_streaming.producer.home_sites import origins
from event_streaming.producer.listing_order import FIRST, ByCreation, ByName, Place
from event_streaming.producer.visibility import Visibility
from event_streaming.producer.watermark import highest_forgotten_id, highest_log_ids, position_behind

SCANNED = 1000  # names read at once where most of them are not for this consumer
COUNTED = 100_000  # documents of a DocType up to which those for a consumer are counted
LISTING_SECONDS = 3
READ = 200  # whole documents in memory at once
SUMMARY_SECONDS = 8  # after which a summary is given as far as it has come


def list_documents(
	consumer: str,
	doctype: str,
	after: str,
	limit: int,
	upto: str = "",
	fields: Fields | None = None,
	count: bool = False,
	resumable: bool = False,
	created_after: str | None = None,
	filters: dict | list | None = None,
	time_zone: str = "",
	newest_first: bool = False,
) -> dict:
	"""Names with the highest Update Log id that each document contains, and its digest if `fields` are asked for.

	:param after: `last` of the page before; "" for the first
	:param upto: `last` of a summary, to list what it covers; "" for no end
	:param count: whether `total`, the number of all that there is to list, is wanted
	:param resumable: whether the consumer takes a page with fewer documents, or none, as far as a few seconds allow: where
	        most documents are not for it, the next one may be a million names away
	:param created_after: for the order in which documents were made: `last_created` of the page before, "" for the first;
	        None for the order of names
	:param newest_first: whether that order is turned round
	:param filters: only documents that fit them are told; then `filtered` says so
	:param time_zone: the consumer's, on whose clock digests are made; see `moments`
	:returns: `documents` [[name, log id, digest or ""]], `last`, `more`, `total`, `fields` that the digests are of,
	        `position` of the log at or behind all that is told here; in the order of making also `created`, when each was made,
	        and `last_created`
	:raises RegistrationRefused: the DocType is not approved
	"""
	order = ByName(doctype, upto) if created_after is None else ByCreation(doctype, newest_first)
	listing = _Listing(consumer, doctype, order, filters, time_zone)
	frappe.db.commit()  # nosemgrep -- a fresh snapshot for documents and ids
	places, last, more = listing.page(
		(created_after or "", after), limit, LISTING_SECONDS if resumable else None
	)
	names = [name for _created, name in places]
	forgotten = highest_forgotten_id()
	log_ids = highest_log_ids(doctype, names)
	digests, used = listing.digests(names, fields) if fields else ({}, {})
	answer = {
		"documents": [[name, log_ids.get(name, forgotten), digests.get(name, "")] for name in names],
		"last": last[1],
		"more": more,
		"fields": used,
		"total": listing.total() if count else 0,
	}
	if created_after is not None:
		answer |= {"created": {name: created for created, name in places}, "last_created": last[0]}
	if filters:
		answer["filtered"] = True
	return {**answer, "position": position_behind(list(log_ids.values())).position}


def summarise_documents(
	consumer: str, doctype: str, after: str, limit: int, fields: Fields, time_zone: str = ""
) -> dict:
	"""The number and the combined digest of the next documents: as many as `limit`, or as a few seconds allow.

	:returns: `count`, `digest`, `last`, `more`, `fields` as `list_documents`
	"""
	listing = _Listing(consumer, doctype, ByName(doctype), time_zone=time_zone)
	frappe.db.commit()  # nosemgrep -- one snapshot for all of it
	digests: list[str] = []
	last, more = (FIRST, after), True
	used: Fields = {}
	end = time.monotonic() + SUMMARY_SECONDS
	while more and len(digests) < limit and time.monotonic() < end:
		left = max(end - time.monotonic(), 0.0)
		places, last, more = listing.page(last, min(READ, limit - len(digests)), left)
		found, used = listing.digests([name for _created, name in places], fields)
		digests += found.values()
	return {"count": len(digests), "digest": combined(digests), "last": last[1], "more": more, "fields": used}


class _Listing:
	def __init__(
		self,
		consumer: str,
		doctype: str,
		order: "ByName | ByCreation",
		filters: dict | list | None = None,
		time_zone: str = "",
	):
		self.visibility = Visibility(consumer, time_zone=time_zone)
		if not self.visibility.terms(doctype).approved:
			frappe.throw(
				_("{0} is not approved for this link. Its administrator does that in Event Consumer.").format(
					doctype
				),
				RegistrationRefused,
			)
		self.consumer = consumer
		self.doctype = doctype
		self.order = order
		hidden = self.visibility.fields.hidden(doctype) if filters else ()
		self.filters = (
			check_filters(doctype, filters, self.visibility.user_of(doctype), hidden) if filters else []
		)

	def page(self, after: Place, limit: int, seconds: float | None = None) -> tuple[list[Place], Place, bool]:
		"""
		:param seconds: after which the page ends where it has come to; None to look until it is full
		:returns: places, the last one that was looked at if there are more (else of these), and whether there are more
		"""
		end = None if seconds is None else time.monotonic() + seconds
		found: list[Place] = []
		scanned, full, size = after, self.visibility.may_read(self.doctype), limit + 1
		while full and len(found) <= limit:
			places = self.order.places(scanned, size)
			found += self._given(places)
			full = len(places) == size
			scanned = places[-1] if places else scanned
			size = SCANNED
			if full and end and len(found) <= limit and time.monotonic() > end:
				return found, scanned, True
		more = len(found) > limit
		found = found[:limit]
		return found, found[-1] if found else after, more

	def total(self) -> int:
		"""The consumer's own are counted too: what it does with the number is to show how far it has come. 0 where to count
		takes too long."""
		if self._has_more_than(COUNTED):
			return (
				0
				if self.filters or self.visibility.terms(self.doctype).filters
				else frappe.db.count(self.doctype)
			)
		if self.filters:
			return len(self.visibility.find(self.doctype, self.filters, 0))
		return self.visibility.count(self.doctype)

	def _has_more_than(self, number: int) -> bool:
		if singles.is_single(self.doctype):
			return number < 1
		table = frappe.qb.DocType(self.doctype)
		return bool(frappe.qb.from_(table).select(table.name).limit(1).offset(number).run())

	def digests(self, names: list[str], fields: Fields) -> tuple[dict[str, str], Fields]:
		fields = in_both(self._told_fields(), fields)
		digester = Digester(self.doctype, fields)
		found = {}
		for start in range(0, len(names), READ):
			for name, doc in snapshot.read_many(self.doctype, names[start : start + READ]).items():
				found[name] = digester.digest(name, self.visibility.fields.clock.document(doc))
		return found, fields

	def _given(self, places: list[Place]) -> list[Place]:
		"""Those for the consumer, in the order of `places`."""
		visible = set(self.visibility.visible_names(self.doctype, [name for _created, name in places]))
		if self.filters and visible:
			named = [self.doctype, "name", "in", sorted(visible)]
			visible = set(self.visibility.find(self.doctype, [*self.filters, named], 0))
		places = [place for place in places if place[1] in visible]
		created = snapshot.creations(self.doctype, [name for _created, name in places])
		origin = origins(self.doctype, ((name, created.get(name)) for _created, name in places))
		theirs = {
			self.consumer,
			frappe.db.get_value("Event Consumer", self.consumer, "site_id") or self.consumer,
		}
		return [place for place in places if not origin[(place[1], created.get(place[1]))].sites & theirs]

	def _told_fields(self) -> Fields:
		return self.visibility.fields.strip_names(self.doctype, stored_fields(self.doctype))
