"""Private database and Redis servers, so that no test needs or touches a service of the machine."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
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


class DatabaseServer(ABC):
	"""Tuned to be quick rather than safe against a power cut; a crash of the server loses nothing."""

	root: str
	process: ManagedProcess

	def __init__(self, folder: Path, env: Mapping[str, str]):
		self.port = free_port()
		self.folder = folder
		self.env = dict(env)

	@property
	def config(self) -> dict:
		"""Where the sites find it."""
		return {"db_host": LOOPBACK, "db_port": self.port}

	@property
	def new_site_arguments(self) -> list[str]:
		"""With which `bench new-site` may make a database here."""
		return ["--db-root-username", self.root, "--db-root-password", ROOT_PASSWORD]

	def start(self) -> None:
		if not self._is_installed():
			self._install()
		self.process.start().wait_until(self._answers)

	def stop(self) -> None:
		self.process.stop(seconds=30)

	def crash(self) -> None:
		"""Ends at once; what was committed is there again after `start`."""
		self.process.kill()

	@abstractmethod
	def execute(self, sql: str) -> str:
		"""What the statements print.

		:raises RuntimeError: one of them failed
		"""

	@abstractmethod
	def make_database(self, name: str, password: str) -> None:
		"""An empty one, and its owner of the same name."""

	@abstractmethod
	def dump(self, database: str, to: Path) -> None: ...

	@abstractmethod
	def load(self, database: str, dump: Path) -> None:
		"""Puts the tables back to what they were in the dump; others stay."""

	@abstractmethod
	def _is_installed(self) -> bool: ...

	@abstractmethod
	def _install(self) -> None: ...

	def _answers(self) -> bool:
		if not is_listening(self.port):
			return False
		try:
			self.execute("SELECT 1")
		except RuntimeError:
			return False
		return True

	def _write_dump(self, argv: Sequence[str], to: Path) -> None:
		with to.open("wb") as out:
			done = subprocess.run(argv, stdout=out, stderr=subprocess.PIPE, env=self.env)
		if done.returncode:
			raise RuntimeError(f"{argv[0]} failed:\n{done.stderr.decode(errors='replace')}")


class MariaDBServer(DatabaseServer):
	root = "root"

	def __init__(self, folder: Path, env: Mapping[str, str]):
		super().__init__(folder, env)
		self.data = folder / "mariadb"
		self.socket = folder / "mariadb.sock"
		self.process = ManagedProcess("mariadb", self._server_command(), folder / "mariadb.log", folder, env)

	@property
	def new_site_arguments(self) -> list[str]:
		return [*super().new_site_arguments, "--mariadb-user-host-login-scope", "%"]

	def execute(self, sql: str) -> str:
		argv = [*self._client("mariadb", "mysql"), "--batch", "--skip-column-names", "--execute", sql]
		return run(argv, cwd=self.folder, env=self.env).stdout

	def make_database(self, name: str, password: str) -> None:
		self.execute(
			f"CREATE DATABASE `{name}` CHARACTER SET {CHARSET} COLLATE {COLLATION};"
			f"CREATE USER `{name}`@`%` IDENTIFIED BY '{password}';"
			f"GRANT ALL PRIVILEGES ON `{name}`.* TO `{name}`@`%`; FLUSH PRIVILEGES;"
		)

	def dump(self, database: str, to: Path) -> None:
		argv = [*self._client("mariadb-dump", "mysqldump"), "--single-transaction", "--quick", "--routines"]
		self._write_dump([*argv, database], to)

	def load(self, database: str, dump: Path) -> None:
		with dump.open("rb") as source:
			run([*self._client("mariadb", "mysql"), database], cwd=self.folder, env=self.env, stdin=source)

	def _client(self, *programs: str) -> list[str]:
		login = ["--user=root", f"--password={ROOT_PASSWORD}", f"--socket={self.socket}"]
		return [find_program(*programs), "--no-defaults", f"--default-character-set={CHARSET}", *login]

	def _is_installed(self) -> bool:
		return (self.data / "mysql").exists()

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


class PostgresServer(DatabaseServer):
	"""Orders text as people do, not by its bytes: a usual installation does so, too."""

	root = "postgres"

	def __init__(self, folder: Path, env: Mapping[str, str]):
		super().__init__(folder, {**env, "PGPASSWORD": ROOT_PASSWORD})
		self.data = folder / "postgres"
		self.process = ManagedProcess(
			"postgres", self._server_command(), folder / "postgres.log", folder, env, user=self._user
		)

	def stop(self) -> None:
		self.process.stop(seconds=30, ask_by=signal.SIGINT)  # SIGTERM waits until the last client has gone

	def crash(self) -> None:
		# SIGKILL would leave its children, and while one of them lives no new server starts
		self.process.stop(seconds=30, ask_by=signal.SIGQUIT)

	def execute(self, sql: str) -> str:
		argv = [*self._psql("postgres"), "--tuples-only", "--no-align", "--command", sql]
		return run(argv, cwd=self.folder, env=self.env).stdout

	def make_database(self, name: str, password: str) -> None:
		self.execute(f"""CREATE USER "{name}" PASSWORD '{password}'""")
		self.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')

	def dump(self, database: str, to: Path) -> None:
		options = ["--clean", "--if-exists", "--no-owner", "--no-privileges"]
		self._write_dump([*self._client("pg_dump"), *options, database], to)

	def load(self, database: str, dump: Path) -> None:
		argv = [*self._psql(database), "--single-transaction", "--command", f'SET ROLE "{database}"']
		run([*argv, "--file", dump], cwd=self.folder, env=self.env)

	def _psql(self, database: str) -> list[str]:
		options = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", database]
		return [*self._client("psql"), *options]

	def _client(self, program: str) -> list[str]:
		return [self._program(program), "--host", LOOPBACK, "--port", str(self.port), "--username", self.root]

	def _is_installed(self) -> bool:
		return (self.data / "PG_VERSION").exists()

	def _install(self) -> None:
		self.data.mkdir(parents=True)
		password = self.folder / "postgres.password"
		password.write_text(ROOT_PASSWORD)
		if self._user:
			for path in (self.data, password):
				shutil.chown(path, self._user)
			self.folder.chmod(0o711)  # lets that user through to its own
		argv = [self._program("initdb"), "--pgdata", self.data, "--username", self.root, "--no-sync"]
		argv += ["--auth", "scram-sha-256", "--pwfile", password, "--encoding", "UTF8", "--locale", "C"]
		argv += ["--locale-provider", "icu", "--icu-locale", "en-US"]
		run(argv, cwd=self.folder, env=self.env, user=self._user)

	def _server_command(self) -> list[str]:
		options = {
			"port": self.port,
			"listen_addresses": LOOPBACK,
			"unix_socket_directories": "",
			"fsync": "off",  # and not synchronous_commit: without it a crash would lose what was just committed
			"full_page_writes": "off",
			"shared_buffers": "256MB",
			"max_connections": 200,
		}
		argv = [self._program("postgres"), "-D", self.data]
		return [*argv, *(part for option, value in options.items() for part in ("-c", f"{option}={value}"))]

	@property
	def _user(self) -> str | None:
		"""Whose process it is, where ours is root's: Postgres refuses to be that."""
		if os.geteuid() != 0:
			return None
		with contextlib.suppress(KeyError):
			return pwd.getpwnam("postgres").pw_name
		return "nobody"

	@staticmethod
	def _program(name: str) -> str:
		"""Of the newest version; Debian keeps them off the path."""
		versions = Path("/usr/lib/postgresql").glob("*/bin")
		for folder in sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True):
			if (folder / name).exists():
				return str(folder / name)
		return find_program(name)


DATABASE_SERVERS: dict[str, type[DatabaseServer]] = {"mariadb": MariaDBServer, "postgres": PostgresServer}
