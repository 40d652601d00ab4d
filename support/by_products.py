"""By-products as tests need them. Runs inside the site."""

import frappe

PRICE = "Shop Article Price"


def make_on_the_way(producer: str, article: str, **values) -> str:
	"""A price made here, as if the controller of the article had done it while the producer's article was written."""
	from event_streaming.consumer.identity.by_products import ByProducts
	from event_streaming.consumer.identity.presence import ExistenceCache

	price = frappe.get_doc({"doctype": PRICE, "article": article, **values}).insert()
	by_products = ByProducts(producer, set(), set(), ExistenceCache())
	by_products.note(price)
	by_products.flush()
	return price.name


def reserve(producer: str, doctype: str, name: str) -> None:
	"""As a batch that ended before it came to this document, which it was given along with others."""
	from event_streaming.consumer.identity import register

	frappe.db.delete("Remote Document", {"event_producer": producer, "remote_docname": name})
	register.insert(producer, {(doctype, name): register.new_entry(name, doctype, name, 0, None)})


def clear(days: int) -> None:
	from event_streaming.event_streaming.doctype.event_by_product.event_by_product import EventByProduct

	EventByProduct.clear_old_logs(days)
