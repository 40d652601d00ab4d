"""What a benchmark does on a site. Runs inside the site (see `tests/support/shell.py`); returns seconds by its own clock.

Everything is done as the Event Subscriber, whose permissions replay has to keep too.
"""

import random
import time
from collections.abc import Callable, Iterable

import frappe

from event_streaming.producer import positions

SUBSCRIBER = "streamer@example.com"
COMMIT_EVERY = 100
CUSTOMER, ITEM, INVOICE, PARTY = "Shop Customer", "Shop Item", "Shop Invoice", "Shop Party"
LOGS = ("Event Sync Log", "Remote Document", "Parked Document")


def write_customers(count: int, offset: int = 0) -> dict:
	"""Flat documents: no rows, no links."""
	return _timed(customers(count, offset), _insert)


def write_invoices(count: int, customers: int, items: int) -> dict:
	"""Invoices of five rows, and before them all that they link to."""
	return _timed(invoices(count, customers, items), _insert)


def write_parties(count: int) -> dict:
	"""Documents of four rows, for `change_parties`."""
	return _timed(parties(count), _insert)


def change_parties(count: int, seed: int) -> dict:
	"""Changes fields, and adds, changes and removes rows, in documents of `write_parties`."""
	return _timed(
		({"name": name_of("Party", number), "seed": seed} for number in range(count)), _change_party
	)


def customers(count: int, offset: int = 0) -> Iterable[dict]:
	for number in range(offset, offset + count):
		yield {
			"doctype": CUSTOMER,
			"customer_name": name_of("Customer", number),
			"customer_group": "Wholesale",
			"contact_person": f"Person {number}",
			"tax_id": f"DE {number:09}",
			"customer_since": "2026-01-31",
			"discount": number % 20,
			"credit_limit": number * 1.5,
			"remarks": "Pays on time.",
		}


def invoices(count: int, customer_count: int, item_count: int) -> Iterable[dict]:
	yield from customers(customer_count)
	for number in range(item_count):
		values = {"standard_rate": number + 1, "description": "A thing", "stock_uom": "Nos"}
		yield {
			"doctype": ITEM,
			"item_code": name_of("Item", number),
			"item_name": f"Thing {number}",
			**values,
		}
	for number in range(count):
		rows = [
			{
				"item": name_of("Item", (number * 5 + place) % item_count),
				"qty": place + 1,
				"rate": 10,
				"warehouse": "Main",
			}
			for place in range(5)
		]
		values = {
			"posting_date": "2026-03-01",
			"posting_time": "09:30:00",
			"notes": "As agreed",
			"items": rows,
		}
		yield {"doctype": INVOICE, "customer": name_of("Customer", number % customer_count), **values}


def parties(count: int) -> Iterable[dict]:
	for number in range(count):
		contacts = [
			{"contact_name": f"Contact {place}", "phone": f"+49 {number} {place}"} for place in range(4)
		]
		values = {"segment": "Small", "city": "Bremen", "turnover": number * 10, "contacts": contacts}
		yield {"doctype": PARTY, "party_name": name_of("Party", number), **values}


def name_of(kind: str, number: int) -> str:
	return f"{kind} {number:07}"


def empty(doctypes: list[str]) -> None:
	"""As if these documents, and all that was received, had never been here."""
	for doctype in doctypes:
		for table in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(table.options)
		frappe.db.delete(doctype)
	series = frappe.qb.DocType("Series")
	frappe.qb.from_(series).delete().where(series.name.like("SINV-%")).run()
	for doctype in LOGS:
		frappe.db.delete(doctype)
	frappe.cache.delete_keys("document_cache::")


def place_of(producer: str) -> dict:
	return frappe.db.get_value(
		"Event Stream Cursor", producer, ["position", "event_key", "seen", "seen_key"], as_dict=True
	)


def go_back(producer: str, place: dict) -> None:
	"""To a place that `place_of` told: what came behind it will come again."""
	frappe.db.set_value("Event Stream Cursor", producer, place)


def stamp() -> None:
	positions.stamp()


def pull(producer: str) -> dict:
	"""A pull in the foreground; its summary with what it took."""
	from support.ops import counted_calls

	from event_streaming.consumer.pull import pull as pull_now

	begin, cpu = time.perf_counter(), time.process_time()
	with counted_calls() as calls:
		summary = pull_now(producer)
	assert not summary.error and not summary.failed and not summary.behind, vars(summary)
	return {
		"cpu": time.process_time() - cpu,
		"seconds": time.perf_counter() - begin,
		"synced": summary.synced,
		"requests": sum(calls.values()),
	}


def _timed(documents: Iterable[dict], write: Callable[[dict], None]) -> dict:
	documents = list(documents)
	frappe.set_user(SUBSCRIBER)
	begin, cpu = time.perf_counter(), time.process_time()
	for number, document in enumerate(documents, start=1):
		write(document)
		if number % COMMIT_EVERY == 0:
			frappe.db.commit()  # the measure's own pace
	frappe.db.commit()
	return {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - cpu}


def _insert(document: dict) -> None:
	frappe.get_doc(document).insert()


def _change_party(change: dict) -> None:
	chance = random.Random(f"{change['seed']} {change['name']}")
	party = frappe.get_doc(PARTY, change["name"])
	party.city = f"City {chance.randint(1, 10**6)}"
	party.turnover = chance.randint(1, 10**6)
	kind = chance.choice(("nothing", "add", "change", "remove"))
	if kind == "add" or not party.contacts:
		party.append("contacts", {"contact_name": f"Contact {chance.randint(1, 10**6)}"})
	elif kind == "change":
		chance.choice(party.contacts).phone = f"+{chance.randint(1, 10**9)}"
	elif kind == "remove":
		party.remove(chance.choice(party.contacts))
	party.save()
