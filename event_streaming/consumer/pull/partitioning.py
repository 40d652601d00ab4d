"""Which events of a page may be replayed side by side, and by which lane.

Invariants:
- Only Creates and Updates are. A Delete and a Rename touch documents that they don't name (those that link to theirs): all
  events before them are done when they begin, and all behind them begin when they are done.
- The events of one document are one group, and so are those of documents that belong together, see `relations`. A group is
  replayed in order by one lane.
"""

from dataclasses import dataclass
from itertools import groupby

from event_streaming.consumer.dependencies.relations import is_plain
from event_streaming.consumer.feed.events import Event

LARGEST_SHARE = 0.75  # of the events: where one lane had more to do, the others would wait for it


@dataclass
class Stretch:
	"""Events that follow each other in the log; `plain` when lanes may replay them."""

	events: list[Event]
	plain: bool


def stretches(events: list[Event], least: int) -> list[Stretch]:
	"""
	:param least: events that a stretch needs to be worth more than one lane
	"""
	found: list[Stretch] = []
	for plain, run in groupby(events, key=is_plain):
		stretch = Stretch(list(run), plain)
		stretch.plain = plain and len(stretch.events) >= least
		if found and not found[-1].plain and not stretch.plain:
			found[-1].events += stretch.events
		else:
			found.append(stretch)
	return found


def deal(groups: list[list[Event]], lanes: int) -> list[list[tuple[int, Event]]]:
	"""Each lane's share: neighbours in the log, about as many for each, with the number of each event's group.

	:returns: nothing when it would not pay
	"""
	total, before = sum(map(len, groups)), 0
	shares: list[list[tuple[int, Event]]] = [[] for _lane in range(lanes)]
	for number, events in enumerate(groups):
		middle = before + len(events) / 2
		shares[int(middle * lanes / total)] += [(number, event) for event in events]
		before += len(events)
	if not total or max(map(len, shares)) > LARGEST_SHARE * total:
		return []
	return [sorted(share, key=lambda pair: pair[1].position) for share in shares if share]
