"""Changes of many documents, one after the other, and what a pull makes of them. Runs inside the site."""

import random

import frappe

from support import factories

PARTY, INVOICE, CUSTOMER, TERRITORY, TICKET = (
	"Shop Party",
	"Shop Invoice",
	"Shop Customer",
	"Shop Territory",
	"Shop Ticket",
)


def pull_and_count(
	producer_url: str,
	batch: int = 100,
	seconds: float = 60.0,
	least: int = 2,
	max_batches: int | None = None,
) -> dict:
	"""A pull, whose batches hold as many events and last so long at most: its figures, and how often a document was saved
	again in it.

	:param least: events that a batch needs for changes to be put together
	:param max_batches: after which it ends, wherever it is
	"""
	from event_streaming.consumer.pull import pull
	from event_streaming.consumer.pull.work import Sizes
	from event_streaming.consumer.replay import batch as batches
	from event_streaming.consumer.replay import coalescing

	saves = 0
	document = frappe.get_module("frappe.model.document").Document
	save, lasting, from_so_many = document.save, batches.BATCH_SECONDS, coalescing.LEAST

	def counted(self, *args, **kwargs):
		nonlocal saves
		saves += int(self.doctype.startswith("Shop "))
		return save(self, *args, **kwargs)

	document.save, batches.BATCH_SECONDS, coalescing.LEAST = counted, seconds, least
	try:
		summary = pull.pull(producer_url, max_batches, sizes=Sizes(batch=batch))
	finally:
		document.save, batches.BATCH_SECONDS, coalescing.LEAST = save, lasting, from_so_many
	return {**vars(summary), "saves": saves}


def change_in_rounds(doctype: str, names: list[str], rounds: int, field: str) -> None:
	"""Each of them once in each round."""
	for number in range(rounds):
		for name in names:
			doc = frappe.get_doc(doctype, name)
			doc.set(field, f"{number} of {name}")
			doc.save()
			frappe.db.commit()  # a change of its own


def write_history(seed: int, changes: int, drop: str = "") -> None:
	"""So many changes of a few documents that link to each other, each in a transaction of its own.

	:param drop: kinds of change that don't happen
	"""
	chance = random.Random(seed)
	history = _History(chance, seed)
	for _number in range(changes):
		kind = chance.choice(KINDS)
		if kind not in drop.split():
			getattr(history, kind)()
			frappe.db.commit()  # a change of its own


def change_on_receiver(seed: int) -> None:
	"""Fields and rows of some documents that came from elsewhere, as people do; equal seeds do the same."""
	chance = random.Random(seed)
	for name in _names(PARTY):
		party = frappe.get_doc(PARTY, name)
		party.update({"city": chance.choice(("City 1", "here")), "turnover": chance.randint(1, 4)})
		if party.contacts and chance.random() < 0.7:
			party.contacts[0].phone = "here"
		if len(party.contacts) > 1 and chance.random() < 0.5:
			party.remove(party.contacts[-1])
		party.save()
	for name in _names(CUSTOMER):
		frappe.get_doc(CUSTOMER, name).update({"remarks": "here"}).save()


def _names(doctype: str) -> list[str]:
	return sorted(frappe.get_all(doctype, pluck="name"))


KINDS = (
	"party_field", "party_field", "add_row", "change_row", "remove_row", "move_rows", "swap_fields", "invoice_field",
	"invoice_row", "customer_field", "territory", "ticket", "submit", "cancel", "rename_customer", "delete_party", "directly",
	"make_party",
)  # fmt: skip


