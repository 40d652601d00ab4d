"""Sites as version 0.1 of this app left them, to be migrated. Made once by that version, on the playground.

`version_0_1` has the databases of two sites that stream both ways: documents with the same names and with the other site's,
one that is parked with two events behind its failure, a backfill, and changes that were not pulled yet.
"""

import gzip
import json
import sqlite3
from pathlib import Path

from support.site import Site


class Upgrade:
	"""
	:param folder: with `hq.db.gz`, `branch.db.gz` and `facts.json`
	"""

	def __init__(self, folder: Path, hq: Site, branch: Site):
		self.folder = folder
		self.facts = json.loads((folder / "facts.json").read_text())
		self.sites = {"hq": hq, "branch": branch}

	def put_in_place(self) -> None:
		"""Both sites become those of the old version, under the URLs that the tests gave them."""
		for name, site in self.sites.items():
			site.close_shells()
			[database] = (site.folder / "db").glob("*.db")
			for beside in database.parent.glob(f"{database.name}-*"):
				beside.unlink()
			database.write_bytes(gzip.decompress((self.folder / f"{name}.db.gz").read_bytes()))
			self._move(database)
			site.configure(encryption_key=self.facts[f"{name}_key"])

	def _move(self, database: Path) -> None:
		# by way of names that no site has: the new URL of one may be the old one of the other
		moved = {self.facts[name]: f"http://{name}.invalid" for name in self.sites}
		moved |= {f"http://{name}.invalid": site.url for name, site in self.sites.items()}
		connection = sqlite3.connect(database)
		tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
		for (table,) in tables:
			for column in connection.execute(f'pragma table_info("{table}")').fetchall():
				for old, new in moved.items():
					connection.execute(
						f'update "{table}" set "{column[1]}" = replace("{column[1]}", ?, ?) where "{column[1]}" like ?',
						(old, new, f"%{old}%"),
					)
		connection.commit()
		connection.close()
