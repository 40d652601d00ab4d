"""Processes that the tests start on free loopback ports, and stop again: these and no others."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1
_given_ports: set[int] = set()


def free_port() -> int:
	"""A loopback port that nobody listens on and that was not given out before."""
	while True:
		with socket.socket() as probe:
			probe.bind((LOOPBACK, 0))
			port = probe.getsockname()[1]
		if port not in _given_ports:
			_given_ports.add(port)
			return port


def end_with_parent() -> None:
	"""In a child, before it runs its program: nothing of ours outlives tests that were killed. Only Linux can."""
	if sys.platform == "linux":
		ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def is_listening(port: int) -> bool:
	with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
		return True
	return False


class ManagedProcess:
	"""A child process in a process group of its own, its output in a log file."""

	def __init__(
		self,
		name: str,
		argv: Sequence[str],
		log: Path,
		cwd: Path,
		env: Mapping[str, str],
		user: str | None = None,
	):
		self.name = name
		self.argv = [str(part) for part in argv]
		self.log = log
		self.cwd = cwd
		self.env = dict(env)
		self.user = user
		self.process: subprocess.Popen | None = None

	def start(self) -> "ManagedProcess":
		self.log.parent.mkdir(parents=True, exist_ok=True)
		with self.log.open("ab") as log:
			self.process = subprocess.Popen(
				self.argv,
				cwd=self.cwd,
				env=self.env,
				stdin=subprocess.DEVNULL,
				stdout=log,
				stderr=subprocess.STDOUT,
				start_new_session=True,
				preexec_fn=end_with_parent,
				user=self.user,
			)
		return self

	@property
	def is_running(self) -> bool:
		return self.process is not None and self.process.poll() is None

	def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> "ManagedProcess":
		"""
		:raises RuntimeError: with the end of the log, when the process ends or is not ready in time
		"""
		deadline = time.monotonic() + seconds
		while not ready():
			if not self.is_running:
				raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
			if time.monotonic() > deadline:
				raise RuntimeError(f"{self.name} was not ready after {seconds} s:\n{self.tail()}")
			time.sleep(0.05)
		return self

	def tail(self, lines: int = 30) -> str:
		text = self.log.read_text(errors="replace") if self.log.exists() else ""
		return "\n".join(text.splitlines()[-lines:])

	def kill(self) -> None:
		"""kill -9, as a crash would: nothing of the group gets to clean up."""
		self._signal(signal.SIGKILL)
		if self.process:
			self.process.wait()

	def stop(self, seconds: float = 10, ask_by: int = signal.SIGTERM) -> None:
		"""Asks the group to end, and ends it when it does not."""
		if not self.is_running:
			self._signal(signal.SIGKILL)  # what a dead leader may have left behind
			return
		self._signal(ask_by)
		try:
			self.process.wait(seconds)
		except subprocess.TimeoutExpired:
			pass
		self.kill()

	def _signal(self, number: int) -> None:
		if self.process:
			with contextlib.suppress(ProcessLookupError, PermissionError):
				os.killpg(self.process.pid, number)


def run(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], **options) -> subprocess.CompletedProcess:
	"""Runs a command to its end.

	:raises RuntimeError: with all that the command printed, when it fails
	"""
	options.setdefault("timeout", 600)
	argv = [str(part) for part in argv]
	done = subprocess.run(
		argv,
		cwd=cwd,
		env=dict(env),
		stdin=options.pop("stdin", subprocess.DEVNULL),
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		**options,
	)
	if done.returncode:
		raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}")
	return done
