"""Where the sites of the tests live: a Frappe bench, or the playground when there is none.

`EVENT_STREAMING_BACKEND` says which (`bench`, `playground` or `auto`, the default: the bench if there is one).
"""

import os
import shutil
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from support.processes import ManagedProcess
from support.site import Site, SiteShell

CHECKOUT = Path(__file__).resolve().parents[1]
SHOP_APP = CHECKOUT / "support" / "apps" / "streaming_shop"
APPS = ("event_streaming", "streaming_shop")


class Backend(ABC):
	"""Makes sites, runs their processes, and leaves nothing behind."""

	name: str
	db_type: str

	def __init__(self) -> None:
		self.root = Path(tempfile.mkdtemp(prefix="event-streaming-"))
		self.sites: dict[str, Site] = {}
		self.sites_without_app: list[Site] = []
		self.processes: list[ManagedProcess] = []

	@property
	def is_frappe_on_sqlite(self) -> bool:
		"""The playground is on SQLite, too, and answers as Frappe does on MariaDB."""
		return self.name == "bench" and self.db_type == "sqlite"

	@abstractmethod
	def start(self) -> None:
		"""Starts what all sites share."""

	@abstractmethod
	def make_sites(self, names: Sequence[str]) -> list[Site]:
		"""New sites with both apps, set up, each with its web server running."""

	@abstractmethod
	def make_site_without_app(self, name: str) -> Site:
		"""A site that serves Frappe alone."""

	@abstractmethod
	def install_app(self, site: Site, app: str) -> None: ...

	@abstractmethod
	def uninstall_app(self, site: Site, app: str) -> None: ...

	@abstractmethod
	def migrate(self, site: Site) -> None:
		"""Brings a site up to date with the code of its apps."""

	@abstractmethod
	def start_shell(self, site: Site) -> SiteShell: ...

	@abstractmethod
	def start_web(self, site: Site) -> ManagedProcess: ...

	@abstractmethod
	def start_worker(self, queues: str = "short,default,long") -> ManagedProcess:
		"""A worker for the jobs of all sites."""

	@abstractmethod
	def start_scheduler(self) -> ManagedProcess: ...

	@abstractmethod
	def run_command(self, site: Site, *arguments: str) -> str:
		"""What `bench --site SITE …` prints.

		:raises RuntimeError: the command failed
		"""

	@abstractmethod
	def forget_jobs(self) -> None:
		"""Empties the queues. Not while a worker runs."""

	def stop_process(self, process: ManagedProcess) -> None:
		process.stop()
		if process in self.processes:
			self.processes.remove(process)

	def stop(self) -> None:
		for site in [*self.sites.values(), *self.sites_without_app]:
			site.close_shells()
		for process in reversed(self.processes):
			process.stop()
		self.stop_services()
		if os.environ.get("KEEP"):
			print(f"\nkept: {self.root}", file=sys.stderr)
		else:
			shutil.rmtree(self.root, ignore_errors=True)

	@abstractmethod
	def stop_services(self) -> None:
		"""Stops what `start` started."""


def base_environment() -> dict[str, str]:
	"""This process's environment without what would make Frappe or Python behave differently under test."""
	unwanted = (
		"CI",
		"FRAPPE_",
		"PYTHON",
		"VIRTUAL_ENV",
		"PYTEST_",
		"SITES_PATH",
		"MYSQL_",
		"PG",
		"COVERAGE_",
	)
	return {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}


def python_path() -> str:
	"""The checkout before everything else, so that it is tested and no installed copy."""
	return os.pathsep.join(str(folder) for folder in (CHECKOUT, SHOP_APP, CHECKOUT / "tests"))


def choose_backend() -> Backend:
	"""
	:raises RuntimeError: what `EVENT_STREAMING_BACKEND` asks for is not here
	"""
	from support.bench import BenchBackend, find_bench
	from support.playground import PlaygroundBackend

	choice = os.environ.get("EVENT_STREAMING_BACKEND") or "auto"
	if choice not in ("bench", "playground", "auto"):
		raise RuntimeError(f"EVENT_STREAMING_BACKEND is {choice}; it can be bench, playground or auto")
	bench = find_bench()
	if choice == "bench" and not bench:
		raise RuntimeError(
			"There is no bench: set FRAPPE_BENCH to its folder, with env/bin/python and apps/frappe in it"
		)
	if bench and choice != "playground":
		return BenchBackend(bench)
	return PlaygroundBackend()