class _History:
	def __init__(self, chance: random.Random, seed: int):
		"""Goes on with the documents that are here, if there are any."""
		self.chance = chance
		if frappe.db.exists(PARTY, f"Party {seed} 0"):
			places = (PARTY, CUSTOMER, INVOICE, TICKET)
			self.parties, self.customers, self.invoices, self.tickets = map(_names, places)
			return
		self.parties = [self._party(f"Party {seed} {number}") for number in range(3)]
		self.customers = [factories.create_test_document(CUSTOMER).name for _number in range(2)]
		self.invoices = [self._invoice() for _number in range(2)]
		self.tickets = [
			factories.create_test_document(TICKET, customer=self.customers[0]).name for _number in range(2)
		]
		frappe.db.commit()  # the changes come after these

	def _invoice(self) -> str:
		return factories.create_test_document(INVOICE, customer=self.chance.choice(self.customers)).name

	def _party(self, name: str) -> str:
		contacts = [{"contact_name": f"{name} {number}", "phone": str(number)} for number in range(3)]
		return (
			frappe.get_doc({"doctype": PARTY, "party_name": name, "city": "Bremen", "contacts": contacts})
			.insert()
			.name
		)

	def _change(self, doctype: str, name: str, **values) -> None:
		frappe.get_doc(doctype, name).update(values).save()

	def _one_party(self):
		return frappe.get_doc(PARTY, self.chance.choice(self.parties))

	def party_field(self) -> None:
		values = {
			"city": f"City {self.chance.randint(1, 4)}",
			"turnover": self.chance.randint(1, 4),
			"founded": f"2026-01-0{self.chance.randint(1, 4)}",
		}
		field = self.chance.choice(sorted(values))
		self._change(PARTY, self.chance.choice(self.parties), **{field: values[field]})

	def swap_fields(self) -> None:
		party = self._one_party()
		party.city, party.mobile = party.mobile, party.city
		party.save()

	def add_row(self) -> None:
		party = self._one_party()
		party.append("contacts", {"contact_name": f"Contact {self.chance.randint(1, 99)}"})
		if self.chance.random() < 0.5:
			party.contacts.insert(0, party.contacts.pop())
		self._save_rows(party)

	def change_row(self) -> None:
		party = self._one_party()
		if party.contacts:
			self.chance.choice(party.contacts).phone = f"+{self.chance.randint(1, 5)}"
			party.save()

	def remove_row(self) -> None:
		party = self._one_party()
		if party.contacts:
			party.remove(self.chance.choice(party.contacts))
			self._save_rows(party)

	def move_rows(self) -> None:
		party = self._one_party()
		self.chance.shuffle(party.contacts)
		self._save_rows(party)

	def _save_rows(self, party) -> None:
		for number, row in enumerate(party.contacts, start=1):
			row.idx = number
		party.save()

	def invoice_field(self) -> None:
		doc = frappe.get_doc(INVOICE, self.chance.choice(self.invoices))
		if doc.docstatus == 0:
			doc.update(
				{"notes": f"Note {self.chance.randint(1, 4)}", "customer": self.chance.choice(self.customers)}
			).save()

	def invoice_row(self) -> None:
		doc = frappe.get_doc(INVOICE, self.chance.choice(self.invoices))
		if doc.docstatus == 0:
			self.chance.choice(doc.items).qty = self.chance.randint(1, 9)
			doc.save()

	def submit(self) -> None:
		doc = frappe.get_doc(INVOICE, self.chance.choice(self.invoices))
		if doc.docstatus == 0:
			doc.submit()

	def cancel(self) -> None:
		doc = frappe.get_doc(INVOICE, self.chance.choice(self.invoices))
		if doc.docstatus == 1:
			doc.cancel()
			self.invoices.append(self._invoice())

	def customer_field(self) -> None:
		self._change(
			CUSTOMER, self.chance.choice(self.customers), remarks=f"Remark {self.chance.randint(1, 4)}"
		)

	def territory(self) -> None:
		name = factories.create_test_document(TERRITORY).name
		self._change(CUSTOMER, self.chance.choice(self.customers), territory=name)
		self._change(PARTY, self.chance.choice(self.parties), territory=name)

	def ticket(self) -> None:
		one, other = self.tickets
		self._change(
			TICKET,
			one,
			subject=f"Subject {self.chance.randint(1, 4)}",
			caused_by=self.chance.choice([other, None]),
		)
		of = self.chance.choice([(CUSTOMER, self.customers[0]), (PARTY, self.parties[0])])
		self._change(TICKET, other, reference_doctype=of[0], reference_name=of[1])

	def rename_customer(self) -> None:
		place = self.chance.randrange(len(self.customers))
		new = f"{self.customers[place]}'"
		self.customers[place] = frappe.rename_doc(CUSTOMER, self.customers[place], new)

	def delete_party(self) -> None:
		if len(self.parties) > 2:
			name = self.parties.pop()
			for ticket in self.tickets:
				if frappe.db.get_value(TICKET, ticket, "reference_name") == name:
					return
			frappe.delete_doc(PARTY, name)

	def make_party(self) -> None:
		self.parties.append(self._party(f"{self.parties[0]} {self.chance.randint(1, 10**6)}"))

	def directly(self) -> None:
		self._one_party().db_set("city", f"Direct {self.chance.randint(1, 4)}")
