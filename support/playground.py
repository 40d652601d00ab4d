"""Sites of the playground: the app without a bench, on SQLite.

The same folder of sites, processes and shells as on a bench, started by `python -m frappe.playground` in the
environment that the tests themselves run in.
"""

import json
import os
import sys
from collections.abc import Sequence

from support import clones
from support.backend import APPS, CHECKOUT, Backend, base_environment, python_path
from support.processes import LOOPBACK, ManagedProcess, free_port, is_listening, run
from support.services import delete_keys
from support.site import Site, SiteShell

PLAYGROUND = CHECKOUT / "playground"
TEMPLATE = "template.localhost"


class PlaygroundBackend(Backend):
	name = "playground"
	db_type = "sqlite"
	database = None

	def __init__(self) -> None:
		if not (PLAYGROUND / "frappe").is_dir():
			raise RuntimeError("There is no bench, and the playground is not part of this checkout")
		super().__init__()
		self.sites_folder = self.root / "sites"
		self.logs = self.root / "logs"
		self.sites_folder.mkdir()
		self.redis_port = free_port()

	def start(self) -> None:
		process = self._start("redis", "redis", "--port", str(self.redis_port))
		process.wait_until(lambda: is_listening(self.redis_port) and "redis_queue" in self._common_config())

	def stop_services(self) -> None:
		"""Redis is one of the processes."""

	# sites

	def make_sites(self, names: Sequence[str]) -> list[Site]:
		self._make_template()
		made = [self._clone_template(name) for name in names]
		for site in made:
			site.web = self.start_web(site)
		return made

	def make_site_without_app(self, name: str) -> Site:
		self._run("new-site", name)
		site = Site(self, name, f"http://{LOOPBACK}:{free_port()}", self.sites_folder / name)
		site.configure(host_name=site.url)
		self.sites_without_app.append(site)
		site.web = self.start_web(site)
		return site

	def install_app(self, site: Site, app: str) -> None:
		self._run("install-app", app, "--site", site.name)

	def uninstall_app(self, site: Site, app: str) -> None:
		self._run("uninstall-app", app, "--site", site.name)

	def migrate(self, site: Site) -> None:
		self._run("migrate", "--site", site.name)

	def _make_template(self) -> None:
		if (self.sites_folder / TEMPLATE).exists():
			return
		self._run("new-site", TEMPLATE)
		for app in APPS:
			self._run("install-app", app, "--site", TEMPLATE)
		template = Site(self, TEMPLATE, "", self.sites_folder / TEMPLATE)
		template.call("prepare_site")
		template.close_shells()

	def _clone_template(self, name: str) -> Site:
		site = Site(self, name, f"http://{LOOPBACK}:{free_port()}", self.sites_folder / name)
		clones.copy_folder(self.sites_folder / TEMPLATE, site.folder)
		clones.rename_sqlite_database(site.folder, clones.database_name(name))
		site.configure(**clones.site_config(site))
		site.remember_config()
		self.sites[name] = site
		site.call("reset")
		return site

	# processes

	def start_shell(self, site: Site) -> SiteShell:
		argv = [sys.executable, "-m", "support.shell", site.name]
		log = self.logs / f"{site.name}.shell.log"
		return SiteShell(site.name, argv, self.sites_folder, self.environment(), log)

	def start_web(self, site: Site) -> ManagedProcess:
		port = int(site.url.rpartition(":")[2])
		process = self._start(f"{site.name}.web", "serve", "--site", site.name, "--port", str(port))
		return process.wait_until(lambda: is_listening(port))

	def start_worker(self, queues: str = "short,default,long") -> ManagedProcess:
		return self._start("worker", "worker")

	def start_scheduler(self) -> ManagedProcess:
		return self._start("scheduler", "schedule")

	def run_command(self, site: Site, *arguments: str) -> str:
		argv = [*self._command, "app", "--site", site.name, "--sites", self.sites_folder, *arguments]
		return run(argv, cwd=self.root, env=self.environment()).stdout

	def forget_jobs(self) -> None:
		delete_keys(self.redis_port, "rq:*")

	@property
	def _command(self) -> list[str]:
		return [sys.executable, "-m", "frappe.playground"]

	def _run(self, *arguments: str) -> str:
		argv = [*self._command, *arguments, "--sites", self.sites_folder]
		return run(argv, cwd=self.root, env=self.environment()).stdout

	def _start(self, name: str, *arguments: str) -> ManagedProcess:
		argv = [*self._command, *arguments, "--sites", self.sites_folder]
		process = ManagedProcess(name, argv, self.logs / f"{name}.log", self.root, self.environment())
		self.processes.append(process.start())
		return process

	def _common_config(self) -> dict:
		file = self.sites_folder / "common_site_config.json"
		return json.loads(file.read_text()) if file.exists() else {}

	def environment(self) -> dict[str, str]:
		path = os.pathsep.join([python_path(), str(PLAYGROUND)])
		environment = {
			**base_environment(),
			"PYTHONPATH": path,
			"PYTHONUNBUFFERED": "1",
			"EVENT_STREAMING_PLAYGROUND": "1",
		}
		return counting_lines(environment) if os.environ.get("EVENT_STREAMING_COVERAGE") else environment


def counting_lines(environment: dict[str, str]) -> dict[str, str]:
	"""For `make cover`; see `support/coverage`."""
	return {
		**environment,
		"PYTHONPATH": os.pathsep.join([environment["PYTHONPATH"], str(CHECKOUT / "support" / "coverage")]),
		"COVERAGE_PROCESS_START": str(CHECKOUT / "pyproject.toml"),
		"COVERAGE_FILE": str(CHECKOUT / ".coverage"),
	}
