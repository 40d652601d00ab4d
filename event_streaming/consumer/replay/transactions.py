"""Several things done in one transaction, or, where that can't be, each in its own.

Invariant: a transaction that fails is undone as a whole, never to a savepoint, before it is tried again; what was
committed before it stays.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from frappe import _

from event_streaming.consumer.replay.savepoint import SavepointLost, undo_transaction
from event_streaming.exceptions import InvalidEvent
from event_streaming.locks import is_transient

TRIES = 4
FIRST_PAUSE = 0.125  # seconds, on average; doubles each time

Item = TypeVar("Item")
Take = Callable[[list[Item], Exception | None], None]


def as_one_or_each(take: Take, items: list[Item], label: Callable[[Item], str]) -> None:
	"""All in one transaction; if the database keeps giving up, or a controller committed, each in its own.

	:param take: a transaction, to be called with nothing unsaved: `items` itself, or one of them; its second argument is
	        why that one is known to fail, which could be undone only as a whole
	:param label: how an item is called
	:raises InvalidEvent: one could be neither taken nor parked
	"""
	for number in range(TRIES):
		try:
			return take(items, None)
		except SavepointLost:
			undo_transaction()
			break
		except Exception as error:
			undo_transaction()
			if not is_transient(error):
				raise
			_pause(number)
	for item in items:
		_alone(take, item, label)


def _alone(take: Take, item: Item, label: Callable[[Item], str]) -> None:
	trouble = None
	for number in range(TRIES):
		try:
			return take([item], trouble)
		except SavepointLost as error:
			undo_transaction()
			trouble = error
		except Exception as error:
			undo_transaction()
			if not is_transient(error) or number == TRIES - 1:
				raise
			_pause(number + 1)
	raise InvalidEvent(_("{0} could be neither taken nor parked.").format(label(item)))


def _pause(number: int) -> None:
	time.sleep(random.uniform(0.4, 1.6) * FIRST_PAUSE * 2**number)
