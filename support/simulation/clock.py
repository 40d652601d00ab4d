"""Time and chance, taken from the world: what asks for them gets what the seed says."""

import contextvars
import datetime
import os
import random
import time

BEGIN = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.timezone.utc).timestamp()
TICK = 0.0001  # seconds that it takes to ask for the time, so that no two moments are the same

# seconds by which the clock of the site in hand is wrong
offset: contextvars.ContextVar[float] = contextvars.ContextVar("offset", default=0.0)


class Clock:
	def __init__(self) -> None:
		self.passed = 0.0  # seconds since BEGIN

	def monotonic(self) -> float:
		self.passed += TICK
		return self.passed

	def time(self) -> float:
		return BEGIN + self.monotonic() + offset.get()

	def time_ns(self) -> int:
		return int(self.time() * 1_000_000) * 1000

	def sleep(self, seconds: float) -> None:
		self.passed += max(seconds, 0.0)

	def utc_now(self) -> datetime.datetime:
		return datetime.datetime.fromtimestamp(self.time(), datetime.timezone.utc)


clock = Clock()
chance = random.Random(0)


class VirtualDatetime(datetime.datetime):
	"""In the place of `datetime` in modules that ask it for the time."""

	@classmethod
	def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
		now = clock.utc_now()
		return now.astimezone(tz) if tz else now.replace(tzinfo=None)


def take_over() -> None:
	"""Once in a process; there is no way back."""
	from frappe.playground import dates

	from event_streaming import lingering
	from event_streaming.consumer.replay import past_checks
	from event_streaming.producer import change_times

	for name in ("time", "time_ns", "monotonic", "sleep"):
		setattr(time, name, getattr(clock, name))
	for module in (lingering, past_checks, change_times):
		module.datetime = VirtualDatetime
	dates.utc_now = clock.utc_now
	os.urandom = random._urandom = chance.randbytes  # what `secrets` and `uuid` draw from


def begin_again(seed: int, passed: float = 0.0) -> None:
	"""
	:param passed: seconds since BEGIN
	"""
	clock.passed = passed
	chance.seed(seed)
	random.seed(seed)
