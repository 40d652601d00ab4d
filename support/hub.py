"""Many links, and what the page Linked Sites costs. Operations of a site."""

import frappe


def make_consumers(count: int, start: int = 0) -> None:
	"""Event Consumers as registrations leave them."""
	for number in range(start, start + count):
		doc = frappe.new_doc("Event Consumer")
		doc.update(
			{
				"callback_url": f"https://branch-{number:03}.example.com",
				"event_subscriber": "streamer@example.com",
			}
		)
		doc.append("consumer_doctypes", {"ref_doctype": "Shop Note", "status": "Approved"})
		doc.insert(ignore_permissions=True)
		report = {"parked": number % 4, "failed": number % 3, "app": "1.0", "frappe": "16.9.0"}
		values = {"report": frappe.as_json(report), "reported_at": frappe.utils.now()}
		frappe.db.set_value("Event Consumer", doc.name, values)


def queries() -> dict[str, int]:
	from event_streaming.monitoring import hub

	hub.sites()  # what is cached is cached now
	count, sql = 0, frappe.local.db.sql

	def counted(*args, **kwargs):
		nonlocal count
		count += 1
		return sql(*args, **kwargs)

	frappe.local.db.sql = counted
	try:
		rows = hub.sites()
	finally:
		del frappe.local.db.sql
	return {"rows": len(rows), "queries": count}


def send(producer: str, report: dict) -> None:
	from event_streaming.link.client import ProducerClient

	with ProducerClient.for_producer(producer) as client:
		client.report_state(report)
