"""Networks of simulated sites, on which histories of `support.shared_history` are lived through."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from support import link
from support.history_author import Author
from support.shared_history import (
	CUSTOMER,
	DOCTYPES,
	INVOICE,
	ITEM,
	MARKS,
	NOTE,
	PAGE,
	TOKEN,
	LiveNetwork,
	decide,
	drain,
)
from support.simulation import clock, faults
from support.simulation.world import SimulatedSite, World
from support.site import SiteError

LATEST, PRODUCER, HERE = "Latest Change Wins", "Producer Wins", "This Site Wins"
TWO_WAY = [(1, 0), (0, 1)]
ONE_WAY = [(1, 0)]
RING = [(1, 0), (2, 1), (0, 2)]
LINE = [*TWO_WAY, (2, 1), (1, 2)]
KINDS: dict[str, tuple[list[tuple[int, int]], list[str | None], bool]] = {
	"two-way": (TWO_WAY, [None, None], True),
	"two-way, own names": (TWO_WAY, [LATEST, LATEST], False),
	"two-way, both say producer": (TWO_WAY, [PRODUCER, PRODUCER], True),
	"two-way, both say here": (TWO_WAY, [HERE, HERE], True),
	"two-way, the first site is right": (TWO_WAY, [PRODUCER, HERE], True),
	"ring": (RING, [None, None, None], True),
	"line of three": (LINE, [None, None, None, None], True),
}
PORT = 8001
LOCKED = ("QueryTimeoutError", "QueryDeadlockError")  # SQLite has one writer at a time
SAVES = ("unsubscribe", "subscribe", "condition", "renew")  # turns that are saves of a form
TOLD = ("StreamingError", "NameTaken", "ReadOnlyHere")  # to who asks for a document
EVENT_CONSUMER = "event_streaming.event_streaming.doctype.event_consumer.event_consumer"
PURGED = 400  # days after which no row of the log is kept
# by DocType, a change of a document that takes nothing away that people wrote
TOUCHED: dict[str, tuple[str, str, Any]] = {
	NOTE: ("update", "priority", 9),
	CUSTOMER: ("update", "credit_limit", 9),
	ITEM: ("update", "standard_rate", 99),
	INVOICE: ("db_set", "posting_date", "2026-01-09"),
}
NOTHING_TOLD: dict[str, Any] = {"written": [], "changed": [], "recorded": [], "carried": {}, "deleted": []}
LATER = 3600.0  # seconds after which a history begins on what there was before


class SimulatedNetwork(LiveNetwork):
	def __init__(self, world: World, kind: str):
		links, rules, same_names = KINDS[kind]
		number = len(world.sites)
		sites = [
			world.make_site(f"site-{number + place}.localhost", PORT + number + place)
			for place in range(max(max(pair) for pair in links) + 1)
		]
		self._rules = dict(zip(links, rules, strict=True))
		# else no change comes round by a site that the document did not come from
		self._shared = int(len(sites) > 2)
		for consumer, producer in links:
			rows = self._rows((consumer, producer), DOCTYPES)
			link.connect(sites[consumer], sites[producer], rows, use_same_name=same_names)
		super().__init__(sites, links, same_names)
		self.kind = kind
		self.world = world
		self._ended: dict[
			tuple[int, int], set[str]
		] = {}  # by link, what is not subscribed without a condition
		self._dumps: dict[int, tuple[dict, int]] = {}  # by site, its database and how much it had told
		self._restored = False
		self._without_key: set[tuple[int, int]] = set()  # links of which the key may be dead
		# consumer, producer, DocType: of it changes were missed
		self._missed: set[tuple[int, int, str]] = set()
		super().restart()
		clock.begin_again(0)
		self.run(0, Author(0, self, {}, 0).history()["begins"])
		drain(self)
		self._kept = world.keep(sites)
		self._seed = 0
		self._told: list[list[dict]] = []  # by site, what its log said before it was purged

	def begin(self, seed: int) -> None:
		"""The seed of what is not in the history: names, keys and pauses."""
		self._seed = seed

	def restart(self) -> None:
		self._told = [[] for _site in self._sites]
		self._ended, self._missed = {link: set() for link in self.links}, set()
		self._without_key = set()
		self._dumps, self._restored = {}, False
		clock.begin_again(self._seed, LATER)
		self.world.put_back(self._kept)

	def site(self, number: int) -> SimulatedSite:
		return self._sites[number]  # type: ignore[return-value]

	def live(self, turn: dict) -> None:
		"""One turn of a history, in which something may break: what is not done is tried again by nobody."""
		with faults.planned(turn.get("fault"), self.live):
			try:
				getattr(self, f"_{turn['turn']}")(turn)
			except faults.Killed:
				pass
			except SiteError as error:
				is_told = turn["turn"] in SAVES and "fault" in turn  # to who saves; they leave it at that
				if error.type not in LOCKED and not is_told:
					raise AssertionError(f"{error}\n{error.traceback}") from None

	def _people(self, turn: dict) -> None:
		self.run(turn["site"], turn["steps"])

	def run(self, site: int, steps: list[dict]) -> None:
		with self._watched(site):
			super().run(site, steps)

	@contextmanager
	def _watched(self, site: int) -> Iterator[None]:
		"""What nobody is subscribed to is in no log: what people replace and delete then is looked for in the documents."""
		if not self._missed:
			yield
			return
		before = self.documents(site)
		try:
			yield
		finally:
			after = self.documents(site)
			gone = set(TOKEN.findall(repr(before))) - set(TOKEN.findall(repr(after)))
			deleted = before[INVOICE].keys() - after[INVOICE].keys()
			self._told[site].append({**NOTHING_TOLD, "changed": sorted(gone), "deleted": sorted(deleted)})

	def _held(self, turn: dict) -> None:
		"""People's transaction that is open while a pull goes on."""
		shell = self.site(turn["site"]).open_shell()
		shell.call("begin")
		try:
			shell.call("run_steps", steps=turn["steps"])
			self.live(turn["meanwhile"])
		finally:
			with self._watched(turn["site"]):
				shell.call("commit")

	def _pull(self, turn: dict) -> None:
		consumer, producer = turn["pull"]
		arguments = {"page": turn["page"], "batches": turn["batches"]}
		self._sites[consumer].call("pull_pages", producer_url=self._sites[producer].url, **arguments)

	def _backfill(self, turn: dict) -> None:
		consumer, producer = turn["link"]
		self._sites[consumer].call("backfill", producer_url=self._sites[producer].url, page_size=turn["page"])

	def _purge(self, turn: dict) -> None:
		"""Of the log all goes that every consumer has passed; what it told is remembered for the judge."""
		site = self._sites[turn["site"]]
		self._told[turn["site"]].append(super().testimony(turn["site"]))
		site.call("age_log", days=PURGED)
		site.call("purge")

	def _rows(self, link: tuple[int, int], doctypes: Iterable[str], **values: Any) -> list[dict]:
		rule = self._rules[link]
		each = {"on_conflict": rule, "shared": self._shared, **values}
		return [{"ref_doctype": doctype, **each} for doctype in doctypes]

	def _unsubscribe(self, turn: dict) -> None:
		consumer, producer = pair = tuple(turn["link"])
		self._ended[pair].add(turn["doctype"])
		self._missed.add((*pair, turn["doctype"]))
		url, doctypes = self._sites[producer].url, [turn["doctype"]]
		if turn["how"] == "remove":
			self._sites[consumer].call("remove_producer_doctypes", producer_url=url, doctypes=doctypes)
		else:
			rows = self._rows(pair, doctypes, unsubscribe=1)
			self._sites[consumer].call("save_event_producer", producer_url=url, rows=rows)

	def _condition(self, turn: dict) -> None:
		consumer, producer = pair = tuple(turn["link"])
		self._ended[pair].add(turn["doctype"])
		self._missed.add((*pair, turn["doctype"]))
		rows = self._rows(pair, [turn["doctype"]], unsubscribe=0, condition=json.dumps(turn["condition"]))
		here, there = self._sites[consumer], self._sites[producer]
		link.subscribe(here, there, rows, use_same_name=self.same_names)
		if turn["approved"]:
			link.approve(there, here)

	def _subscribe(self, turn: dict) -> None:
		"""Again, to all of what is not subscribed, or not without a condition."""
		consumer, producer = pair = tuple(turn["link"])
		if not self._ended[pair]:
			return
		rows = self._rows(pair, sorted(self._ended[pair]), unsubscribe=0, condition=None)
		here, there = self._sites[consumer], self._sites[producer]
		link.subscribe(here, there, rows, use_same_name=self.same_names)
		link.approve(there, here)
		self._ended[pair].clear()
		self._pull({"pull": turn["link"], "page": PAGE, "batches": None})

	def _revoke(self, turn: dict) -> None:
		consumer, producer = pair = tuple(turn["link"])
		self._without_key.add(pair)
		self._sites[producer].call(f"{EVENT_CONSUMER}:revoke_key", consumer=self._sites[consumer].url)

	def _renew(self, turn: dict) -> None:
		consumer, producer = pair = tuple(turn["link"])
		self._without_key.add(pair)  # until it is known to have another one
		self._sites[consumer].call("rotate_key", producer_url=self._sites[producer].url)
		self._without_key.discard(pair)

	def _clock(self, turn: dict) -> None:
		self.site(turn["site"]).offset = turn["by"]

	def _resync(self, turn: dict) -> None:
		"""Of the document that a row of the log is about; what can't be had is told to who asks."""
		site = self._sites[turn["site"]]
		rows = sorted(row["name"] for row in site.rows("Event Sync Log", ["name"]))
		if not rows:
			return
		try:
			site.call("resync_from_source", name=rows[turn["pick"] % len(rows)])
		except SiteError as error:
			if error.type not in TOLD:
				raise

	def _dump(self, turn: dict) -> None:
		site = turn["site"]
		self._dumps[site] = (self.world.keep([self.site(site)])["databases"], len(self._told[site]))

	def _restore(self, turn: dict) -> None:
		"""What was only there is lost; what people replaced there, having seen it, is not."""
		site = turn["site"]
		if site not in self._dumps:
			return
		databases, told = self._dumps[site]
		seen = self.testimony(site)
		self.world.put_back_databases(databases)
		self._sites[site].call("forget_cached")
		kept = {**NOTHING_TOLD, "changed": seen["changed"], "recorded": seen["recorded"]}
		self._told[site] = [*self._told[site][:told], kept]
		self._restored = True
		self._missed |= {(*pair, doctype) for pair in self.links for doctype in DOCTYPES}

	def _start_again(self) -> None:
		"""Where a link says that the log is not the one that was read, a person starts it again."""
		for consumer, producer in self.links:
			here, there = self._sites[consumer], self._sites[producer]
			here.call("pull_pages", producer_url=there.url, page=PAGE, batches=None)
			if here.call("value", doctype="Event Stream Cursor", name=there.url, field="state") == "Stopped":
				here.call("start_again", producer_url=there.url)

	def repair_links(self) -> None:
		for pair in sorted(self._without_key):
			self._renew({"link": list(pair)})
		for pair in self.links:
			self._subscribe({"link": list(pair)})
		if self._restored:
			self._start_again()

	def become_whole(self) -> None:
		"""What is done at last where changes were missed: people change each document once more, which brings the whole of it.
		What that doesn't bring, since it is gone or only here, a comparison finds. And they approve what a site has asked for once
		more by itself, since the answer to its first request was lost."""
		for consumer, producer in self.links if self._missed else ():
			link.approve(self._sites[producer], self._sites[consumer])
		for consumer, producer, doctype in sorted(self._missed):
			self._touch(producer, doctype)
			self._come_to_rest()
			if self.same_names:
				self._take_names(consumer, producer, doctype)
				self._come_to_rest()
		for _consumer, _producer, doctype in sorted(self._missed):
			for consumer, producer in self.links:
				self._compare(consumer, producer, doctype)
				self._come_to_rest()

	def _come_to_rest(self) -> None:
		drain(self)
		decide(self)

	def _touch(self, site: int, doctype: str) -> None:
		do, field, value = TOUCHED[doctype]
		count = len(self.documents(site)[doctype])
		for pick in range(count):
			step = {"do": do, "doctype": doctype, "pick": pick, "values": {field: value}}
			self.run(site, [step])

	def _take_names(self, consumer: int, producer: int, doctype: str) -> None:
		"""What was made at the consumer, came to the producer and was renamed there unheard keeps its name until a person gives it
		the other one."""
		mark = MARKS[doctype]
		there = {one[mark]: name for name, one in self.documents(producer)[doctype].items()}
		for name, document in self.documents(consumer)[doctype].items():
			made_here = str(document[mark]).startswith((f"mark {consumer} ", f"{consumer:02}:"))
			if made_here and there.get(document[mark], name) != name:
				renamed = {"doctype": doctype, "name": name, "new_name": there[document[mark]]}
				self._sites[consumer].call("rename", **renamed)

	def _compare(self, consumer: int, producer: int, doctype: str) -> None:
		site, url = self._sites[consumer], self._sites[producer].url
		found = site.call("support.comparing:reconcile", producer_url=url, doctypes=[doctype])
		assert not found["error"], found["error"]
		with self._watched(consumer):
			site.call("support.comparing:repair", producer_url=url, doctype=doctype, delete_surplus=True)

	def testimony(self, site: int) -> dict:
		told = [*self._told[site], super().testimony(site)]
		carried: dict[str, int] = {}
		for name, docstatus in (item for one in told for item in one["carried"].items()):
			carried[name] = max(docstatus, carried.get(name, 0))
		lists = ("written", "changed", "recorded", "deleted")
		return {"carried": carried, **{key: sorted({x for one in told for x in one[key]}) for key in lists}}

	def settle(self, site: int, gives_way: bool) -> None:
		"""As people do. Two people who each removed a row that the other kept leave a document without any, which no site
		takes: the first site's stands. Where only the first can't take it, since the other has added one since, it gives way."""
		emptied = {"status": "Failed", "message": ["like", "%mandatory on this site but empty%"]}
		others = [other for other in self.sites() if other != site]
		is_met = any(self._sites[other].rows("Event Sync Log", ["name"], emptied) for other in others)
		for row in self._sites[site].rows("Event Sync Log", ["name"], emptied):
			if not site and is_met:
				self._sites[site].call("skip", name=row["name"])
			elif gives_way or not site:
				self._sites[site].call("resync_from_source", name=row["name"])
		super().settle(site, gives_way)

	def pull(self, consumer: int, producer: int, batches: int | None = None) -> int:
		if not self._has_news(consumer, producer):
			return 0
		try:
			return super().pull(consumer, producer, batches)
		except SiteError as error:
			raise AssertionError(f"{error}\n{error.traceback}") from None

	def _has_news(self, consumer: int, producer: int) -> bool:
		"""Whether a pull would find anything; half of all time goes into those that don't."""
		here, there = self.site(consumer), self.site(producer)
		[[at]] = here.select('SELECT position FROM "tabEvent Stream Cursor" WHERE name = ?', there.url)
		[[head]] = there.select('SELECT position FROM "tabUpdate Log Head"')
		unstamped = there.select('SELECT 1 FROM "tabUpdate Log" WHERE position = 0 LIMIT 1')
		parked = here.select('SELECT 1 FROM "tabParked Document" WHERE event_producer = ? LIMIT 1', there.url)
		return bool(head != at or unstamped or parked)


class Networks(dict):
	"""By kind, each made when it is asked for."""

	def __init__(self, world: World):
		super().__init__()
		self._world = world

	def __missing__(self, kind: str) -> SimulatedNetwork:
		self[kind] = SimulatedNetwork(self._world, kind)
		return self[kind]
