"""`python -m frappe.playground`: sites, and the processes that serve them."""

import importlib
import importlib.util
import os
import signal
import sys

import click

import frappe
from frappe.playground import sites as sites_module

SITES = click.option("--sites", default="sites", show_default=True, help="Folder of the sites")
SITE = click.option("--site", required=True, help="Name of the site")


@click.group()
def cli() -> None:
	"""A small Frappe on SQLite, to try and test apps without a bench."""


@cli.command("new-site")
@click.argument("name")
@SITES
@click.option("--admin-password", default="admin", show_default=True)
@click.option("--force", is_flag=True, help="In place of a site of that name")
@click.option("--install-app", "apps", multiple=True, help="App to install, may be repeated")
def new_site(name: str, sites: str, admin_password: str, force: bool, apps: tuple[str, ...]) -> None:
	"""Make a site."""
	sites_module.prepare_sites_folder(sites, list(apps))
	sites_module.new_site(name, sites, admin_password, force=force)
	for app in apps:
		_install(app, name, sites)


@cli.command("install-app")
@click.argument("app")
@SITE
@SITES
def install_app(app: str, site: str, sites: str) -> None:
	"""Install an app that is on PYTHONPATH."""
	sites_module.prepare_sites_folder(sites, [app])
	_install(app, site, sites)


def _install(app: str, site: str, sites: str) -> None:
	from frappe.installer import install_app

	with sites_module.site(site, sites):
		frappe.cache.delete_value(["app_modules", "all_apps", "app_hooks"])
		frappe.setup_module_map()
		install_app(app)
		frappe.db.commit()


@cli.command("uninstall-app")
@click.argument("app")
@SITE
@SITES
@click.option("--yes", is_flag=True)
@click.option("--no-backup", is_flag=True)
def uninstall_app(app: str, site: str, sites: str, yes: bool, no_backup: bool) -> None:
	"""Take an app off a site."""
	from frappe.installer import remove_app

	with sites_module.site(site, sites):
		remove_app(app, yes=True, no_backup=True)


@cli.command("migrate")
@SITE
@SITES
def migrate(site: str, sites: str) -> None:
	"""Bring a site up to date with the code of its apps."""
	from frappe.migrate import migrate

	with sites_module.site(site, sites):
		frappe.cache.delete_value(["app_modules", "all_apps", "app_hooks"])
		frappe.setup_module_map()
		migrate()


@cli.command("drop-site")
@click.argument("name")
@SITES
def drop_site(name: str, sites: str) -> None:
	"""Delete a site."""
	sites_module.drop_site(name, sites)


@cli.command("serve")
@click.option("--site", help="Serve this site under whatever host name")
@click.option("--port", type=int, default=8000, show_default=True)
@SITES
def serve(site: str | None, port: int, sites: str) -> None:
	"""Run the web server."""
	from frappe.app import serve

	serve(port=port, site=site, sites_path=sites)


@cli.command("worker")
@click.option("--queue", help="Queues, separated by commas; default is all")
@click.option("--burst", is_flag=True, help="End when nothing is left to do")
@SITES
def worker(queue: str | None, burst: bool, sites: str) -> None:
	"""Run jobs, of all sites of the folder."""
	from frappe.playground.worker import work

	work(sites, queue.split(",") if queue else None, burst)


@cli.command("schedule")
@click.option("--site", help="Only this site")
@SITES
def schedule(site: str | None, sites: str) -> None:
	"""Put jobs into the queue when they are due."""
	from frappe.utils.scheduler import start_scheduler

	start_scheduler(sites, site)


@cli.command("redis")
@click.option("--port", type=int, help="Default is a free one")
@SITES
def redis(port: int | None, sites: str) -> None:
	"""Run Redis; its address goes into the folder's common config."""
	from frappe.playground.redis_server import start_redis

	process = start_redis(sites, port)
	for number in (signal.SIGTERM, signal.SIGINT):
		signal.signal(number, lambda *_args: process.terminate())
	sys.exit(process.wait())


@cli.command("execute")
@click.argument("method")
@SITE
@SITES
def execute(method: str, site: str, sites: str) -> None:
	"""Call a function and commit."""
	with sites_module.site(site, sites):
		result = frappe.get_attr(method)()
		frappe.db.commit()
		if result is not None:
			click.echo(frappe.as_json(result))


class AppCommands(click.Group):
	"""The commands for a site that Frappe and apps add, as `bench --site NAME COMMAND` runs them."""

	def list_commands(self, ctx: click.Context) -> list[str]:
		return sorted(self._commands(ctx))

	def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
		return self._commands(ctx).get(name)

	def _commands(self, ctx: click.Context) -> dict[str, click.Command]:
		sites = ctx.params.get("sites") or "sites"
		from frappe.commands import testing

		out = {command.name: command for command in testing.commands}
		for app in frappe.get_file_items(os.path.join(sites, "apps.txt")):
			if app == "frappe":
				continue
			if importlib.util.find_spec(f"{app}.commands"):
				module = importlib.import_module(f"{app}.commands")
				out.update({command.name: command for command in getattr(module, "commands", [])})
		return out


@cli.group("app", cls=AppCommands, invoke_without_command=False)
@SITE
@SITES
@click.pass_context
def app(ctx: click.Context, site: str, sites: str) -> None:
	"""Run a command for a site."""
	ctx.obj = {"sites": [site], "force": False, "verbose": False, "profile": False}
	ctx.params["sites"] = os.path.abspath(sites)
	os.chdir(sites)  # where bench runs commands


if __name__ == "__main__":
	cli()
