"""Backups of a site's database, and going back to one, as an operator does it after a disaster."""

import itertools
import shutil
import sqlite3
from pathlib import Path

from support.site import Site

_numbers = itertools.count(1)


def dump(site: Site) -> Path:
	"""The database as it is now."""
	to = site.backend.root / f"{site.name}.{next(_numbers)}.dump"
	if server := _server(site):
		server.dump(site.config["db_name"], to)
	else:
		with sqlite3.connect(_sqlite_file(site)) as database, sqlite3.connect(to) as copy:
			database.backup(copy)
	return to


def restore(site: Site, stored: Path, clear_cache: bool = True) -> None:
	"""Puts the database back to what it was; config and files stay as they are.

	:param clear_cache: as `bench restore` does; who loads a dump by hand may forget it
	"""
	if server := _server(site):
		server.load(site.config["db_name"], stored)
	else:
		_restore_sqlite(site, stored)
	if clear_cache:
		site.call("forget_cached")


def _restore_sqlite(site: Site, stored: Path) -> None:
	"""Nobody may have the file open meanwhile."""
	site.close_shells()
	site.backend.stop_process(site.web)
	file = _sqlite_file(site)
	for part in file.parent.glob(f"{file.name}*"):
		part.unlink()
	shutil.copy(stored, file)
	site.web = site.backend.start_web(site)


def _server(site: Site):
	return getattr(site.backend, "database", None)


def _sqlite_file(site: Site) -> Path:
	return site.folder / "db" / f"{site.config['db_name']}.db"
