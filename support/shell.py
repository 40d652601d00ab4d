"""A site's end of the line: runs operations in the site's own environment, one after the other.

Started as `python -m support.shell SITE` in a folder of sites. Each line on its standard input is a request,
`{"id", "op", "kwargs", "user"}`, each line on its standard output the answer, `{"id", "result"}` or
`{"id", "error": {"type", "message", "traceback"}}`. An operation is a function of one of `MODULES`.
It runs as a request of the web server would: in a transaction of its own, committed when it returns and rolled
back when it raises. Between `begin` and `commit` or `rollback` operations share one transaction instead.
"""

import importlib
import json
import os
import sys
import traceback

import frappe

from support import growing, history, large, ops, raising, site_ops, stored, streaming_ops, trouble, writers

MODULES = (ops, streaming_ops, site_ops, growing, stored, writers, trouble, history, large, raising)


class Shell:
	def __init__(self, site: str):
		self.site = site
		self.is_open = False  # between begin and commit or rollback

	def answer(self, request: dict) -> dict:
		try:
			return {"id": request["id"], "result": self._run(request)}
		except Exception as error:
			return {"id": request["id"], "error": describe(error)}

	def _run(self, request: dict):
		op, kwargs, user = request["op"], request["kwargs"], request["user"]
		if op in ("begin", "commit", "rollback"):
			return getattr(self, op)(user)
		function = find_operation(op)
		if self.is_open or getattr(function, "without_site", False):
			return function(**kwargs)
		self._connect(user)
		try:
			result = function(**kwargs)
			frappe.db.commit()
			return result
		except BaseException:
			frappe.db.rollback()
			raise
		finally:
			frappe.destroy()

	def begin(self, user: str) -> None:
		self._connect(user)
		frappe.db.begin()
		self.is_open = True

	def commit(self, user: str) -> None:
		frappe.db.commit()
		self._close()

	def rollback(self, user: str) -> None:
		frappe.db.rollback()
		self._close()

	def _close(self) -> None:
		self.is_open = False
		frappe.destroy()

	def _connect(self, user: str) -> None:
		frappe.init(site=self.site)
		frappe.connect()
		frappe.set_user(user)


def find_operation(name: str):
	"""One of `MODULES`' functions, or `module:function` of any module."""
	module_name, colon, function = name.partition(":")
	if colon:
		return getattr(importlib.import_module(module_name), function)
	for module in MODULES:
		if hasattr(module, name):
			return getattr(module, name)
	raise AttributeError(f"no operation {name}")


def describe(error: Exception) -> dict:
	return {"type": type(error).__name__, "message": str(error), "traceback": traceback.format_exc()}


def main() -> None:
	answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
	os.dup2(2, 1)  # what anything prints goes to the log, not among the answers
	shell = Shell(sys.argv[1])
	for line in sys.stdin:
		answers.write(json.dumps(shell.answer(json.loads(line)), default=str) + "\n")
		answers.flush()


if __name__ == "__main__":
	main()
