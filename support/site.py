"""A site as a test sees it: operations by name, run in the site's own processes."""

import contextlib
import itertools
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.processes import ManagedProcess, end_with_parent

if TYPE_CHECKING:
	from support.backend import Backend


class SiteError(Exception):
	"""An operation raised on the site: `type` is the exception's class there, the text its message."""

	def __init__(self, site: str, type: str, message: str, traceback: str):
		super().__init__(f"{type} on {site}: {message}")
		self.type = type
		self.message = message
		self.traceback = traceback
		self.add_site_traceback()

	def add_site_traceback(self) -> None:
		if hasattr(self, "add_note"):  # Python 3.11
			self.add_note(self.traceback)


class SiteShell:
	"""One process of a site. Operations run one after the other; for concurrency, open several shells."""

	def __init__(self, site: str, argv: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path):
		self.site = site
		self._numbers = itertools.count(1)
		with log.open("ab") as errors:
			self.process = subprocess.Popen(
				[str(part) for part in argv],
				cwd=cwd,
				env=dict(env),
				stdin=subprocess.PIPE,
				stdout=subprocess.PIPE,
				stderr=errors,
				text=True,
				encoding="utf-8",
				start_new_session=True,
				preexec_fn=end_with_parent,
			)

	def call(self, op: str, *, as_user: str = "Administrator", **kwargs) -> Any:
		"""Runs one operation and waits for its result.

		:raises SiteError: the operation raised; its transaction is rolled back
		"""
		self.send(op, as_user=as_user, **kwargs)
		return self.receive()

	def send(self, op: str, *, as_user: str = "Administrator", **kwargs) -> None:
		"""Starts an operation; `receive` waits for its result."""
		request = {"id": next(self._numbers), "op": op, "user": as_user, "kwargs": kwargs}
		self.process.stdin.write(json.dumps(request) + "\n")
		self.process.stdin.flush()

	def receive(self) -> Any:
		line = self.process.stdout.readline()
		if not line:
			raise SiteError(self.site, "ShellEnded", f"the shell ended with {self.process.wait()}", "")
		answer = json.loads(line)
		if "error" in answer:
			raise SiteError(self.site, **answer["error"])
		return answer.get("result")

	@contextlib.contextmanager
	def transaction(self, as_user: str = "Administrator") -> Iterator["SiteShell"]:
		"""What is called within is committed together, or rolled back when the block raises."""
		self.call("begin", as_user=as_user)
		try:
			yield self
		except BaseException:
			self.call("rollback")
			raise
		self.call("commit")

	def kill(self) -> None:
		self.process.kill()
		self.process.wait()

	def close(self) -> None:
		with contextlib.suppress(OSError):
			self.process.stdin.close()
		try:
			self.process.wait(5)
		except subprocess.TimeoutExpired:
			self.kill()
		self.process.stdout.close()


class Site:
	def __init__(self, backend: "Backend", name: str, url: str, folder: Path):
		self.backend = backend
		self.name = name
		self._url = url
		self.is_touched = True
		self.folder = folder
		self.web: ManagedProcess | None = None
		self._shells: list[SiteShell] = []
		self._shell: SiteShell | None = None
		self._first_config: dict = {}

	def __repr__(self) -> str:
		return f"<Site {self.name} at {self._url}>"

	@property
	def url(self) -> str:
		self.is_touched = True  # who asks for it may call it
		return self._url

	@url.setter
	def url(self, url: str) -> None:
		self._url = url

	def reset(self) -> None:
		"""Empty, without links, and as configured at first; nothing to do for a site that no test has touched since."""
		if self.is_touched:
			self.restore_config()
			self.call("reset")
			self.is_touched = False

	def call(self, op: str, **kwargs) -> Any:
		"""Runs an operation (see `support.shell`) in this site's first shell.

		:raises SiteError: the operation raised
		"""
		self.is_touched = True
		if not self._shell or self._shell.process.poll() is not None:
			self._shell = self.open_shell()
		return self._shell.call(op, **kwargs)

	def transaction(self) -> contextlib.AbstractContextManager[SiteShell]:
		self.call("exists", doctype="User", name="Administrator")
		return self._shell.transaction()

	def open_shell(self) -> SiteShell:
		"""One more process of this site; ends with the site."""
		shell = self.backend.start_shell(self)
		self._shells.append(shell)
		return shell

	def call_until_killed(self, op: str, **kwargs) -> bool:
		"""Runs an operation that kills its own process, a fork of the first shell; whether it did before its end.

		:raises SiteError: the operation raised
		"""
		return self.call("support.children:is_killed", site=self.name, operation=op, arguments=kwargs)

	def close_shells(self) -> None:
		for shell in self._shells:
			shell.close()
		self._shells.clear()
		self._shell = None

	@property
	def config(self) -> dict:
		return json.loads((self.folder / "site_config.json").read_text())

	def configure(self, **values) -> None:
		"""Changes keys of the site config for all processes that start a request or job from now on; None removes."""
		config = {**self.config, **values}
		config = {key: value for key, value in config.items() if value is not None}
		temporary = self.folder / "site_config.json.new"
		temporary.write_text(json.dumps(config, indent=1, sort_keys=True))
		temporary.replace(self.folder / "site_config.json")

	def remember_config(self) -> None:
		"""The config that `restore_config` brings back."""
		self._first_config = self.config

	def restore_config(self) -> None:
		if self.config != self._first_config:
			self.configure(**{**dict.fromkeys(self.config), **self._first_config})

	def tick(self) -> None:
		"""A minute of the schedule, and all jobs that come of it; without waiting for either."""
		self.call("run_schedule")
		self.call("run_jobs")

	# The operations that tests use on every page, with their usual arguments in place.

	def create(self, doctype: str, **values) -> dict:
		return self.call("create", doctype=doctype, **values)

	def insert(self, doctype: str, **values) -> dict:
		return self.call("insert", doctype=doctype, **values)

	def update(self, doctype: str, name: str, **values) -> dict:
		return self.call("update", doctype=doctype, name=name, **values)

	def submit(self, doctype: str, name: str) -> dict:
		return self.call("submit", doctype=doctype, name=name)

	def cancel(self, doctype: str, name: str) -> dict:
		return self.call("cancel", doctype=doctype, name=name)

	def rename(self, doctype: str, name: str, new_name: str, merge: bool = False) -> str:
		return self.call("rename", doctype=doctype, name=name, new_name=new_name, merge=merge)

	def delete(self, doctype: str, name: str) -> None:
		self.call("delete", doctype=doctype, name=name)

	def get(self, doctype: str, name: str) -> dict:
		return self.call("get", doctype=doctype, name=name)

	def exists(self, doctype: str, name: str) -> bool:
		return self.call("exists", doctype=doctype, name=name)

	def names(self, doctype: str, **filters) -> list[str]:
		return self.call("names", doctype=doctype, **filters)

	def value(self, doctype: str, name: str, field: str) -> Any:
		return self.call("value", doctype=doctype, name=name, field=field)

	def rows(self, doctype: str, fields: list[str], filters: dict | list | None = None) -> list[dict]:
		return self.call("rows", doctype=doctype, fields=fields, filters=filters)
