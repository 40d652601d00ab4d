"""Databases and Redis of simulated sites: as the playground's, less what only costs time, and dead for who was killed."""

import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

from frappe.database.database import Database
from frappe.utils.redis_wrapper import RedisWrapper

from support.simulation import faults

# How DocTypes and apps are made; kept as objects, since to unpickle them takes a third of the time.
SHELVED = ("doctype_meta", "table_columns", "app_hooks", "app_modules", "all_apps", "db_tables")

idle: dict[Path, list[sqlite3.Connection]] = defaultdict(list)


class SimulatedDatabase(Database):
	"""Connections are used again. Each statement and both sides of a commit are moments to die."""

	def connect(self) -> None:
		path = self.get_db_path().resolve()
		if not idle[path]:
			return super().connect()
		self._conn = idle[path].pop()
		self._cursor = self._conn.cursor()
		self.begin()

	def close(self) -> None:
		if self._conn:
			self._conn.rollback()
			idle[self.get_db_path().resolve()].append(self._conn)
			self._conn = None

	def _execute(self, query: str, values: Any) -> None:
		faults.moment()
		super()._execute(query, values)

	def commit(self) -> None:
		faults.moment()
		super().commit()
		faults.moment()


def forget_connections(database: Path) -> None:
	for connection in idle.pop(database.resolve(), []):
		connection.close()


class SimulatedCache(RedisWrapper):
	shelves: dict[bytes | str, Any]
	is_settled = False  # whether the sites are made: who clears all of the cache then leaves what stays true

	def execute_command(self, *args: Any, **options: Any) -> Any:
		faults.moment()
		return super().execute_command(*args, **options)

	def hget(self, name: str, key: str, generator: Any = None, shared: bool = False) -> Any:
		if name not in SHELVED:
			return super().hget(name, key, generator, shared)
		shelf = self.shelves.setdefault(self.make_key(name), {})
		if key not in shelf and generator:
			shelf[key] = generator()
		return shelf.get(key)

	def hset(self, name: str, key: str, value: Any, shared: bool = False, *args: Any, **kwargs: Any) -> None:
		if name not in SHELVED:
			return super().hset(name, key, value, shared, *args, **kwargs)
		self.shelves.setdefault(self.make_key(name), {})[key] = value

	def hdel(self, name: str, key: str, shared: bool = False) -> None:
		if name not in SHELVED:
			return super().hdel(name, key, shared)
		self.shelves.get(self.make_key(name), {}).pop(key, None)

	def get_value(self, key: str, generator: Any = None, *args: Any, **options: Any) -> Any:
		if key not in SHELVED:
			return super().get_value(key, generator, *args, **options)
		name = self.make_key(key)
		if name not in self.shelves and generator:
			self.shelves[name] = generator()
		return self.shelves.get(name)

	def set_value(self, key: str, val: Any, *args: Any, **options: Any) -> None:
		if key not in SHELVED:
			return super().set_value(key, val, *args, **options)
		self.shelves[self.make_key(key)] = val

	def get_keys(self, key: str) -> list[bytes]:
		prefix = self.make_key(key)
		return [*super().get_keys(key), *(name for name in self.shelves if name.startswith(prefix))]

	def delete(self, *names: Any) -> int:
		for name in names if not self.is_settled else ():
			self.shelves.pop(name, None)
		return super().delete(*names)
