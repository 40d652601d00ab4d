"""The consumer's end of a link to a producer that nobody can call: what it is asked waits here until it fetches it.

Invariants:
- All of it is in Redis, bounded and short-lived. A process that is killed, on either site, costs a request its answer, and
  the request is made again, like any other whose connection broke: nothing else depends on it.
- An answer counts for a request that this site has put into this producer's mailbox, that somebody waits for, and once.
- Nobody waits for a producer that has not been here for `PRESENCE` seconds, or that doesn't fetch what it is asked.
"""

import base64
import binascii
import json
import secrets
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from redis.exceptions import RedisError

from event_streaming.exceptions import AnswerTimedOut, ConnectionFailed, ServerUnavailable, TooManyRequests
from event_streaming.link import protocol
from event_streaming.link.answers import Answer
from event_streaming.link.line import SLOW_LINE

KEY = "event_streaming:mailbox:"
HELD = "event_streaming:mailbox_held"
PRESENCE = 90  # seconds
MAX_WAITING = 8  # requests of one mailbox; a pull has two under way
MAX_REQUEST = 1024 * 1024  # characters
FETCHED_WITHIN = 20.0  # seconds; a producer that is idle looks each five
ANSWERED_WITHIN = 120.0  # seconds, since a line may be slow
ANSWER_LIFETIME = 30  # seconds, for somebody who waits already
LOOK = 0.5  # seconds between two looks whether to go on waiting
MOST_HELD = 2  # web workers of this site that wait in a mailbox at a time
WAITING = b"waiting"

PUT = """
if redis.call('llen', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('set', KEYS[2], 'waiting', 'EX', ARGV[2])
redis.call('rpush', KEYS[1], ARGV[3])
redis.call('expire', KEYS[1], ARGV[2])
return 1
"""
MARK = """
if redis.call('exists', KEYS[1]) == 0 then return 0 end
redis.call('set', KEYS[1], 'fetched', 'EX', ARGV[1])
return 1
"""
POP = "return redis.call('lpop', KEYS[1])"  # Frappe's own lpop names the key otherwise
ARRIVE = """
local was = redis.call('exists', KEYS[1])
redis.call('set', KEYS[1], 1, 'EX', ARGV[1])
return was
"""
DELIVER = """
if redis.call('get', KEYS[1]) ~= 'fetched' then return 0 end
redis.call('del', KEYS[1])
redis.call('rpush', KEYS[2], ARGV[1])
redis.call('expire', KEYS[2], ARGV[2])
return 1
"""


