"""Where documents were first made: a document keeps its home however many sites it passes.

A consumer knows by it the documents that are its own, or that came to it from another site already.
"""

from collections.abc import Iterable

import frappe

from event_streaming.link.protocol import Home
from event_streaming.link.urls import own_url


def homes(doctype: str, names: Iterable[str]) -> dict[str, Home]:
	"""Home of each document: what came from elsewhere has the one it came with, all others are of this site."""
	names = list(names)
	here = own_url()
	found = {name: (here, name) for name in names}
	if not names:
		return found
	register = frappe.qb.DocType("Remote Document")
	rows = (
		frappe.qb.from_(register)
		.select(
			register.local_docname,
			register.home_site,
			register.home_name,
			register.event_producer,
			register.remote_docname,
		)
		.where(register.local_doctype == doctype)
		.where(register.local_docname.isin(names))
		.run(as_dict=True)
	)
	for row in rows:
		if row.home_site != here:  # a row with this site as home is the way back of a document of ours
			found[row.local_docname] = (
				row.home_site or row.event_producer,
				row.home_name or row.remote_docname,
			)
	return found
