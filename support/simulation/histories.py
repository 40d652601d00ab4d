"""Histories in which things break: made up, lived through, judged, shortened."""

import hashlib
import random
import time

from support.history_author import Author, shrink
from support.shared_history import (
	CUSTOMER,
	DOCTYPES,
	INVOICE,
	ITEM,
	NOTE,
	decide,
	drain,
	judge,
)
from support.simulation import faults
from support.simulation.network import SimulatedNetwork

PEOPLE = {
	"insert": 3, "update": 8, "set_back": 4, "db_set": 2, "rows": 8, "submit": 3, "cancel": 1, "delete": 2,
	"amend": 1, "rename": 2, "recreate": 1,
}  # fmt: skip
TURNS = {"pull": 16, "held": 2, "backfill": 1, "purge": 1}  # "pull" stands for people at work, too
# What administrators do. It is put into one of so many histories, by chance of its own: the others stay as they are.
SET_UP = {"unsubscribe": 1, "condition": 1, "key": 1, "backup": 1, "clock": 1, "resync": 1}
SET_UP_IN = 3
NONE = "none"
CONDITIONS: dict[str, list[dict]] = {
	NOTE: [{"priority": 0}, {"status": "Open"}],
	CUSTOMER: [{"disabled": 0}],
	ITEM: [{"standard_rate": ["<", 5]}],
	INVOICE: [{"docstatus": 0}, {"docstatus": ["!=", 0]}, {"docstatus": ["<", 2]}],
}
WRONG_BY = 3600.0  # seconds, at most
LATEST_MOMENT = 9  # a kill comes at most at the 2**9th


class FaultyAuthor(Author):
	"""Of one seed always the same."""

	def __init__(
		self, seed: int, network: SimulatedNetwork, turns: int, faults: bool = True, set_up: str | None = None
	):
		"""
		:param set_up: what administrators do in each history, or `NONE`; else some of all, in some
		"""
		super().__init__(seed, network, PEOPLE, turns)
		self._faults = faults
		self._set_up = set_up
		self._of_set_up = random.Random(f"set-up of {seed}")

	def history(self) -> dict:
		history = super().history()
		if (
			not self._faults
			or self._set_up == NONE
			or (not self._set_up and self._of_set_up.randrange(SET_UP_IN))
		):
			return history
		kind = self._set_up or self._of_set_up.choices(list(SET_UP), list(SET_UP.values()))[0]
		added = getattr(self, f"_set_up_{kind}")()
		places = sorted(self._of_set_up.randrange(len(history["turns"]) + 1) for _turn in added)
		for place, turn in reversed(list(zip(places, added, strict=True))):
			history["turns"].insert(place, turn)
		return history

	def _set_up_unsubscribe(self) -> list[dict]:
		chance = self._of_set_up
		link, doctype = list(chance.choice(self.network.links)), chance.choice(DOCTYPES)
		how = chance.choice(["remove", "untick"])
		return [
			{"turn": "unsubscribe", "link": link, "doctype": doctype, "how": how, **self._break_set_up()},
			{"turn": "subscribe", "link": link, **self._break_set_up()},
		]

	def _set_up_condition(self) -> list[dict]:
		"""A condition that is approved, or waits; and none again."""
		chance = self._of_set_up
		link, doctype = list(chance.choice(self.network.links)), chance.choice(DOCTYPES)
		condition, approved = chance.choice(CONDITIONS[doctype]), chance.random() < 0.7
		turn = {"turn": "condition", "link": link, "doctype": doctype, "condition": condition}
		return [{**turn, "approved": approved, **self._break_set_up()}, {"turn": "subscribe", "link": link}]

	def _set_up_key(self) -> list[dict]:
		"""The key of a link is dead until another one is asked for."""
		link = list(self._of_set_up.choice(self.network.links))
		kinds = self._of_set_up.choice([["revoke", "renew"], ["renew"], ["renew", "revoke"]])
		return [{"turn": kind, "link": link, **self._break_set_up()} for kind in kinds]

	def _set_up_backup(self) -> list[dict]:
		"""The database of a site is put back to what it was some turns before."""
		site = self._of_set_up.choice(list(self.network.sites()))
		return [{"turn": "dump", "site": site}, {"turn": "restore", "site": site}]

	def _set_up_clock(self) -> list[dict]:
		"""The clock of a site goes wrong, and is then set otherwise, also back."""
		chance = self._of_set_up
		site = chance.choice(list(self.network.sites()))
		wrong = [round(chance.uniform(-WRONG_BY, WRONG_BY), 3) for _turn in range(2)]
		return [{"turn": "clock", "site": site, "by": by} for by in wrong]

	def _set_up_resync(self) -> list[dict]:
		"""A person takes whole documents from the source, instead of what is there or was refused."""
		chance = self._of_set_up
		return [
			{
				"turn": "resync",
				"site": chance.choice(list(self.network.sites())),
				"pick": chance.randrange(100),
			}
			for _turn in range(chance.choice([1, 2, 3]))
		]

	def _break_set_up(self) -> dict:
		"""A save that comes to no end, in some."""
		chance = self._of_set_up
		if chance.random() < 0.6:
			return {}
		kind = chance.choice([faults.CALLER, faults.CALLER, faults.ANSWERER, "refused", "lost", "cut"])
		if kind in (faults.CALLER, faults.ANSWERER):
			return {"fault": {"kill": kind, "at": int(2 ** chance.uniform(0, LATEST_MOMENT))}}
		return {"fault": {"wire": kind, "at": chance.choice([1, 1, 2])}}

	def _turn(self) -> dict:
		kind = self.random.choices(list(TURNS), list(TURNS.values()))[0] if self._faults else "pull"
		if kind == "pull":
			return self._simple_turn()
		return getattr(self, f"_turn_{kind}")()

	def _simple_turn(self, is_whole: bool = False) -> dict:
		"""People at work, or a pull.

		:param is_whole: nothing breaks
		"""
		turn = super()._turn()
		is_pull = "pull" in turn
		if is_pull:
			turn["page"] = self.random.choice([1, 3, 100])
		if self._faults and not is_whole and self.random.random() < (0.5 if is_pull else 0.1):
			turn["fault"] = self._fault(is_pull)
		return {"turn": "pull" if is_pull else "people", **turn}

	def _turn_held(self) -> dict:
		site = self.random.choice(list(self.network.sites()))
		pull = {
			"turn": "pull",
			"pull": list(self.random.choice(self.network.links)),
			"batches": None,
			"page": 100,
		}
		return {"turn": "held", "site": site, "steps": [self._step(site)], "meanwhile": pull}

	def _turn_backfill(self) -> dict:
		link = list(self.random.choice(self.network.links))
		return {
			"turn": "backfill",
			"link": link,
			"page": self.random.choice([1, 3, 100]),
			"fault": self._fault(True),
		}

	def _turn_purge(self) -> dict:
		return {"turn": "purge", "site": self.random.choice(list(self.network.sites()))}

	def _fault(self, of_pull: bool) -> dict:
		at = int(2 ** self.random.uniform(0, LATEST_MOMENT))
		if not of_pull:
			return {"kill": faults.CALLER, "at": at}
		kind = self.random.choice(
			["caller", "caller", "answerer", "refused", "lost", "cut", "meanwhile", "meanwhile"]
		)
		if kind == "meanwhile":
			return {"meanwhile": self._simple_turn(is_whole=True), "at": self.random.choice([1, 2, 2, 3, 4])}
		if kind in (faults.CALLER, faults.ANSWERER):
			return {"kill": kind, "at": at}
		return {"wire": kind, "at": self.random.choice([1, 1, 2, 2, 3, 4])}