class Mailbox:
	"""Of one Event Producer."""

	def __init__(self, producer: str, max_kbits: int = 0):
		"""
		:param producer: name of the Event Producer
		:param max_kbits: kilobits a second with which it is to send its answers; 0 for all that the line takes
		"""
		self.producer = producer
		self._max_kbits = max_kbits
		self._cache = frappe.cache
		# nosemgrep -- a constant and one name, or a hash: no two make one
		self._prefix = frappe.cache.make_key(KEY + producer)
		# nosemgrep -- a constant and one name, or a hash: no two make one
		self._slots = [frappe.cache.make_key(f"{HELD}:{number}") for number in range(MOST_HELD)]
		self._given_up = threading.Event()

	# --- who asks

	def ask(self, function: str, arguments: dict) -> Answer:
		"""Puts a request in and waits for its answer.

		:raises TransientError: there is none; the message says why
		"""
		self._given_up.clear()
		try:
			number = self._put(function, arguments)
			try:
				return self._unpack(self._wait(number, answered_within(self._max_kbits)))
			finally:
				self._cache.delete(self._key(f"wait:{number}"), self._key(f"answer:{number}"))
		except RedisError:
			raise ServerUnavailable(
				_("This site's Redis cache is off, and what {0} is asked waits there.").format(self.producer)
			) from None

	def give_up(self) -> None:
		"""Ends the wait of another thread."""
		self._given_up.set()

	def _put(self, function: str, arguments: dict) -> str:
		if not self.is_present():
			raise ConnectionFailed(
				_(
					"{0} has not asked what this site wants for more than {1} seconds. Is it on, with its workers and scheduler, and does it reach this site?"
				).format(self.producer, PRESENCE)
			)
		number = secrets.token_hex(16)
		asked: dict[str, Any] = {"id": number, "function": function, "arguments": arguments}
		if self._max_kbits:
			asked["max_kbits"] = self._max_kbits
		request = json.dumps(asked, default=str)
		if len(request) > MAX_REQUEST:
			raise ConnectionFailed(_("What {0} is asked is too large for one request.").format(self.producer))
		keys = (self._key("requests"), self._key(f"wait:{number}"))
		if not self._cache.eval(PUT, 2, *keys, MAX_WAITING, int(answered_within(self._max_kbits)), request):
			raise TooManyRequests(_("Much is asked of {0} already.").format(self.producer), 30)
		return number

	def _wait(self, number: str, seconds: float) -> bytes:
		begin = time.monotonic()
		while (waited := time.monotonic() - begin) < seconds:
			if found := self._cache.blpop(self._key(f"answer:{number}"), timeout=LOOK):
				return found[1]
			if self._given_up.is_set():
				raise ConnectionFailed(_("The request to {0} was given up.").format(self.producer))
			if waited > FETCHED_WITHIN and self._cache.get(self._key(f"wait:{number}")) == WAITING:
				raise ConnectionFailed(
					_("{0} did not fetch what it was asked within {1} seconds.").format(
						self.producer, int(FETCHED_WITHIN)
					)
				)
		raise AnswerTimedOut(_("{0} gave no answer within {1} seconds.").format(self.producer, int(seconds)))

	def _unpack(self, posted: bytes) -> Answer:
		answer = json.loads(posted)
		headers = {"Content-Type": "application/json", "Retry-After": str(answer.get("retry_after") or "")}
		return Answer(self.producer, answer["status"], headers, unpack(answer["body"]))

	# --- who is asked

	def is_present(self) -> bool:
		return self._cache.get(self._key("present")) is not None

	def arrive(self) -> bool:
		"""The producer is here. Whether it had been away."""
		return not self._cache.eval(ARRIVE, 1, self._key("present"), PRESENCE)

	def fetch(self, seconds: float = 0.0) -> dict | None:
		"""The next request that somebody waits for: `{"id", "function", "arguments"}`. A producer answers one after the other, so one
		that it has fetched and not answered did not reach it: it gets that one again.

		:param seconds: that it is waited for, where few others wait on this site
		"""
		if request := self._in_hand():
			return request
		with self._slot(seconds) as may_wait:
			deadline = time.monotonic() + (seconds if may_wait else 0.0)
			while True:
				left = deadline - time.monotonic()
				raw = self._pop(left)
				asked = json.loads(raw) if raw else None
				if asked and self._mark_fetched(asked):
					self._cache.set(
						self._key("in_hand"), raw, ex=int(answered_within(asked.get("max_kbits")))
					)
					return asked
				if not raw and left <= 0:
					return None

	def deliver(self, number: str, status: int, body: str, retry_after: int | None = None) -> bool:
		"""
		:param body: as `pack` makes it
		:returns: whether somebody waited for it; else it is forgotten
		"""
		answer = json.dumps({"status": status, "body": body, "retry_after": retry_after})
		keys = (self._key(f"wait:{number}"), self._key(f"answer:{number}"))
		return bool(self._cache.eval(DELIVER, 2, *keys, answer, ANSWER_LIFETIME))

	def _in_hand(self) -> dict | None:
		"""The request that was fetched last, while somebody waits for its answer."""
		raw = self._cache.get(self._key("in_hand"))
		request = json.loads(raw) if raw else None
		return request if request and self._mark_fetched(request) else None

	def _pop(self, seconds: float) -> bytes | None:
		if seconds <= 0:
			return self._cache.eval(POP, 1, self._key("requests"))
		found = self._cache.blpop(self._key("requests"), timeout=max(seconds, 0.01))
		return found[1] if found else None

	@contextmanager
	def _slot(self, seconds: float) -> Iterator[bool]:
		"""Whether one more web worker may wait for so long; those that were killed count until then."""
		lifetime = int(seconds) + 1
		free = (
			slot for slot in self._slots if seconds > 0 and self._cache.set(slot, 1, nx=True, ex=lifetime)
		)
		slot = next(free, None)
		try:
			yield bool(slot)
		finally:
			if slot:
				self._cache.delete(slot)

	def _mark_fetched(self, request: dict) -> bool:
		"""Whether somebody still waits for its answer."""
		lifetime = int(answered_within(request.get("max_kbits")))
		return bool(self._cache.eval(MARK, 1, self._key(f"wait:{request['id']}"), lifetime))

	def _key(self, part: str) -> bytes:
		return self._prefix + f":{part}".encode()


def answered_within(max_kbits: int | None) -> float:
	"""Seconds that are waited for the answer of a request, once it was fetched."""
	return ANSWERED_WITHIN * (SLOW_LINE if max_kbits else 1)


def pack(content: bytes) -> str:
	"""For the body of an answer."""
	return base64.b64encode(zlib.compress(content)).decode()


def unpack(body: str) -> bytes | None:
	"""What `pack` was given; None if it is larger than this site reads, b"" if it is anything else."""
	unpacker = zlib.decompressobj()
	try:
		content = unpacker.decompress(base64.b64decode(body, validate=True), protocol.MAX_ANSWER + 1)
	except (binascii.Error, ValueError, zlib.error):
		return b""
	return content if len(content) <= protocol.MAX_ANSWER else None
