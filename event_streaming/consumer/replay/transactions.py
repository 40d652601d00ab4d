"""Several things done in one transaction, or, where that can't be, each in its own.

Invariants:
- A transaction that fails is undone as a whole, never to a savepoint, before it is tried again; what was committed before
  it stays.
- Whatever one of them raises, the others are done: only what `locks.stops_the_link` names, and who holds the link, ends it.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from frappe import _

from event_streaming.consumer.cursor import Busy
from event_streaming.consumer.replay.savepoint import undo_transaction
from event_streaming.exceptions import InvalidEvent
from event_streaming.link.messages import plain_text, text_of
from event_streaming.locks import is_connection_lost, is_transient, stops_the_link

TRIES = 4
FIRST_PAUSE = 0.125  # seconds, on average; doubles each time

Item = TypeVar("Item")
Result = TypeVar("Result")
Take = Callable[[list[Item], Exception | None], int]


def as_one_or_each(
	take: Take, items: list[Item], label: Callable[[Item], str], known: Exception | None = None
) -> int:
	"""As many as fit into one transaction; where it fails, each in its own.

	:param take: a transaction, to be called with nothing unsaved: `items` itself, or one of them; its second argument is
	        why that one is known to fail. It returns how many it has done, from the first
	:param label: how an item is called
	:param known: why the only item is not to be tried
	:returns: how many are done, from the first
	:raises InvalidEvent: one could be neither taken nor parked
	"""
	if known:
		_park(take, items[0], label, known)
		return 1
	try:
		return persistently(lambda: take(items, None))
	except Exception as error:
		if ends_the_work(error):
			raise
		trouble = error
	if len(items) == 1:
		_park(take, items[0], label, trouble)
	else:
		for item in items:
			_alone(take, item, label)
	return len(items)


def persistently(transaction: Callable[[], Result]) -> Result:
	"""Tried again where the database gave up for now, or the connection broke and a new one is had. What still fails is
	undone, and raised."""
	for number in range(TRIES):
		try:
			return transaction()
		except Exception as error:
			undo_transaction()
			passes = is_transient(error) or is_connection_lost(error)
			if ends_the_work(error) or not passes or number == TRIES - 1:
				raise
			_pause(number)
	raise AssertionError("not reached")


def ends_the_work(error: Exception) -> bool:
	"""Whether nothing more can be done now, and nobody is to be blamed for it."""
	return isinstance(error, Busy) or stops_the_link(error)


def _alone(take: Take, item: Item, label: Callable[[Item], str]) -> None:
	try:
		persistently(lambda: take([item], None))
	except Exception as error:
		if ends_the_work(error):
			raise
		_park(take, item, label, error)


def _park(take: Take, item: Item, label: Callable[[Item], str], trouble: Exception) -> None:
	try:
		persistently(lambda: take([item], trouble))
	except Exception as error:
		if ends_the_work(error):
			raise
		raise InvalidEvent(
			_("{0} could neither be applied nor parked: {1}").format(label(item), plain_text(text_of(error)))
		) from error


def _pause(number: int) -> None:
	time.sleep(random.uniform(0.4, 1.6) * FIRST_PAUSE * 2**number)
