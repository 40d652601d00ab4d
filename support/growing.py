"""What must cost no more than its share when tables grow tenfold. Runs inside the site; all times in seconds."""

import time
from unittest.mock import patch

import frappe

from support import factories, streaming_ops


def make_rows(count: int) -> str:
	"""A Shop Invoice with so many rows."""
	items = [{"item": _item(), "qty": 1, "rate": number + 1} for number in range(count)]
	return factories.create_test_document("Shop Invoice", items=items).name


def change_row(name: str) -> float:
	"""One row of it, by its form."""
	doc = frappe.get_doc("Shop Invoice", name)
	doc.items[len(doc.items) // 2].qty += 1
	begin = time.perf_counter()
	doc.save()
	return time.perf_counter() - begin


def move_rows(name: str) -> float:
	doc = frappe.get_doc("Shop Invoice", name)
	doc.items.insert(0, doc.items.pop())
	for number, row in enumerate(doc.items, 1):
		row.idx = number
	begin = time.perf_counter()
	doc.save()
	return time.perf_counter() - begin


def pull_timed(producer_url: str) -> float:
	begin = time.perf_counter()
	summary = streaming_ops.pull(producer_url)
	assert not summary["failed"] and not summary["error"], summary
	return time.perf_counter() - begin


def pull_counting_clears(producer_url: str) -> int:
	"""How often a pull, of which one batch is all, clears all that the site has cached."""
	from event_streaming.consumer.replay import batch

	clear, cleared = frappe.clear_cache, []

	def counting(user: str | None = None, doctype: str | None = None) -> None:
		cleared.append(user or doctype or "all")
		clear(user=user, doctype=doctype)

	with patch.object(frappe, "clear_cache", counting), patch.object(batch, "BATCH_SECONDS", 60):
		streaming_ops.pull(producer_url)
	return cleared.count("all")


def cached_value(doctype: str, name: str, field: str) -> str:
	return frappe.get_cached_value(doctype, name, field)


def pull_profiled(producer_url: str) -> str:
	import cProfile
	import io
	import pstats

	profile = cProfile.Profile()
	profile.runcall(streaming_ops.pull, producer_url)
	text = io.StringIO()
	pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(45)
	return text.getvalue()


def make_links(count: int) -> str:
	"""A customer to which so many invoices link, most of them written straight into the table."""
	customer = factories.create_test_document("Shop Customer").name
	pattern = frappe.get_doc(
		"Shop Invoice", factories.create_test_document("Shop Invoice", customer=customer).name
	)
	fields = list(pattern.meta.get_valid_columns())
	values = [
		tuple({**pattern.as_dict(), "name": f"LINK-{number}"}.get(field) for field in fields)
		for number in range(count)
	]
	frappe.db.bulk_insert("Shop Invoice", fields, values)
	return customer


def rename_timed(name: str, new: str) -> float:
	begin = time.perf_counter()
	frappe.rename_doc("Shop Customer", name, new, force=True, show_alert=False)
	return time.perf_counter() - begin


def make_many_notes(count: int, rare: int) -> None:
	"""So many notes of which every `rare`-th is Closed, written straight into the table."""
	pattern = factories.create_test_document("Shop Note")
	fields = list(pattern.meta.get_valid_columns())
	base = frappe.get_doc("Shop Note", pattern.name).as_dict()
	values = [
		tuple(
			{**base, "name": f"MANY-{number:08}", "status": "Closed" if number % rare == 0 else "Open"}.get(
				field
			)
			for field in fields
		)
		for number in range(1, count + 1)
	]
	for start in range(0, count, 10_000):
		frappe.db.bulk_insert("Shop Note", fields, values[start : start + 10_000])
		frappe.db.commit()  # Frappe allows so many changes in one transaction


def _item() -> str:
	known = frappe.get_all("Shop Item", pluck="name", limit=1)
	return known[0] if known else factories.create_test_document("Shop Item").name


def clear_invoices() -> None:
	for doctype in ("Shop Invoice", "Update Log"):
		frappe.db.delete(doctype)


def list_impatiently(callback_url: str, doctype: str) -> list[dict]:
	"""All pages of a listing for one consumer, each of which may take no time."""
	from event_streaming.producer import listing

	pages, last, more = [], "", True
	with patch.object(listing, "LISTING_SECONDS", 0):
		while more:
			page = listing.list_documents(callback_url, doctype, last, 100, resumable=True)
			pages.append({"names": [name for name, _id, _digest in page["documents"]]})
			last, more = page["last"], page["more"]
	return pages


def rename_profiled(name: str, new: str) -> str:
	import cProfile
	import io
	import pstats

	profile = cProfile.Profile()
	profile.runcall(rename_timed, name, new)
	text = io.StringIO()
	pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(12)
	return text.getvalue()


def fill_row(doctype: str) -> None:
	"""Leaves no room for one more column in the table's rows."""
	for length in range(16000, 1000, -40):
		try:
			frappe.db.sql_ddl(f"alter table `tab{doctype}` add column `filler` varchar({length})")
			return frappe.clear_cache()  # it keeps the names of columns
		except Exception as error:
			if error.args[0] not in (1118, 1074):
				raise


def empty_row(doctype: str) -> None:
	frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `filler`")
	frappe.clear_cache()


def longest_listing(callback_url: str, doctype: str) -> float:
	from event_streaming.producer import listing

	longest, last, more = 0.0, "", True
	while more:
		begin = time.perf_counter()
		page = listing.list_documents(callback_url, doctype, last, 100, count=not last, resumable=True)
		longest = max(longest, time.perf_counter() - begin)
		last, more = page["last"], page["more"]
	return longest


def make_log(doctype: str, count: int) -> None:
	"""So many changes that no consumer has fetched."""
	from event_streaming.producer import capture, positions

	capture.write_updates(
		(doctype, f"NOTE-{number}", {"changed": {"priority": 1}}) for number in range(count)
	)
	frappe.db.commit()
	positions.stamp()


def form_timed(callback_url: str) -> float:
	from event_streaming.producer import link_state

	doc = frappe.get_doc("Event Consumer", callback_url)
	begin = time.perf_counter()
	link_state.read(doc)
	return time.perf_counter() - begin
