"""What keeps a lane from committing what another process may have replayed since.

A stretch that lanes work at has a token, in a row of its own for each link: the puller holds the cursor's row all the time.
A lane locks that row, for the moment of its commit, and commits only while it holds the token that it was given. Whoever takes
the link over empties the row first, and so waits for who is just committing; from then on no lane of that stretch commits,
whenever it wakes up.
"""

import frappe

DOCTYPE = "Event Stream Fence"


class FenceClosed(Exception):
	"""The stretch is another process's now."""


def token_of(producer: str) -> str | None:
	"""Of the stretch that was begun last, None once it is closed."""
	return frappe.db.get_value(DOCTYPE, producer, "token") or None


def open_for(producer: str, token: str) -> None:
	"""Under the link's lock; the lanes have to be asked after the commit."""
	if frappe.db.exists(DOCTYPE, producer):
		frappe.db.set_value(DOCTYPE, producer, "token", token, update_modified=False)
	else:
		# nosemgrep -- a record that this app keeps about a link
		frappe.get_doc(doctype=DOCTYPE, event_producer=producer, token=token).insert(ignore_permissions=True)


def close(producer: str) -> None:
	"""Under the link's lock, in a transaction that is committed before anything of the stretch is read."""
	frappe.db.set_value(DOCTYPE, producer, "token", None, update_modified=False)


def pass_through(producer: str, token: str) -> None:
	"""The last that a lane does before it commits.

	:raises FenceClosed: it may not
	"""
	if frappe.db.get_value(DOCTYPE, producer, "token", for_update=True) != token:
		raise FenceClosed
