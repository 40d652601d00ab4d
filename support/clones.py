"""Sites that are copies of one: much quicker than installing each."""

import base64
import hashlib
import json
import secrets
import shutil
from pathlib import Path

from support.site import Site

OF_THE_PROCESSES = ("logs", "locks", "backups")


def database_name(site: str) -> str:
	return "_" + hashlib.sha1(site.encode(), usedforsecurity=False).hexdigest()[:16]


def copy_folder(stored: Path, folder: Path, *without: str) -> None:
	shutil.copytree(stored, folder, ignore=shutil.ignore_patterns(*OF_THE_PROCESSES, *without))
	for missing in ("logs", "locks"):
		(folder / missing).mkdir()


def change_config(folder: Path, **values: str) -> dict:
	"""What was there before."""
	file = folder / "site_config.json"
	before = json.loads(file.read_text())
	config = {key: value for key, value in {**before, **values}.items() if key != "db_user"}
	file.write_text(json.dumps(config, indent=1, sort_keys=True))
	return before


def rename_sqlite_database(folder: Path, db_name: str) -> None:
	old_name = change_config(folder, db_name=db_name)["db_name"]
	for file in (folder / "db").glob(f"{old_name}.db*"):
		file.rename(file.with_name(file.name.replace(old_name, db_name)))


def site_config(site: Site) -> dict:
	"""What makes of a copy a site of its own, and fit for tests on one machine."""
	return {
		"host_name": site.url,
		"encryption_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
		"event_streaming_allow_private_network": 1,
		"event_streaming_guest_limit": 100_000,  # all tests come from one address
		"allow_tests": 1,
		"mute_emails": 1,
	}
