"""The processes of a pull's lanes: started, spoken to, ended.

Only one is started; it makes the others of itself once it has loaded all that lanes need. Requests and answers are lines
of JSON, through a pair of pipes for each lane. The caller need not wait for them to start.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TextIO

import frappe

START_WITHIN = 30  # seconds
STOP_WITHIN = 5  # seconds


class LaneProcesses:
	def __init__(self, number: int):
		"""
		:raises OSError: no process can be started
		"""
		pipes = [(os.pipe(), os.pipe()) for _lane in range(number)]
		theirs = [(requests[0], answers[1]) for requests, answers in pipes]
		self._requests = [os.fdopen(requests[1], "w", encoding="utf-8") for requests, _answers in pipes]
		self._answers = [os.fdopen(answers[0], encoding="utf-8") for _requests, answers in pipes]
		self._begun = time.monotonic()
		self._starting = set(range(number))
		self._first: subprocess.Popen | None = None
		try:
			self._first = _start(theirs)
		except OSError:
			self.stop(at_once=True)
			raise
		finally:
			for ends in theirs:
				for end in ends:
					os.close(end)

	def are_ready(self, within: float = 0.0) -> bool | None:
		"""
		:param within: seconds that are waited for them
		:returns: None when they are still starting, False when one has ended or takes too long
		"""
		end = time.monotonic() + within
		while self._starting:
			lane = min(self._starting)
			if not _has_something(self._answers[lane], max(end - time.monotonic(), 0.0)):
				return None if time.monotonic() < self._begun + START_WITHIN else False
			if not self.answer(lane):
				return False
			self._starting.remove(lane)
		return True

	def ask(self, lane: int, request: dict) -> None:
		try:
			self._requests[lane].write(json.dumps(request) + "\n")
			self._requests[lane].flush()
		except OSError:
			pass  # it has ended; `answer` will see that

	def answer(self, lane: int) -> dict | None:
		"""
		:returns: None when it has ended
		"""
		line = self._answers[lane].readline()
		return json.loads(line) if line.endswith("\n") else None

	def stop(self, at_once: bool) -> None:
		"""
		:param at_once: whatever they are doing
		"""
		if at_once or self._starting:
			self._kill()  # before it finds its pipes closed
		for pipe in [*self._requests, *self._answers]:
			with suppress(OSError):  # what it was still to be told
				pipe.close()
		if not self._first:
			return
		try:
			self._first.wait(timeout=STOP_WITHIN)
		except subprocess.TimeoutExpired:
			self._kill()
			self._first.wait()

	def _kill(self) -> None:
		if self._first:
			with suppress(ProcessLookupError):
				os.killpg(self._first.pid, signal.SIGKILL)


def _start(pipes: list[tuple[int, int]]) -> subprocess.Popen:
	"""
	:param pipes: for each lane, where it reads requests and where it writes answers
	"""
	paths = [os.path.abspath(path) for path in sys.path]
	pairs = [f"{requests},{answers}" for requests, answers in pipes]
	# nosemgrep -- this interpreter with this app's own module, without a shell
	return subprocess.Popen(
		[
			sys.executable,
			"-m",
			"event_streaming.consumer.pull.lane_worker",
			frappe.local.site,
			str(os.getpid()),
			*pairs,
		],
		stdin=subprocess.DEVNULL,
		pass_fds=[end for pair in pipes for end in pair],
		start_new_session=True,  # they are ended together
		cwd=os.path.abspath(frappe.local.sites_path),
		env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
	)


def _has_something(pipe: TextIO, within: float) -> bool:
	return bool(select.select([pipe], [], [], within)[0])
