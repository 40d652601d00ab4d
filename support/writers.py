"""People at work on a site: transactions of their own pace, some given up. Runs inside the site.

Every change makes exactly one event, so the log can be counted against what `write_transactions` returns.
"""

import random
import time
from functools import partial
from pathlib import Path

import frappe

from event_streaming.locks import is_transient
from support import factories
from support.children import Child, results

NOTE, PARTY = "Shop Note", "Shop Party"


def write_transactions(
	seed: int, changes: int, longest: float = 2.0, per_transaction: int = 40, shared: list[str] | None = None
) -> dict:
	"""Commits at least so many changes, in transactions that stay open for up to `longest` seconds.

	:param shared: Shop Notes that other writers change as well; who meets another there may lose a transaction
	:returns: `{"committed", "rolled_back", "deadlocks", "transactions"}`, the first two in changes
	"""
	writer = Writer(random.Random(seed), shared or [])
	done = {"committed": 0, "rolled_back": 0, "deadlocks": 0, "transactions": 0}
	while done["committed"] < changes:
		size = min(writer.random.randint(1, per_transaction), changes - done["committed"])
		done["transactions"] += 1
		try:
			writer.write(size, writer.random.uniform(0, longest))
		except Exception as error:
			if not is_transient(error):
				raise
			writer.give_up()
			done["deadlocks"] += 1
			continue
		if writer.random.random() < 0.15:
			writer.give_up()
			done["rolled_back"] += size
		else:
			writer.commit()
			done["committed"] += size
	return done


def write_at_once(site: str, writers: int, changes: int, **options) -> list[dict]:
	"""So many processes that each do `write_transactions`; what each of them returned."""
	works = [partial(write_transactions, seed, changes, **options) for seed in range(writers)]
	return results([Child(site, work) for work in works])


write_at_once.without_site = True


def write_changes(seed: int, changes: int, names: list[str] | None = None) -> None:
	"""So many changes in the transaction at hand: notes made, and the notes `names` changed."""
	chance = random.Random(seed)
	for number in range(changes):
		if names and number % 2:
			_change_note(names[number // 2 % len(names)], chance)
		else:
			factories.create_test_document(NOTE, priority=chance.randint(1, 1000))


def stamp_without_pause(until: str) -> int:
	"""Stamps until there is a file `until`; how often."""
	from event_streaming.producer import positions

	times = 0
	while not Path(until).exists():
		positions.stamp()
		times += 1
		time.sleep(0.02)
	return times


class Writer:
	def __init__(self, chance: random.Random, shared: list[str]):
		self.random = chance
		self.shared = shared
		self.committed: list[tuple[str, str]] = []
		self.open: list[tuple[str, str]] = []

	def write(self, changes: int, seconds: float) -> None:
		for _ in range(changes):
			self._change()
			time.sleep(seconds / changes)

	def commit(self) -> None:
		frappe.db.commit()  # the end of one of this writer's transactions
		self.committed += self.open
		self.open = []

	def give_up(self) -> None:
		frappe.db.rollback()
		self.open = []

	def _change(self) -> None:
		known = [*self.committed[-30:], *self.open]
		if self.shared and self.random.random() < 0.01:
			_change_note(self.random.choice(self.shared), self.random)
		elif not known or self.random.random() < 0.6:
			self._create()
		else:
			doctype, name = self.random.choice(known)
			if doctype == NOTE:
				_change_note(name, self.random)
			elif self.random.random() < 0.2:  # to save rows locks gaps between rows, for which others wait
				_change_party(name, self.random)
			else:
				_set_directly(doctype, name, "mobile", self.random)

	def _create(self) -> None:
		doctype = NOTE if self.random.random() < 0.85 else PARTY
		values = {} if doctype == NOTE else {"contacts": [{"contact_name": "Ada"}, {"contact_name": "Bob"}]}
		self.open.append((doctype, factories.create_test_document(doctype, **values).name))


def _change_note(name: str, chance: random.Random) -> None:
	if chance.random() < 0.5:
		return _set_directly(NOTE, name, "tags_text", chance)
	note = frappe.get_doc(NOTE, name)
	note.tags_text = f"{chance.getrandbits(64):x}"
	note.save()


def _set_directly(doctype: str, name: str, field: str, chance: random.Random) -> None:
	frappe.get_doc(doctype, name).db_set(field, f"{chance.getrandbits(64)}")


def _change_party(name: str, chance: random.Random) -> None:
	"""Row added, changed, removed or moved."""
	party = frappe.get_doc(PARTY, name)
	rows = list(party.contacts)
	kind = chance.choice(("add", "change", "remove", "move")) if rows else "add"
	if kind == "add":
		party.append("contacts", {"contact_name": f"{chance.getrandbits(32):x}"})
	elif kind == "change":
		chance.choice(rows).phone = f"+{chance.getrandbits(32)}"
	elif kind == "remove":
		party.remove(chance.choice(rows))
	else:
		party.contacts = rows[1:] + rows[:1]
		for place, row in enumerate(party.contacts, start=1):
			row.idx = place
	party.mobile = f"+{chance.getrandbits(48)}"  # so that the save changes something in any case
	party.save()
