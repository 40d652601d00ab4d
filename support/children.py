"""Processes that an operation forks off: each works on the site for itself, and may be killed. Runs inside the site.

A fork has all modules loaded, so it begins at once, where a new shell would need seconds.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import contextmanager

import frappe


@contextmanager
def on_site(site: str, user: str = "Administrator"):
	"""A connection of its own; not committed by itself."""
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.destroy()


class Child:
	def __init__(self, site: str, work: Callable[[], object]):
		"""Begins to do `work` on the site, with a connection of its own."""
		self.status: int | None = None
		self._pipe, answer = os.pipe()
		self.pid = os.fork()
		if not self.pid:
			_work_and_exit(site, work, answer)
		os.close(answer)

	def wait(self) -> dict:
		"""`{"result"}`, `{"error"}` or `{"signal"}`: what it was killed with."""
		with os.fdopen(self._pipe, encoding="utf-8") as answer:
			text = answer.read()
		_pid, self.status = os.waitpid(self.pid, 0)
		if os.WIFSIGNALED(self.status):
			return {"signal": os.WTERMSIG(self.status)}
		return json.loads(text)


def is_killed(site: str, operation: str, arguments: dict) -> bool:
	"""Runs an operation of `support.shell` in a child that it may kill; whether it did."""
	from support.shell import find_operation

	def work() -> None:
		find_operation(operation)(**arguments)
		frappe.db.commit()

	child = Child(site, work)
	answer = child.wait()
	if "error" in answer:
		raise RuntimeError(answer["error"])
	return "signal" in answer


is_killed.without_site = True  # the child connects itself


def results(children: list[Child]) -> list:
	"""What each of them returned.

	:raises RuntimeError: one failed or was killed
	"""
	answers = [child.wait() for child in children]
	for answer in answers:
		if "result" not in answer:
			raise RuntimeError(answer.get("error") or f"killed by signal {answer['signal']}")
	return [answer["result"] for answer in answers]


def _work_and_exit(site: str, work: Callable[[], object], answer: int) -> None:
	_inherited = getattr(
		frappe.local, "db", None
	)  # mysqlclient closes the parent's connection with what is collected here
	try:
		with on_site(site):
			told = {"result": work()}
	except BaseException:
		told = {"error": traceback.format_exc()}
	with os.fdopen(answer, "w", encoding="utf-8") as pipe:
		pipe.write(json.dumps(told, default=str))
	sys.stderr.flush()
	os._exit(0)  # not one step more of what belongs to the parent