def digest(network: SimulatedNetwork) -> str:
	"""Of all that stands in the logs and documents of all sites."""
	documents = [network.documents(site) for site in network.sites()]
	return hashlib.sha256((network.logs() + repr(documents)).encode()).hexdigest()


def live_through(network: SimulatedNetwork, history: dict) -> None:
	"""
	:raises AssertionError: an invariant does not hold in the end
	"""
	network.begin(history["seed"])
	network.restart()
	for turn in history["turns"]:
		network.live(turn)
	network.repair_links()
	drain(network)
	decide(network)
	network.become_whole()
	judge(network)


def make_up(
	seed: int, network: SimulatedNetwork, turns: int, faults: bool = True, set_up: str | None = None
) -> dict:
	author = FaultyAuthor(seed, network, turns, faults, set_up)
	return {"seed": seed, "turns": author.history()["turns"]}


def shortest(network: SimulatedNetwork, history: dict, kind: str, seconds: float) -> dict:
	"""A shorter history that fails in the same way: turns, steps and faults are left out while it still does.

	:param kind: how the message begins
	:param seconds: of processor time, at most
	"""
	end = time.process_time() + seconds

	def fails(shorter: dict) -> bool:
		if time.process_time() > end:
			return False
		try:
			live_through(network, shorter)
		except AssertionError as error:
			return str(error).startswith(kind)
		return False

	least = shrink(history, fails)
	for place, turn in enumerate(least["turns"]):
		without = {key: value for key, value in turn.items() if key != "fault"}
		shorter = {**least, "turns": [*least["turns"][:place], without, *least["turns"][place + 1 :]]}
		if without != turn and fails(shorter):
			least = shorter
	return least
