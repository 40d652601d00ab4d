"""Private MariaDB and Redis servers, so that no test needs or touches a service of the machine."""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from support.processes import LOOPBACK, ManagedProcess, free_port, is_listening, run

ROOT_PASSWORD = "root"
CHARSET = "utf8mb4"
COLLATION = "utf8mb4_unicode_ci"


def find_program(*names: str) -> str:
	"""
	:raises RuntimeError: none of `names` is on the path
	"""
	places = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin:/usr/local/sbin:/sbin"
	for name in names:
		if found := shutil.which(name, path=places):
			return found
	raise RuntimeError(f"{names[0]} is not installed: the tests start a server of their own with it")


class RedisServer:
	def __init__(self, name: str, folder: Path, env: Mapping[str, str]):
		self.port = free_port()
		self.url = f"redis://{LOOPBACK}:{self.port}"
		self.folder = folder / name
		argv = [find_program("redis-server"), "--port", self.port, "--bind", LOOPBACK]
		argv += ["--save", "", "--appendonly", "no", "--dir", self.folder]
		self.process = ManagedProcess(name, argv, folder / f"{name}.log", folder, env)

	def start(self) -> None:
		self.folder.mkdir(parents=True, exist_ok=True)
		self.process.start().wait_until(lambda: is_listening(self.port))

	def stop(self) -> None:
		self.process.stop()

	def delete_keys(self, pattern: str) -> None:
		delete_keys(self.port, pattern)


def delete_keys(port: int, pattern: str) -> None:
	"""Of the Redis server on that port; spoken by hand, since the tests need no client library for one command."""
	script = "for _, key in ipairs(redis.call('keys', ARGV[1])) do redis.call('del', key) end return 1"
	with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
		connection.sendall(f'EVAL "{script}" 0 {pattern}\r\n'.encode())
		answer = connection.recv(1024)
	if not answer.startswith(b":1"):
		raise RuntimeError(f"Redis answered {answer!r}")


class MariaDBServer:
	"""Tuned to be quick rather than safe against a power cut; a kill -9 of the server loses nothing."""

	def __init__(self, folder: Path, env: Mapping[str, str]):
		self.port = free_port()
		self.folder = folder
		self.data = folder / "mariadb"
		self.socket = folder / "mariadb.sock"
		self.env = dict(env)
		self.process = ManagedProcess("mariadb", self._server_command(), folder / "mariadb.log", folder, env)

	def start(self) -> None:
		if not (self.data / "mysql").exists():
			self._install()
		self.process.start().wait_until(self._answers)

	def stop(self) -> None:
		self.process.stop(seconds=30)

	def execute(self, sql: str, database: str = "") -> str:
		argv = [*self._client("mariadb", "mysql"), "--batch", "--skip-column-names"]
		return run(
			[*argv, "--execute", sql, *([database] if database else [])], cwd=self.folder, env=self.env
		).stdout

	def make_database(self, name: str, password: str) -> None:
		self.execute(
			f"CREATE DATABASE `{name}` CHARACTER SET {CHARSET} COLLATE {COLLATION};"
			f"CREATE USER `{name}`@`%` IDENTIFIED BY '{password}';"
			f"GRANT ALL PRIVILEGES ON `{name}`.* TO `{name}`@`%`; FLUSH PRIVILEGES;"
		)

	def drop_database(self, name: str) -> None:
		self.execute(f"DROP DATABASE IF EXISTS `{name}`; DROP USER IF EXISTS `{name}`@`%`;")

	def dump(self, database: str, to: Path) -> None:
		argv = [*self._client("mariadb-dump", "mysqldump"), "--single-transaction", "--quick", "--routines"]
		with to.open("wb") as out:
			done = subprocess.run([*argv, database], stdout=out, stderr=subprocess.PIPE, env=self.env)
		if done.returncode:
			raise RuntimeError(f"mariadb-dump of {database} failed:\n{done.stderr.decode(errors='replace')}")

	def load(self, database: str, dump: Path) -> None:
		with dump.open("rb") as source:
			run([*self._client("mariadb", "mysql"), database], cwd=self.folder, env=self.env, stdin=source)

	def _client(self, *programs: str) -> list[str]:
		login = ["--user=root", f"--password={ROOT_PASSWORD}", f"--socket={self.socket}"]
		return [find_program(*programs), "--no-defaults", f"--default-character-set={CHARSET}", *login]

	def _answers(self) -> bool:
		if not is_listening(self.port):
			return False
		try:
			self.execute("SELECT 1")
		except RuntimeError:
			return False
		return True

	def _install(self) -> None:
		self.data.mkdir(parents=True)
		argv = [
			find_program("mariadb-install-db", "mysql_install_db"),
			"--no-defaults",
			f"--datadir={self.data}",
			f"--tmpdir={self._own_tmp()}",
		]
		argv += ["--auth-root-authentication-method=normal", "--skip-test-db", *self._as_user()]
		run(argv, cwd=self.folder, env=self.env)
		(self.folder / "root.sql").write_text(
			f"ALTER USER root@localhost IDENTIFIED BY '{ROOT_PASSWORD}';\n"
			f"CREATE OR REPLACE USER root@'{LOOPBACK}' IDENTIFIED BY '{ROOT_PASSWORD}';\n"
			f"GRANT ALL PRIVILEGES ON *.* TO root@'{LOOPBACK}' WITH GRANT OPTION;\n"
		)

	def _own_tmp(self) -> Path:
		tmp = self.folder / "tmp"
		tmp.mkdir(exist_ok=True)
		return tmp

	def _server_command(self) -> list[str]:
		options = {
			"datadir": self.data,
			"tmpdir": self._own_tmp(),  # at its start a server removes the temporary tables of whoever shares it
			"socket": self.socket,
			"pid-file": self.folder / "mariadb.pid",
			"port": self.port,
			"bind-address": LOOPBACK,
			"init-file": self.folder / "root.sql",
			"character-set-server": CHARSET,
			"collation-server": COLLATION,
			"innodb-flush-log-at-trx-commit": 2,
			"innodb-buffer-pool-size": "256M",
			"innodb-log-file-size": "96M",
			"max-allowed-packet": "64M",
			"max-connections": 200,
		}
		argv = [find_program("mariadbd", "mysqld"), "--no-defaults"]
		argv += [f"--{option}={value}" for option, value in options.items()]
		switches = ["--skip-log-bin", "--skip-name-resolve", "--performance-schema=OFF"]
		return [*argv, *switches, *self._as_user()]

	@staticmethod
	def _as_user() -> list[str]:
		return ["--user=root"] if os.geteuid() == 0 else []
