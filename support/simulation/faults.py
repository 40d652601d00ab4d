"""What breaks, and when. All of it is decided by the history."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

CALLER, ANSWERER = "caller", "answerer"


class Killed(BaseException):
	"""The process is gone. No program catches it, but `finally` blocks run: they find everything dead."""


class Process:
	"""What runs in one context."""

	def __init__(self, role: str):
		self.role = role
		self.is_dead = False


class Plan:
	"""What breaks in one turn of a history.

	`{"kill": role, "at": n}`: the first process of that role dies at the n-th moment (a statement, either side of a commit,
	something that it asks of Redis). `{"wire": "refused" | "lost" | "cut", "at": n}`: the n-th call finds nobody, is done but its
	answer is lost, or is cut in the middle. `{"meanwhile": turn, "at": n}`: before the n-th call that turn is lived through.
	"""

	def __init__(self, fault: dict):
		self.fault = fault
		self.left = fault.get("at", 0)
		self.live: Callable[[dict], None] = lambda turn: None

	def is_moment_to_die(self, running: Process) -> bool:
		if self.fault.get("kill") != running.role:
			return False
		self.left -= 1
		return self.left == 0

	def of_call(self) -> str:
		if not {"wire", "meanwhile"} & self.fault.keys():
			return ""
		self.left -= 1
		if self.left == 0 and "meanwhile" in self.fault:
			self.live(self.fault["meanwhile"])
		return self.fault.get("wire", "") if self.left == 0 else ""


process: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)
_plan = Plan({})
_running: list[Process] = []


@contextmanager
def planned(fault: dict | None, live: Callable[[dict], None]) -> Iterator[None]:
	"""
	:param live: lives through a turn that comes between
	"""
	global _plan
	before, _plan = _plan, Plan(fault or {})
	_plan.live = live
	try:
		yield
	finally:
		_plan = before


@contextmanager
def running() -> Iterator[None]:
	"""A process, in the context in hand; what it calls meanwhile is answered by others."""
	one = Process(ANSWERER if _running else CALLER)
	process.set(one)
	_running.append(one)
	try:
		yield
	finally:
		_running.pop()


def moment() -> None:
	"""Before it something was done, and something is about to be: a kill may come between.

	:raises Killed:
	"""
	one = process.get()
	if one and (one.is_dead or _plan.is_moment_to_die(one)):
		one.is_dead = True
		raise Killed


class Call:
	"""One call over the wire, as the plan has it."""

	def __init__(self) -> None:
		self._fault = _plan.of_call()

	def begin(self) -> None:
		if self._fault == "refused":
			raise requests.ConnectionError("the simulated site is off")

	def answered(self, body: bytes) -> bytes:
		if self._fault == "lost":
			raise requests.ReadTimeout("the simulated answer is lost")
		return body[: len(body) // 2] if self._fault == "cut" else body
