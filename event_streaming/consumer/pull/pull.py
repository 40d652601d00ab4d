"""Pulls one producer's log, page by page, and replays it, a batch at a time.

Invariants:
- One puller for a producer: a batch runs under the lock of the cursor's row, and counts only if the cursor
  stands where the page was asked from.
- A batch is one transaction: documents, Event Sync Log rows and the cursor become visible together, or none
  does. The cursor never moves past an event without its row.
- An event that fails is undone alone; its document is parked, and the events behind it wait.
- When the database gives up (deadlock, changed row) the whole batch is undone and tried again, then event by
  event, never from a savepoint. What is noted of the link between batches is tried again, too.
- What lanes replay (see `lanes`) is an exception from the second: documents and rows are visible before the cursor has
  moved past them, under the same lock. What they leave is replayed here.
"""

import time
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from functools import partial

import frappe
from frappe import _

from event_streaming import site
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, schema_check, throughput
from event_streaming.consumer.cursor import Busy, Cursor, hold
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.pages import Page, Pages, Place, place_of
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.pull.lane_pool import Lanes
from event_streaming.consumer.pull.work import Budget, Sizes, Summary, Work
from event_streaming.consumer.replay import in_hand
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.replay.transactions import as_one_or_each, persistently
from event_streaming.consumer.subscription import Subscription, is_told_of_leaving
from event_streaming.exceptions import InvalidEvent, PositionGone, StreamingError, WrongSite
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import APPROVED
from event_streaming.locks import begin_to_write, rollback

RETRY_SECONDS = 1.0  # for parked documents, after each page: what is new comes first


class Paused(StreamingError):
	"""An administrator of this site has paused the link."""


def pull(
	producer: str,
	max_batches: int | None = None,
	progress: Callable[[Summary], None] | None = None,
	source: Source | None = None,
	ends: Callable[[], bool] | None = None,
	patience: float | None = None,
	sizes: Sizes | None = None,
) -> Summary:
	"""Pulls until nothing is left. Commits; call it with nothing unsaved.

	:param progress: called after each batch
	:param source: the producer's end; by default its REST API
	:param ends: asked before each batch, whether no further one is to be begun
	:param patience: seconds of waiting for the producer after which no further page is asked for
	"""
	sizes = sizes or Sizes()
	summary = Summary(producer)
	started = time.monotonic()
	try:
		with (
			_lines(producer, source) as (end, ahead),
			Pages(end, ahead, sizes.page) as pages,
			Lanes.of(producer, sizes) if max_batches is None else Lanes(1, sizes) as lanes,
		):
			_pull_all(pages, lanes, summary, Budget(max_batches, ends, patience), progress)
	except Busy:
		frappe.db.rollback()
		summary.busy = True
	except Paused as error:
		summary.error = str(error)
	except Exception as error:
		summary.error = error_message(error)
		_note_trouble(producer, error)
		if not isinstance(error, StreamingError):
			raise
	summary.seconds = time.monotonic() - started
	_count(summary)
	return summary


def _count(summary: Summary) -> None:
	throughput.add(
		summary.producer,
		synced=summary.synced,
		failed=summary.failed,
		waiting=summary.waiting,
		skipped=summary.skipped,
		pages=summary.requests,
		bytes=summary.received,
		seconds=summary.seconds,
	)


def _pull_all(
	pages: Pages, lanes: Lanes, summary: Summary, budget: Budget, progress: Callable | None
) -> None:
	from event_streaming.consumer.recovery.retry import retry_due

	producer, more = summary.producer, True
	pages.leaving = is_told_of_leaving(producer)
	while more and budget.is_left:
		at = _place(producer)
		page = pages.next(at, count=not budget.spent)
		begin_to_write()
		summary.requests = pages.requests
		_count_behind(summary, page)
		pages.ask_ahead(page, at)
		persistently(partial(_check_site, producer, page.site_id))
		persistently(partial(_note_before_replay, producer, page))
		subscription = Subscription(producer)
		subscription.check_subscriber()  # an idle link says so, too
		work = Work(subscription, FetchedDocuments(pages.feed), summary, page.events)
		if not _replay_page(work, lanes, page, at, budget, progress):
			return
		budget.waited = summary.waited = pages.waited
		persistently(partial(_note_contact, producer, page, summary.behind))
		retry_due(producer, pages.feed, RETRY_SECONDS)
		summary.received = pages.received
		if not page.more:
			_subscribe_again(producer, page)
			schema_check.follow(producer, page.schemas, pages.feed)
		more = page.more or parking.is_any_due(producer)


