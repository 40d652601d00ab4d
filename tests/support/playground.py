"""Sites of the playground: the app without a bench, on SQLite."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from support.backend import APPS, CHECKOUT, Backend, base_environment, python_path
from support.processes import LOOPBACK, ManagedProcess, free_port, is_listening, run
from support.site import Site, SiteShell

PLAYGROUND = CHECKOUT / "playground"


class PlaygroundBackend(Backend):
	name = "playground"

	def start(self) -> None:
		if not (PLAYGROUND / "frappe").is_dir():
			raise RuntimeError("There is no bench, and the playground is not part of this checkout")
		self.sites_folder = self.root / "sites"
		self.sites_folder.mkdir()
		self.redis = self._start("redis", "redis", wait=False)

	def make_sites(self, names: Sequence[str]) -> list[Site]:
		for name in names:
			site = self._new_site(name)
			for app in APPS:
				self._frappe("install-app", name, app, "--sites", self.sites_folder)
			site.configure(
				host_name=site.url,
				event_streaming_allow_private_network=1,
				event_streaming_guest_limit=100_000,
			)
			site.remember_config()
			self.sites[name] = site
			site.call("prepare_site")
			site.web = self.start_web(site)
		return list(self.sites.values())

	def make_site_without_app(self, name: str) -> Site:
		site = self._new_site(name)
		site.configure(host_name=site.url)
		self.sites_without_app.append(site)
		site.web = self.start_web(site)
		return site

	def _new_site(self, name: str) -> Site:
		self._frappe("new-site", name, "--sites", self.sites_folder)
		return Site(self, name, f"http://{LOOPBACK}:{free_port()}", self.sites_folder / name)

	def access_log(self, site: Site) -> Path:
		return self.root / f"{site.name}.web.log"

	def start_shell(self, site: Site) -> SiteShell:
		argv = [sys.executable, "-m", "support.shell", site.name]
		return SiteShell(
			site.name, argv, self.sites_folder, self._environment(), self.root / f"{site.name}.shell.log"
		)

	def start_web(self, site: Site) -> ManagedProcess:
		port = int(site.url.rpartition(":")[2])
		process = self._start(f"{site.name}.web", "serve", site.name, "--port", str(port), wait=False)
		return process.wait_until(lambda: is_listening(port))

	def start_worker(self) -> ManagedProcess:
		return self._start("worker", "worker")

	def start_scheduler(self) -> ManagedProcess:
		return self._start("scheduler", "schedule")

	def run_command(self, site: Site, *arguments: str) -> str:
		return self._frappe("--site", site.name, *arguments, "--sites", self.sites_folder)

	def forget_jobs(self) -> None:
		next(iter(self.sites.values())).call("forget_jobs")

	def stop_services(self) -> None:
		pass

	def _frappe(self, *arguments: str | Path) -> str:
		argv = [sys.executable, "-m", "frappe.playground", *arguments]
		return run(argv, cwd=self.sites_folder, env=self._environment()).stdout

	def _start(self, name: str, *arguments: str, wait: bool = True) -> ManagedProcess:
		argv = [sys.executable, "-m", "frappe.playground", *arguments, "--sites", str(self.sites_folder)]
		process = ManagedProcess(
			name, argv, self.root / f"{name}.log", self.sites_folder, self._environment()
		)
		self.processes.append(process.start())
		return process

	def _environment(self) -> dict[str, str]:
		path = os.pathsep.join([python_path(), str(PLAYGROUND)])
		return {**base_environment(), "PYTHONPATH": path}
