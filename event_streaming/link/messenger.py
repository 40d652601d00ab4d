"""How a producer that nobody can call asks a consumer what it wants to know, over and over."""

from collections.abc import Callable
from typing import Any

from event_streaming.link import answers, line
from event_streaming.link.client import ConsumerClient

LEAST_KBITS = 8  # a second; no consumer holds a producer's worker for longer


class Messenger(ConsumerClient):
	"""What a producer that nobody can call asks a consumer, over and over. It is a job's, and the line may be slow."""

	connect_timeout = 10
	read_timeout = 30
	deadline = 300
	max_kbits = 0  # that the consumer lets this link take of its line
	meanwhile: Callable[[], object] = staticmethod(lambda: None)  # called while an answer goes out

	def allow(self, max_kbits: Any) -> None:
		"""How fast the next answer is sent.

		:param max_kbits: as the consumer has asked for it, if it has
		"""
		is_asked = isinstance(max_kbits, int) and max_kbits > 0
		self.max_kbits = max(max_kbits, LEAST_KBITS) if is_asked else 0
		self.deadline = type(self).deadline * (line.SLOW_LINE if is_asked else 1)

	def _as_sent(self, body: bytes) -> Any:
		if len(body) <= line.SLOW_CHUNK:
			return body
		return line.SentBody(body, self.max_kbits, self.meanwhile)

	def exchange(self, answer: dict | None, wait: float = 0.0, news: bool = False) -> dict | None:
		"""See `event_streaming.api.exchange`.

		:returns: the next request, `{"id", "function", "arguments"}`, or None
		"""
		told = self.call("exchange", answer=answer, wait=wait, news=int(news))
		answers.expect(self.url, told, request=(dict, type(None)))
		if request := told["request"]:
			answers.expect(self.url, request, id=str, function=str, arguments=dict)
		return request
