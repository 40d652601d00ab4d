"""The documents that are written and drained, as plain values; equal for equal numbers."""

from collections.abc import Iterable

CUSTOMER, ITEM, INVOICE, PARTY = "Shop Customer", "Shop Item", "Shop Invoice", "Shop Party"


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