def _replay_page(
	work: Work, lanes: Lanes, page: Page, at: Cursor, budget: Budget, progress: Callable | None
) -> bool:
	"""
	:returns: whether the budget was enough for all of it
	"""
	for events, place, side_by_side in lanes.pieces(page):
		while events or (at.position, at.event_key or "") != (place.position, place.event_key):
			if not budget.is_left:
				return False
			step = (
				partial(_replay_side_by_side, lanes)
				if side_by_side
				else partial(_replay_batch_of, lanes.sizes.batch)
			)
			at, events = step(work, at, events, place)
			side_by_side = False
			budget.spent += 1
			work.to_come = []  # their link targets are fetched
			work.summary.behind = page.behind + sum(event.position > at.position for event in page.events)
			if progress:
				progress(work.summary)
	return True


def _place(producer: str) -> Cursor:
	frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
	at = cursors.read(producer)
	if not at:
		raise InvalidEvent(_("{0} is not registered with its producer: save it again.").format(producer))
	if not at.epoch:
		raise Paused(
			_("The link with {0} waits until that site has also come over to this app.").format(producer)
		)
	if at.state == cursors.PAUSED:
		raise Paused(_("The link with {0} is paused. Resume it first.").format(producer))
	return at


def _count_behind(summary: Summary, page: Page) -> None:
	"""The producer counts once in a pull; after that, each page takes away what it covers."""
	if page.behind is None:
		page.behind = max(summary.behind - page.passed, int(page.more))
	summary.behind = page.behind + len(page.events)


def _replay_side_by_side(
	lanes: Lanes, work: Work, at: Cursor, events: list[Event], place: Place
) -> tuple[Cursor, list[Event]]:
	"""A stretch of a page by the lanes.

	:returns: where the cursor is now, and what they left, which is to be replayed in this order
	"""
	left = lanes.replay(work, at, events, place)
	return (at if left else at.moved_to(place.position, place.event_key)), left


def _replay_batch_of(
	size: int, work: Work, at: Cursor, events: list[Event], place: Place
) -> tuple[Cursor, list[Event]]:
	"""As many of the events as make one batch; where that can't be, each of these alone. One that fails in any way but
	those that `stops_the_link` names is parked.

	:param size: most events of a batch
	:param place: behind the events
	:returns: where the cursor is now, and the events that are left
	"""

	def replay(some: list[Event], trouble: Exception | None) -> int:
		nonlocal at
		done, end = replay_batch(work, at, some, place if some[-1:] == events[-1:] else None, trouble)
		at = at.moved_to(end.position, end.event_key)
		return done

	if not events:
		replay_batch(work, at, [], place)
		return at.moved_to(place.position, place.event_key), []
	some, trouble = in_hand.spared(work.subscription.producer, str(at.position), events[:size])
	done = as_one_or_each(replay, some, lambda event: f"{event.doctype} {event.name}", trouble)
	return at, events[done:]


def replay_batch(
	work: Work, at: Cursor, events: list[Event], place: Place | None, trouble: Exception | None = None
) -> tuple[int, Place]:
	"""The transaction: lock, replay, log, move, commit.

	:param place: where the cursor goes when all of them are done; None for where the last one is
	:param trouble: why these events are known to fail; they are parked without another try
	:returns: how many are done, and where the cursor is now
	:raises Busy: another process holds the link or has moved the cursor
	"""
	producer = work.subscription.producer
	held = hold(producer, at)
	with in_hand.noted(producer, str(at.position)):
		return _replay_held(work, held, events, place, trouble)


