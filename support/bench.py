"""Sites of a real bench, made in a folder of their own: the bench gives its code and its Python, nothing else.

The folder has the shape of a bench (`sites`, `logs`, `config`, links to `apps` and `env`), a database and two Redis
servers that listen on free loopback ports, and a web server process for each site. The bench's own sites,
services and files are neither used nor changed.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from support import clones
from support.backend import APPS, CHECKOUT, Backend, base_environment, python_path
from support.processes import LOOPBACK, ManagedProcess, free_port, is_listening, run
from support.services import DATABASE_SERVERS, DatabaseServer, RedisServer
from support.site import Site, SiteShell

TEMPLATE = "template.localhost"
ADMIN_PASSWORD = "admin"
DUMP = "database.sql"
LANES = "lanes"  # a queue


def find_bench() -> Path | None:
	"""The folder that `FRAPPE_BENCH` names, else `~/frappe-bench`; None when there is no bench in it."""
	return _bench_in(os.environ.get("FRAPPE_BENCH") or "~/frappe-bench")


def find_other_bench() -> Path | None:
	"""The folder that `FRAPPE_BENCH_OTHER` names, else `~/bench16`: as a rule one of the other version."""
	return _bench_in(os.environ.get("FRAPPE_BENCH_OTHER") or "~/bench16")


def find_benches() -> list[Path]:
	"""Both, without one that is named twice."""
	return list(dict.fromkeys(filter(None, (find_bench(), find_other_bench()))))


def frappe_version(bench: Path) -> str:
	code = (bench / "apps" / "frappe" / "frappe" / "__init__.py").read_text()
	found = re.search(r'^__version__ = "(.+)"', code, re.MULTILINE)
	return found[1] if found else "of an unknown version"


def _bench_in(folder: str) -> Path | None:
	bench = Path(folder).expanduser().resolve()
	is_bench = (bench / "env" / "bin" / "python").exists() and (bench / "apps" / "frappe" / "frappe").is_dir()
	return bench if is_bench else None


def cache_folder() -> Path:
	"""For what is slow to make and the same for every run on this bench."""
	folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "event-streaming-tests"
	folder.mkdir(parents=True, exist_ok=True)
	return folder


class BenchBackend(Backend):
	name = "bench"

	def __init__(self, bench: Path):
		super().__init__()
		self.bench = bench
		self.python = bench / "env" / "bin" / "python"
		self.sites_folder = self.root / "sites"
		self.logs = self.root / "logs"
		self.db_type = os.environ.get("EVENT_STREAMING_DB") or "mariadb"
		self._make_folders()
		self.redis_cache = RedisServer("redis-cache", self.root, base_environment())
		self.redis_queue = RedisServer("redis-queue", self.root, base_environment())
		self.database = self._database_server()

	def _database_server(self) -> DatabaseServer | None:
		"""None for SQLite, which has none.

		:raises RuntimeError: `EVENT_STREAMING_DB` is something else
		"""
		if self.db_type == "sqlite":
			return None
		if self.db_type not in DATABASE_SERVERS:
			known = " or ".join(["sqlite", *DATABASE_SERVERS])
			raise RuntimeError(f"EVENT_STREAMING_DB is {self.db_type}; it can be {known}")
		return DATABASE_SERVERS[self.db_type](self.root, base_environment())

	def start(self) -> None:
		self.redis_cache.start()
		self.redis_queue.start()
		if self.database:
			self.database.start()
		self._write_common_config()

	def stop_services(self) -> None:
		if self.database:
			self.database.stop()
		self.redis_queue.stop()
		self.redis_cache.stop()

	# sites

	def make_sites(self, names: Sequence[str]) -> list[Site]:
		self._make_template()
		made = [self._clone_template(name) for name in names]
		for site in made:
			site.web = self.start_web(site)
		return made

	def make_site_without_app(self, name: str) -> Site:
		site = Site(self, name, f"http://{LOOPBACK}:{free_port()}", self.sites_folder / name)
		self._restore(self.pristine, name)
		site.configure(host_name=site.url)
		self.sites_without_app.append(site)
		site.web = self.start_web(site)
		return site

	def install_app(self, site: Site, app: str) -> None:
		self._frappe("--site", site.name, "install-app", app)

	def uninstall_app(self, site: Site, app: str) -> None:
		self._frappe("--site", site.name, "uninstall-app", app, "--yes", "--no-backup")

	def migrate(self, site: Site) -> None:
		self._frappe("--site", site.name, "migrate")

	def _make_template(self) -> None:
		"""One site with all apps, of which the others are copies: three installations would take thrice as long."""
		folder = self.sites_folder / TEMPLATE
		if folder.exists():
			return
		self._restore_pristine(TEMPLATE)
		self._list_apps(*APPS)
		self._frappe("--site", TEMPLATE, "install-app", *APPS)
		self._call_template("prepare_site")
		self._store(TEMPLATE, self.root / "template")

	def _restore_pristine(self, name: str) -> None:
		"""A new site of Frappe alone."""
		self.pristine = cache_folder() / f"pristine-{self._fingerprint()}"
		if self.pristine.exists():
			return self._restore(self.pristine, name)
		self._new_site(name)
		self._store(name, self.pristine)

	def _list_apps(self, *apps: str) -> None:
		"""Those that sites here may have, with Frappe."""
		(self.sites_folder / "apps.txt").write_text("\n".join(["frappe", *apps]) + "\n")

	def _call_template(self, op: str, **kwargs) -> None:
		template = Site(self, TEMPLATE, "", self.sites_folder / TEMPLATE)
		self.sites[TEMPLATE] = template
		template.call(op, **kwargs)
		template.close_shells()
		del self.sites[TEMPLATE]

	def _new_site(self, name: str) -> None:
		arguments = ["new-site", name, "--db-type", self.db_type, "--admin-password", ADMIN_PASSWORD]
		if self.database:
			arguments += self.database.new_site_arguments
		self._frappe(*arguments)

	def _clone_template(self, name: str) -> Site:
		site = Site(self, name, f"http://{LOOPBACK}:{free_port()}", self.sites_folder / name)
		self._restore(self.root / "template", name)
		site.configure(**clones.site_config(site))
		site.remember_config()
		self.sites[name] = site
		site.call("reset")
		return site

	def _store(self, name: str, to: Path) -> None:
		"""The site's database and files, in a folder that `_restore` makes a site of."""
		temporary = to.with_name(f"{to.name}.{os.getpid()}")
		clones.copy_folder(self.sites_folder / name, temporary)
		if self.database:
			config = json.loads((temporary / "site_config.json").read_text())
			self.database.dump(config["db_name"], temporary / DUMP)
		temporary.rename(to)

	def _restore(self, stored: Path, name: str) -> None:
		folder, db_name, password = self.sites_folder / name, clones.database_name(name), secrets.token_hex(8)
		clones.copy_folder(stored, folder, DUMP)
		if not self.database:
			return clones.rename_sqlite_database(folder, db_name)
		clones.change_config(folder, db_name=db_name, db_password=password)
		self.database.make_database(db_name, password)
		self.database.load(db_name, stored / DUMP)

	def _fingerprint(self, *apps: str) -> str:
		"""Changes whenever a new site of this bench with Frappe and these apps would be another one."""
		digest = hashlib.sha1(f"{self.db_type}:{self.bench}".encode())
		for app in ("frappe", *apps):
			package = self.bench / "apps" / app / app
			for file in sorted([*package.glob("**/*.json"), package / "__init__.py", package / "hooks.py"]):
				if "node_modules" not in file.parts and "public" not in file.parts:
					stat = file.stat()
					digest.update(f"{file}:{stat.st_size}:{stat.st_mtime_ns}".encode())
		return digest.hexdigest()[:16]

	# processes

	def start_shell(self, site: Site) -> SiteShell:
		argv = [str(self.python), "-m", "support.shell", site.name]
		return SiteShell(
			site.name, argv, self.sites_folder, self.environment(), self.logs / f"{site.name}.shell.log"
		)

	def start_web(self, site: Site) -> ManagedProcess:
		port = int(site.url.rpartition(":")[2])
		argv = [self.python, "-m", "gunicorn", "support.wsgi:application", "--bind", f"{LOOPBACK}:{port}"]
		argv += ["--worker-class", "gthread", "--workers", 1, "--threads", 8]
		argv += ["--timeout", 120, "--keep-alive", 30]
		env = {**self.environment(), "EVENT_STREAMING_TEST_SITE": site.name}
		process = self._start(f"{site.name}.web", argv, env)
		return process.wait_until(lambda: is_listening(port))

	def start_worker(self, queues: str = "short,default,long") -> ManagedProcess:
		return self._start("worker", [*self._command, "worker", "--queue", queues], self.environment())

	def start_scheduler(self) -> ManagedProcess:
		return self._start("scheduler", [*self._command, "schedule"], self.environment())

	def run_command(self, site: Site, *arguments: str) -> str:
		return self._frappe("--site", site.name, *arguments)

	def forget_jobs(self) -> None:
		if not any(process.name == "worker" and process.is_running for process in self.processes):
			return self.redis_queue.delete_keys("rq:*")
		for pattern in ("rq:[^w]*", "rq:wip:*"):  # those of lanes stay
			self.redis_queue.delete_keys(pattern)

	@property
	def _command(self) -> list[str]:
		return [str(self.python), "-m", "frappe.utils.bench_helper", "frappe"]

	def _frappe(self, *arguments: str) -> str:
		return run([*self._command, *arguments], cwd=self.sites_folder, env=self.environment()).stdout

	def _start(self, name: str, argv: Sequence, env: dict[str, str]) -> ManagedProcess:
		process = ManagedProcess(name, argv, self.logs / f"{name}.log", self.sites_folder, env)
		self.processes.append(process.start())
		return process

	def environment(self) -> dict[str, str]:
		return {
			**base_environment(),
			"PYTHONPATH": python_path(),
			"PYTHONPYCACHEPREFIX": str(cache_folder() / "pycache"),  # writes nothing into the bench
			"PYTHONUNBUFFERED": "1",
			"FRAPPE_BENCH_ROOT": str(self.root),
			"SITES_PATH": str(self.sites_folder),
		}

	# the folder

	def _make_folders(self) -> None:
		for folder in ("sites", "logs", "config"):
			(self.root / folder).mkdir()
		for link in ("apps", "env"):
			(self.root / link).symlink_to(self.bench / link)
		self._link_assets()
		(self.sites_folder / "apps.txt").write_text("frappe\n")

	def _link_assets(self) -> None:
		"""What `bench build` made there, and this app's files from the checkout."""
		assets = self.sites_folder / "assets"
		assets.mkdir()
		built = self.bench / "sites" / "assets"
		for entry in built.iterdir() if built.exists() else ():
			if entry.name not in APPS:
				(assets / entry.name).symlink_to(entry)
		(assets / "event_streaming").symlink_to(CHECKOUT / "event_streaming" / "public")

	def _write_common_config(self) -> None:
		config = {
			"redis_cache": self.redis_cache.url,
			"redis_queue": self.redis_queue.url,
			"redis_socketio": self.redis_cache.url,
			"scheduler_tick_interval": 1,
			"rate_limit": {},
			"developer_mode": 0,
			"use_redis_auth": False,
			"background_workers": 1,
			"workers": {LANES: {"timeout": 1500}},
		}
		if self.database:
			config.update(self.database.config)
		(self.sites_folder / "common_site_config.json").write_text(
			json.dumps(config, indent=1, sort_keys=True)
		)
