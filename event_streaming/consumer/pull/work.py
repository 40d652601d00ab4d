"""What a pull carries along: what it has done, what it may still do, and the page that is at work."""

from collections.abc import Callable
from dataclasses import dataclass, field

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.replay.batch import Ahead
from event_streaming.consumer.subscription import Subscription
from event_streaming.link.protocol import MAX_PAGE


@dataclass(frozen=True)
class Sizes:
	"""In which pieces a pull takes the log, in events."""

	page: int = MAX_PAGE
	batch: int = 100  # of one transaction; fewer where they take long or are large
	stretch: int = 50  # for which lanes pay
	lanes_start: int = 500  # on a page, for which it pays to have workers start, unless there are more pages
	lanes_within: float = 0.0  # seconds for which lanes are waited for
	lane_silence: float = 30.0  # seconds after which a lane that works, and says nothing, is taken for dead


@dataclass
class Summary:
	"""What a pull did. `behind` is what the producer still has for us; `error` why it stopped early."""

	producer: str
	synced: int = 0
	failed: int = 0
	waiting: int = 0
	skipped: int = 0
	requests: int = 0
	received: int = 0  # bytes
	behind: int = 0
	seconds: float = 0.0
	waited: float = 0.0
	error: str = ""
	busy: bool = False
	by_doctype: dict = field(default_factory=dict)

	@property
	def events(self) -> int:
		return self.synced + self.failed + self.waiting + self.skipped

	def count(self, event: Event, status: str) -> None:
		setattr(self, status.lower(), getattr(self, status.lower()) + 1)
		self.by_doctype[event.doctype] = self.by_doctype.get(event.doctype, 0) + 1


@dataclass
class Work:
	"""A page at work: what its batches share.

	`to_come` are the events whose link targets are to be fetched with those of the next batch; `ahead` those behind the cursor
	that are done, with their statuses.
	"""

	subscription: Subscription
	fetched: FetchedDocuments
	summary: Summary
	to_come: list[Event]
	ahead: Ahead = field(default_factory=dict)


@dataclass
class Budget:
	"""How much a pull may do: so many batches, until it is told to end, and so many seconds of waiting for the producer."""

	batches: int | None
	ends: Callable[[], bool] | None
	patience: float | None
	spent: int = 0
	waited: float = 0.0

	@property
	def is_left(self) -> bool:
		if self.ends and self.ends():
			return False
		if self.patience is not None and self.waited > self.patience:
			return False
		return self.batches is None or self.spent < self.batches
