"""Networks of simulated sites, on which histories of `support.shared_history` are lived through."""

from support import link
from support.shared_history import DOCTYPES, Author, LiveNetwork, drain
from support.simulation import clock, faults
from support.simulation.world import SimulatedSite, World
from support.site import SiteError

LATEST, PRODUCER, HERE = "Latest Change Wins", "Producer Wins", "This Site Wins"
TWO_WAY = [(1, 0), (0, 1)]
ONE_WAY = [(1, 0)]
KINDS: dict[str, tuple[list[tuple[int, int]], list[str | None], bool]] = {
	"two-way": (TWO_WAY, [None, None], True),
	"two-way, own names": (TWO_WAY, [LATEST, LATEST], False),
	"two-way, both say producer": (TWO_WAY, [PRODUCER, PRODUCER], True),
	"two-way, both say here": (TWO_WAY, [HERE, HERE], True),
	"two-way, the first site is right": (TWO_WAY, [PRODUCER, HERE], True),
}
PORT = 8001
LOCKED = ("QueryTimeoutError", "QueryDeadlockError")  # SQLite has one writer at a time
PURGED = 400  # days after which no row of the log is kept
LATER = 3600.0  # seconds after which a history begins on what there was before


class SimulatedNetwork(LiveNetwork):
	def __init__(self, world: World, kind: str):
		links, rules, same_names = KINDS[kind]
		number = len(world.sites)
		sites = [
			world.make_site(f"site-{number + place}.localhost", PORT + number + place)
			for place in range(max(max(pair) for pair in links) + 1)
		]
		for (consumer, producer), rule in zip(links, rules, strict=True):
			rows = [{"ref_doctype": doctype, "on_conflict": rule} for doctype in DOCTYPES]
			link.connect(sites[consumer], sites[producer], rows, use_same_name=same_names)
		super().__init__(sites, links, same_names)
		self.kind = kind
		self.world = world
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
				if error.type not in LOCKED:
					raise AssertionError(f"{error}\n{error.traceback}") from None

	def _people(self, turn: dict) -> None:
		self.run(turn["site"], turn["steps"])

	def _held(self, turn: dict) -> None:
		"""People's transaction that is open while a pull goes on."""
		shell = self.site(turn["site"]).open_shell()
		shell.call("begin")
		try:
			shell.call("run_steps", steps=turn["steps"])
			self.live(turn["meanwhile"])
		finally:
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

	def testimony(self, site: int) -> dict:
		told = [*self._told[site], super().testimony(site)]
		carried: dict[str, int] = {}
		for name, docstatus in (item for one in told for item in one["carried"].items()):
			carried[name] = max(docstatus, carried.get(name, 0))
		lists = ("written", "changed", "recorded", "deleted")
		return {"carried": carried, **{key: sorted({x for one in told for x in one[key]}) for key in lists}}

	def settle(self, site: int, gives_way: bool) -> None:
		"""As people do. Two people who each removed a row that the other kept leave a document without any, which no site
		takes: the first site's stands."""
		emptied = {"status": "Failed", "message": ["like", "%mandatory on this site but empty%"]}
		for row in self._sites[site].rows("Event Sync Log", ["name"], emptied):
			if not site:
				self._sites[site].call("skip", name=row["name"])
			elif gives_way:
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
