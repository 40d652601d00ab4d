"""What an administrator and their users do, step by step, with the time that each step took."""

import itertools
import sys
import time
from collections.abc import Callable
from statistics import median

from demo.sites import Site, failures, link, wait_until

CUSTOMERS, ITEMS, INVOICES = 60, 40, 120
SHOP_NOTES = 9
FORMS = "event_streaming.event_streaming.doctype."
STREAMED = ["Shop Item", "Shop Invoice"]
COUNTED = ["Shop Customer", "Shop Item", "Shop Invoice", "Shop Party", "Shop Client"]


class Story:
	def __init__(self, head: Site, branch: Site, shop: Site, say: Callable[[str], None]):
		self.head = head
		self.branch = branch
		self.shop = shop
		self.say = say
		self.lags: list[float] = []
		self.shop_lags: list[float] = []
		self.rate = 0.0
		self.shown = 0

	def tell(self) -> None:
		self.subscribe()
		self.approve()
		self.trade()
		self.map()
		self.fail_and_fix()
		self.delete()
		self.reach_the_shop()

	def subscribe(self) -> None:
		self.say(
			f"The branch saves an Event Producer: {self.head.url}, DocTypes {', '.join(STREAMED)} and a mapped one"
		)
		self.make_mapping()
		rows = [*STREAMED, {"ref_doctype": "Shop Client", "has_mapping": 1, "mapping": "Party to Client"}]
		link.subscribe(self.branch, self.head, rows)
		for doctype, status in link.statuses(self.branch, self.head).items():
			self.say(f"    {doctype}: {status}")

	def approve(self) -> None:
		self.say("Head office approves what has appeared under Event Consumer")
		link.approve(self.head, self.branch)
		approved = {"Approved"}
		took = wait_until(
			lambda: set(link.statuses(self.branch, self.head).values()) == approved,
			"the approval did not show",
		)
		self.say(f"    seen at the branch after {took:.1f} s, by the hint that follows a commit")

	def trade(self) -> None:
		self.say(f"Head office writes {CUSTOMERS} customers, {ITEMS} items and {INVOICES} submitted invoices")
		customers = [self.head.create("Shop Customer")["name"] for _number in range(CUSTOMERS)]
		items = [self.head.create("Shop Item", standard_rate=5 + number)["name"] for number in range(ITEMS)]
		begin = time.monotonic()
		before = self.branch.call("count", doctype="Event Sync Log")
		for number, customer in zip(range(INVOICES), itertools.cycle(customers)):
			rows = [
				{"item": items[(number + row) % ITEMS], "qty": 1 + row, "warehouse": "Main"}
				for row in range(3)
			]
			self.head.call("insert_and_submit", doctype="Shop Invoice", customer=customer, items=rows)
			if number % 5 == 4:
				self.show_progress(number + 1)
		wait_until(lambda: self.show_progress(INVOICES) == INVOICES, "invoices did not arrive")
		print()
		events = self.branch.call("count", doctype="Event Sync Log") - before
		self.rate = events / (time.monotonic() - begin)
		self.say("    all of them are at the branch, submitted, with the customers that nobody subscribed to")
		for _number in range(3):
			self.measure_lag()

	def measure_lag(self) -> None:
		item = self.head.create("Shop Item")["name"]
		self.lags.append(wait_until(lambda: self.branch.exists("Shop Item", item), "an item did not arrive"))

	def show_progress(self, written: int) -> int:
		"""
		:returns: how many submitted invoices the branch has
		"""
		here = self.branch.call("count", doctype="Shop Invoice", docstatus=1)
		bar = "#" * (30 * here // INVOICES)
		if sys.stdout.isatty():
			print(f"\r    written {written:3d}   at the branch {here:3d} [{bar:<30}]", end="", flush=True)
		elif written % 40 == 0 and here != self.shown:
			print(f"    written {written:3d}   at the branch {here:3d} [{bar:<30}]", flush=True)
		self.shown = here
		return here

	def map(self) -> None:
		self.say("Head office calls them parties, the branch clients, with other fields")
		party = self.head.create("Shop Party", party_name="Hanse Ltd", mobile="+49 421 5555")["name"]
		wait_until(lambda: bool(self.branch.names("Shop Client")), "the mapped document did not arrive")
		client = self.branch.get("Shop Client", self.branch.names("Shop Client")[0])
		self.say(
			f"    Shop Party {party} (mobile +49 421 5555) is Shop Client {client['name']} (phone_no {client['phone_no']})"
		)

	def fail_and_fix(self) -> None:
		self.say("The branch makes a field of Item mandatory that head office leaves empty")
		self.branch.call("make_mandatory", doctype="Shop Item", fieldname="supplier")
		bad = self.head.create("Shop Item")["name"]
		wait_until(lambda: bool(failures(self.branch)), "the failure was not logged")
		[failed] = failures(self.branch)
		self.say(f"    Failed: {failed['message']}")
		self.branch.call("make_optional", doctype="Shop Item", fieldname="supplier")
		self.branch.call("resync", names=[failed["name"]])
		wait_until(lambda: self.branch.exists("Shop Item", bad), "the fixed document did not arrive")
		self.say(f"    fixed, Resync: {bad} is here")

	def delete(self) -> None:
		self.say("Head office deletes an item")
		item = self.head.create("Shop Item")["name"]
		wait_until(lambda: self.branch.exists("Shop Item", item), "the item did not arrive")
		self.head.delete("Shop Item", item)
		took = wait_until(lambda: not self.branch.exists("Shop Item", item), "the item is still here")
		self.say(f"    gone at the branch after {took:.1f} s")

	def reach_the_shop(self) -> None:
		self.say("Nobody can call the shop. Head office makes a code, and the shop enters it")
		values = {"purpose": "Send to This Site", "event_subscriber": "streamer@example.com"}
		invitation = self.head.insert("Event Invitation", doctypes=[{"ref_doctype": "Shop Note"}], **values)
		code = self.head.call(
			f"{FORMS}event_invitation.event_invitation:make_code", invitation=invitation["name"]
		)
		form = f"{FORMS}event_consumer.event_consumer:enter_code"
		self.shop.call(form, url=self.head.url, code=code["code"])
		self.shop.call("set_consumer_status", callback_url=self.head.url, status="Approved", doctypes=None)
		[name] = self.head.names("Event Producer")
		self.head.update("Event Producer", name, paused=0)
		self.say(f"    the shop approves, head office resumes {name}")
		self.note_of_the_shop()  # the first one, which waits for the shop's next question
		self.shop_lags = [self.note_of_the_shop() for _number in range(SHOP_NOTES)]
		self.say(f"    {SHOP_NOTES} notes of the shop are at head office; it opened all connections itself")

	def note_of_the_shop(self) -> float:
		note = self.shop.create("Shop Note")["name"]
		return wait_until(lambda: self.head.exists("Shop Note", note), "a note of the shop did not arrive")

	def make_mapping(self) -> None:
		fields = [
			{"local_fieldname": "client_name", "remote_fieldname": "party_name"},
			{"local_fieldname": "phone_no", "remote_fieldname": "mobile"},
			{"local_fieldname": "source", "default_value": "Head office"},
		]
		self.branch.insert(
			"Document Type Mapping",
			mapping_name="Party to Client",
			local_doctype="Shop Client",
			remote_doctype="Shop Party",
			field_mapping=fields,
		)

	def table(self) -> list[tuple[str, str, str]]:
		"""What each site holds at the end: (what, at head office, at the branch)."""
		rows = [
			(doctype, *(str(site.call("count", doctype=doctype)) for site in (self.head, self.branch)))
			for doctype in COUNTED
		]
		statuses = {}
		for row in link.sync_logs(self.branch):
			statuses[row["status"]] = statuses.get(row["status"], 0) + 1
		rows.append(("Update Log rows", str(self.head.call("count", doctype="Update Log")), ""))
		rows += [
			(f"Event Sync Log: {status}", "", str(number)) for status, number in sorted(statuses.items())
		]
		rows.append(("Events a second, while writing", "", f"{self.rate:.0f}"))
		rows.append(("Lag of a single change", "", f"{median(self.lags):.1f} s"))
		rows.append(("The same from the shop", f"{median(self.shop_lags):.1f} s", ""))
		return rows
