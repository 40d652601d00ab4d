"""Sites of one process: made once, put back to where they were before each history."""

import contextlib
import contextvars
import copy
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fakeredis
import redis

from support.backend import APPS
from support.clones import database_name
from support.simulation import clock, faults, wire
from support.site import SiteError

TEMPLATE = "template.localhost"
STORAGE = Path("/dev/shm")
NEEDED = 512 * 1024 * 1024  # bytes; a container often has 64 MB there
KEY = "c2ltdWxhdGVkIHNpdGVzIGhhdmUgbm8gc2VjcmV0cyE="


def storage() -> Path | None:
	"""Memory, if there is some to write files to; None for where temporary files are otherwise."""
	is_usable = STORAGE.is_dir() and os.access(STORAGE, os.W_OK)
	return STORAGE if is_usable and shutil.disk_usage(STORAGE).free > NEEDED else None


class SimulatedSite:
	"""As `support.site.Site`, without a process of its own."""

	def __init__(self, world: "World", name: str, url: str):
		self.world = world
		self.name = name
		self.url = url
		self.folder = world.folder / name
		self.offset = 0.0  # seconds by which its clock is wrong
		self._held: contextvars.Context | None = None

	def __repr__(self) -> str:
		return f"<SimulatedSite {self.name} at {self.url}>"

	def call(self, op: str, *, as_user: str = "Administrator", **kwargs: Any) -> Any:
		"""An operation (see `support.shell`) in a process of its own.

		:raises SiteError: the operation raised
		"""
		return self.in_a_process(self._call, op, as_user, kwargs)

	def _call(self, op: str, user: str, kwargs: dict) -> Any:
		from support.shell import Shell, describe

		try:
			result = Shell(self.name)._run({"op": op, "kwargs": kwargs, "user": user})
		except Exception as error:
			raise SiteError(self.name, **describe(error)) from error
		return json.loads(json.dumps(result, default=str))

	def in_a_process(self, function: Callable, *args: Any) -> Any:
		return contextvars.Context().run(self._begin, function, *args)

	def _begin(self, function: Callable, *args: Any) -> Any:
		clock.offset.set(self.offset)
		with faults.running():
			return function(*args)

	def open_shell(self) -> "SimulatedShell":
		return SimulatedShell(self)

	def configure(self, **values: Any) -> None:
		"""Changes keys of the site config; None removes."""
		file = self.folder / "site_config.json"
		config = {**json.loads(file.read_text()), **values}
		config = {key: value for key, value in config.items() if value is not None}
		file.write_text(json.dumps(config, indent=1, sort_keys=True))

	@property
	def database(self) -> Path:
		return self.folder / "db" / f"{database_name(self.name)}.db"

	def select(self, query: str, *values: Any) -> list[tuple]:
		"""Past the framework."""
		with contextlib.closing(sqlite3.connect(self.database)) as connection:
			return connection.execute(query, values).fetchall()

	def rows(self, doctype: str, fields: list[str], filters: dict | list | None = None) -> list[dict]:
		return self.call("rows", doctype=doctype, fields=fields, filters=filters)


class SimulatedShell:
	"""A process that stays, for a transaction that does."""

	def __init__(self, site: SimulatedSite):
		from support.shell import Shell

		self._site = site
		self._context = contextvars.Context()
		self._shell = Shell(site.name)

	def call(self, op: str, **kwargs: Any) -> Any:
		return self._context.run(self._site._begin, self._run, op, kwargs)

	def _run(self, op: str, kwargs: dict) -> Any:
		return self._shell._run({"op": op, "kwargs": kwargs, "user": "Administrator"})


class World:
	"""A folder of sites and what they share. One in a process."""

	def __init__(self) -> None:
		self.folder = Path(tempfile.mkdtemp(prefix="event-streaming-simulation-", dir=storage()))
		self.sites: list[SimulatedSite] = []
		self.server = fakeredis.FakeServer(version=(7,))
		self._take_over()
		self._make_template()

	def close(self) -> None:
		os.chdir("/")
		shutil.rmtree(self.folder, ignore_errors=True)

	def _take_over(self) -> None:
		import frappe
		import frappe.app
		import frappe.database
		from frappe.utils import background_jobs

		from support.simulation import memory

		os.chdir(self.folder)  # where the processes of a bench run

		clock.take_over()
		wire.take_over()
		pool = redis.ConnectionPool(connection_class=fakeredis.FakeRedisConnection, server=self.server)
		frappe.database.get_db = lambda cur_db_name, **_unused: memory.SimulatedDatabase(cur_db_name)
		frappe.cache = memory.SimulatedCache(connection_pool=pool)
		frappe.cache.shelves = {}
		background_jobs._redis_queue_conn = redis.Redis(connection_pool=pool)
		background_jobs.enqueue = lambda *_args, **_options: None
		frappe.app._sites_path = "."
		frappe.errprint = lambda _traceback: None  # of what a site refuses, as a key that is dead

	def _make_template(self) -> None:
		from support.simulation.memory import forget_connections

		contextvars.Context().run(self._install)
		for file in (self.folder / TEMPLATE / "db").glob("*.db"):
			forget_connections(file)

	def _install(self) -> None:
		import frappe
		from frappe.installer import install_app
		from frappe.playground import sites

		sites.prepare_sites_folder(".", list(APPS))
		sites.new_site(TEMPLATE, ".")
		for app in APPS:
			with sites.site(TEMPLATE, "."):
				frappe.cache.delete_value(["app_modules", "all_apps", "app_hooks"])
				frappe.setup_module_map()
				install_app(app)
				frappe.db.commit()
		SimulatedSite(self, TEMPLATE, "").call("prepare_site")

	def make_site(self, name: str, port: int) -> SimulatedSite:
		site = SimulatedSite(self, name, f"http://127.0.0.1:{port}")
		shutil.copytree(self.folder / TEMPLATE, site.folder)
		for file in (site.folder / "db").iterdir():
			file.rename(
				site.database
				if file.suffix == ".db"
				else file.with_name(site.database.name + file.name.partition(".db")[2])
			)
		site.configure(
			db_name=database_name(name),
			host_name=site.url,
			encryption_key=KEY,
			event_streaming_allow_private_network=1,
			event_streaming_guest_limit=100_000,
			playground_busy_timeout=0.001,
			allow_tests=1,
			mute_emails=1,
		)
		wire.addresses[f"127.0.0.1:{port}"] = site
		self.sites.append(site)
		site.call("reset")
		return site

	def keep(self, sites: list[SimulatedSite]) -> dict:
		"""What `put_back` brings back."""
		import frappe

		from support.simulation.memory import forget_connections

		frappe.cache.is_settled = True
		for site in sites:
			forget_connections(site.database)  # the last one writes what stands in the log into the file
		return {
			"databases": {site: site.database.read_bytes() for site in sites},
			"redis": copy.deepcopy(self.server.dbs[0]._dict),
		}

	def put_back_databases(self, databases: dict[SimulatedSite, bytes]) -> None:
		from support.simulation.memory import forget_connections

		for site, content in databases.items():
			forget_connections(site.database)
			for file in site.database.parent.iterdir():
				file.unlink()
			site.database.write_bytes(content)

	def put_back(self, kept: dict) -> None:
		self.put_back_databases(kept["databases"])
		for site in kept["databases"]:
			site.offset = 0.0
		database = self.server.dbs[0]._dict
		database.clear()
		database.update(copy.deepcopy(kept["redis"]))