def _replay_held(
	work: Work, held: Cursor, events: list[Event], place: Place | None, trouble: Exception | None
) -> tuple[int, Place]:
	producer = work.subscription.producer
	batch = Batch(producer, work.fetched, held, work.subscription)
	with as_user(work.subscription.subscriber):
		counts = batch.run(events, trouble, work.to_come, work.ahead)
	for event, _status in batch.ahead.values():
		work.fetched.see(event.position, event.event_key)
	batch.finish()
	if len(counts) < len(events) or not place:
		place = place_of(counts[-1][0])
	cursors.move(producer, place.position, place.event_key)
	frappe.db.commit()  # nosemgrep -- documents, log rows and cursor together
	work.ahead = batch.ahead
	for event, status in counts:
		work.summary.count(event, status)
	return len(counts), place


def _check_site(producer: str, told: str | None) -> None:
	"""A link is with one site. A link of version 0.1 learns which one; of a site that doesn't say nothing is known.

	:raises WrongSite: the page is another site's: a copy, or what has the address now
	"""
	known = frappe.db.get_value("Event Producer", producer, "site_id")
	if told and not known and told != site.own_id():
		frappe.db.set_value("Event Producer", producer, "site_id", told, update_modified=False)
		frappe.db.commit()  # nosemgrep -- before anything of the page is written
	elif told and told != known:
		raise WrongSite(
			_(
				"Another site answers at {0} than the one that this link is with, so nothing is taken from it. Use Move This Link if the site has another URL now; unpair and pair again if it was replaced."
			).format(producer)
		)


def _note_before_replay(producer: str, page: Page) -> None:
	"""What decides a conflict depends on what the other site chose. And before the cursor moves, what the page passes over: rather
	a backfill too many than changes that nobody fetches, see `backfill.missed`."""
	from event_streaming.consumer.row_statuses import note_before_replay

	withheld = page.unreadable | page.held.keys()
	if note_before_replay(producer, page.rules, page.passed_over, withheld):
		frappe.db.commit()  # nosemgrep -- lanes read it, too


def _note_contact(producer: str, page: Page, behind: int) -> None:
	from event_streaming.consumer.row_statuses import update_statuses

	if (frappe.db.get_value("Event Producer", producer, "time_zone_there") or "") != page.time_zone:
		frappe.db.set_value(
			"Event Producer", producer, "time_zone_there", page.time_zone, update_modified=False
		)
	unreadable = page.unreadable - page.held.keys()
	update_statuses(producer, page.statuses, unreadable, page.kept_back, page.still_given)
	cursors.note_held(producer, page.held)
	is_given = page.still_given or APPROVED in page.statuses.values()
	state = cursors.STREAMING if is_given else cursors.WAITING
	lag = page.events[-1].age if page.events and page.more else 0.0
	cursors.note_contact(producer, page.head, behind, state, lag)
	frappe.db.commit()  # nosemgrep -- what the form shows, apart from the batch


def _subscribe_again(producer: str, page: Page) -> None:
	"""To what the producer takes for unsubscribed, or gives by another condition, and this site doesn't."""
	from event_streaming.consumer.pairing import subscribe_again, tell_conditions_again
	from event_streaming.consumer.row_statuses import asked_otherwise, unsubscribed_there

	if lost := unsubscribed_there(producer, page.statuses):
		subscribe_again(producer, lost)
	elif asked_otherwise(producer, page.conditions):
		tell_conditions_again(producer)


def _note_trouble(producer: str, error: Exception) -> None:
	"""On the form, whatever it is. A database that can't be written says so itself where it can be read."""
	with cursors.noting_elsewhere(producer, error_message(error)):
		rollback()
		if isinstance(error, PositionGone):
			cursors.note_stop(producer, error_message(error))
		else:
			cursors.note_failure(producer, error_message(error), getattr(error, "retry_after", None))
		frappe.db.commit()  # nosemgrep -- the cursor keeps its place; the form says why


def _lines(producer: str, source: Source | None):
	"""The producer's end, and a second line to it for the pages that are asked for ahead."""
	if source:
		return nullcontext((source, None))
	return _two_clients(producer)


@contextmanager
def _two_clients(producer: str):
	from event_streaming.link.client import ProducerClient

	with ProducerClient.for_producer(producer) as one, ProducerClient.for_producer(producer) as other:
		yield one, other
