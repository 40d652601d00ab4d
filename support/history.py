"""A site's life in plain data: steps that people and programs do. Runs inside the site.

A step is a dict: `do` names one of `STEPS`, the rest are its arguments. It names a document by a number, the n-th
(modulo) of its DocType that there is at that moment. What Frappe refuses (to submit a cancelled document, a taken name)
is undone to a savepoint and counts as refused; an error that Frappe doesn't raise on purpose fails the test.
"""

from collections import Counter

import frappe
from frappe.utils import cint

SAVEPOINT = "history_step"
CONSUMER_LOGS = ("Event Sync Log", "Parked Document", "Remote Document")
CORE_LOGS = ("Deleted Document", "Comment", "Version", "Error Log")


def run_transactions(transactions: list[dict]) -> dict[str, int]:
	"""Each `{"steps": […], "commit": bool}` in a transaction of its own; how often which step was done or refused."""
	counts: Counter = Counter()
	for transaction in transactions:
		counts += _run(transaction["steps"])
		if transaction["commit"]:
			frappe.db.commit()  # the history says so
		else:
			frappe.db.rollback()
			_forget_cached()
	return dict(counts)


def run_steps(steps: list[dict]) -> dict[str, int]:
	"""In the transaction at hand."""
	return dict(_run(steps))


def run_unheard(steps: list[dict]) -> dict[str, int]:
	"""As a patch does: what there is afterwards has never been in the Update Log."""
	frappe.flags.in_patch = True
	try:
		return dict(_run(steps))
	finally:
		frappe.flags.in_patch = False


def restart_source(doctypes: list[str]) -> dict:
	"""As if nothing had happened on this site since it was linked; where its log stands."""
	from event_streaming.producer import positions

	_empty(doctypes)
	frappe.db.commit()  # the stamper wants a transaction of its own
	positions.stamp()
	head = positions.head()
	frappe.db.delete("Update Log", {"position": ("<", head.position)})
	return {"position": head.position, "event_key": head.event_key}


def restart_replica(doctypes: list[str], producer: str, head: dict) -> None:
	"""As if this site had taken all of its producer's log up to `head`, and it had been about nothing."""
	_empty(doctypes)
	for doctype in CONSUMER_LOGS:
		frappe.db.delete(doctype)
	frappe.db.set_value(
		"Event Stream Cursor", producer, {**head, "seen": 0, "seen_key": ""}, update_modified=False
	)


def _empty(doctypes: list[str]) -> None:
	tables = {field.options for doctype in doctypes for field in frappe.get_meta(doctype).get_table_fields()}
	for table in [*doctypes, *tables, *CORE_LOGS]:
		frappe.db.delete(table)
	for prefix in ("document_cache::", "event_streaming:changed", "event_streaming:hints"):
		frappe.cache.delete_keys(prefix)


def delete_where_possible(documents: list[list[str]]) -> int:
	"""How many (DocType, name) went; what something links to stays."""
	deleted = 0
	for doctype, name in documents:
		try:
			frappe.delete_doc(doctype, name)
			deleted += 1
		except frappe.LinkExistsError:
			frappe.clear_messages()
	return deleted


def retry_at_once() -> int:
	"""As if the time of every parked document's next try had come."""
	parked = frappe.get_all("Parked Document", filters={"status": "Retrying"}, pluck="name")
	for name in parked:
		frappe.db.set_value("Parked Document", name, "next_retry_at", "2000-01-01", update_modified=False)
	return len(parked)


def pull_pages(producer_url: str, page: int, batches: int | None) -> dict:
	"""A pull with pages of another size than usual; its summary, and how many rows this site `logged` meanwhile: what waited may
	have been tried again."""
	from event_streaming.consumer.pull import pull
	from event_streaming.consumer.pull.work import Sizes

	before = frappe.db.count("Update Log")
	summary = pull.pull(producer_url, max_batches=batches, sizes=Sizes(page=page))
	return {**vars(summary), "logged": frappe.db.count("Update Log") - before}


def pause_consumer(callback_url: str, paused: int) -> None:
	consumer = frappe.get_doc("Event Consumer", callback_url)
	consumer.paused = paused
	consumer.save()


def heard_names(doctypes: list[str], after: int) -> list[list[str]]:
	"""(DocType, name) of all that the Update Log tells of behind a position, under every name that it tells."""
	heard = []
	for row in frappe.get_all(
		"Update Log",
		filters={"ref_doctype": ["in", doctypes], "position": [">", after]},
		fields=["ref_doctype", "docname", "update_type", "data"],
	):
		heard.append([row.ref_doctype, row.docname])
		if row.update_type == "Rename":
			heard.append([row.ref_doctype, frappe.parse_json(row.data)["new_name"]])
	return heard


class NothingThere(Exception):
	"""A step that needs a document came before there was one."""


def _run(steps: list[dict]) -> Counter:
	counts: Counter = Counter()
	refusals = (frappe.ValidationError, frappe.NameError, frappe.db.DataError, NothingThere)
	for step in steps:
		arguments = {key: value for key, value in step.items() if key != "do"}
		frappe.db.savepoint(SAVEPOINT)
		frappe.local.dynamic_link_map = None  # each step is as good as a request of its own
		try:
			STEPS[step["do"]](**arguments)
			counts[step["do"]] += 1
		except refusals as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			_forget_cached()
			counts[f"{step['do']} refused: {type(error).__name__}"] += 1
		frappe.clear_messages()
	return counts


def _forget_cached() -> None:
	frappe.db.value_cache.clear()
	frappe.local.cache = {}
	frappe.flags.currently_saving = []
	frappe.cache.delete_keys("document_cache::")


# --- steps -----------------------------------------------------------------------------------------------------------


def insert(
	doctype: str,
	values: dict,
	links: dict | None = None,
	rows: dict | None = None,
	submit: bool = False,
	number: str | None = None,
) -> None:
	"""
	:param number: the field that gives the name; where the name is taken, a number makes it another
	"""
	if number and frappe.db.exists(doctype, values[number]):
		values = {**values, number: f"{values[number]} {frappe.db.count(doctype)}"}
	doc = frappe.get_doc({"doctype": doctype, **values, **_resolve(doctype, links)})
	for table, table_rows in (rows or {}).items():
		for row in table_rows:
			_append(doc, table, row)
	doc.insert()
	if submit:
		doc.submit()


def update(doctype: str, pick: int, values: dict, links: dict | None = None) -> None:
	doc = _pick(doctype, pick)
	doc.update({**values, **_resolve(doctype, links)})
	doc.save()


def edit_rows(doctype: str, pick: int, table: str, edits: list) -> None:
	"""`["add", row]`, `["change", n, row]`, `["remove", n]` and `["move", n, m]`, all in one save."""
	doc = _pick(doctype, pick)
	for kind, *arguments in edits:
		rows = list(doc.get(table))
		if kind == "add":
			_append(doc, table, *arguments)
			continue
		if not rows:
			continue
		row = rows[arguments[0] % len(rows)]
		if kind == "change":
			row.update({**arguments[1]["values"], **_resolve(row.doctype, arguments[1].get("links"))})
		elif kind == "remove":
			doc.remove(row)
		else:
			rows.remove(row)
			rows.insert(arguments[1] % (len(rows) + 1), row)
			doc.set(table, rows)
		for place, row in enumerate(doc.get(table), start=1):
			row.idx = place
	doc.save()


def submit(doctype: str, pick: int) -> None:
	_pick(doctype, pick, docstatus=0).submit()


def cancel(doctype: str, pick: int) -> None:
	_pick(doctype, pick, docstatus=1).cancel()


def amend(doctype: str, pick: int, values: dict) -> None:
	cancelled = _pick(doctype, pick, docstatus=2)
	doc = frappe.copy_doc(cancelled)
	doc.amended_from = cancelled.name
	doc.docstatus = 0
	doc.update(values)
	doc.insert()


def rename(doctype: str, pick: int, new_name: str) -> None:
	frappe.rename_doc(doctype, _pick(doctype, pick).name, new_name, show_alert=False)


def merge(doctype: str, pick: int, into: int) -> None:
	frappe.rename_doc(
		doctype, _pick(doctype, pick).name, _pick(doctype, into).name, merge=True, show_alert=False
	)


def delete(doctype: str, pick: int) -> None:
	frappe.delete_doc(doctype, _pick(doctype, pick).name)


def recreate(doctype: str, pick: int, named_by: str, values: dict, **more) -> None:
	"""Another document under the name of one that is deleted."""
	name = _pick(doctype, pick).name
	frappe.delete_doc(doctype, name)
	insert(doctype, {**values, named_by: name}, **more)


def db_set(doctype: str, pick: int, values: dict, links: dict | None = None) -> None:
	_pick(doctype, pick).db_set({**values, **_resolve(doctype, links)})
	_check_items()


def db_set_row(doctype: str, pick: int, table: str, row: int, values: dict) -> None:
	_row(doctype, pick, table, row).db_set(values)


def insert_row_alone(doctype: str, pick: int, table: str, row: dict) -> None:
	"""A child row that is inserted as if it were a document; a draft's, since Frappe makes it a draft too."""
	doc = _pick(doctype, pick, docstatus=0)
	child = _append(doc, table, row)
	child.idx = len(doc.get(table))
	child.insert()


def save_row_alone(doctype: str, pick: int, table: str, row: int, values: dict) -> None:
	child = _row(doctype, pick, table, row)
	child = frappe.get_doc(child.doctype, child.name)
	child.update(values)
	child.save()


def delete_row_alone(doctype: str, pick: int, table: str, row: int) -> None:
	doc = _pick(doctype, pick)
	if len(doc.get(table)) < 2:
		raise NothingThere  # the last row of a mandatory table would leave what no site could take over
	child = doc.get(table)[row % len(doc.get(table))]
	frappe.get_doc(child.doctype, child.name).delete()


def undo(steps: list[dict]) -> None:
	"""Steps that are done and then undone to a savepoint, as a caller does that survives an error."""
	frappe.db.savepoint("history_undo")
	_run(steps)
	frappe.db.rollback(save_point="history_undo")
	_forget_cached()


STEPS = {
	function.__name__: function
	for function in (
		insert, update, edit_rows, submit, cancel, amend, rename, merge, delete, recreate, db_set, db_set_row,
		insert_row_alone, save_row_alone, delete_row_alone, undo,
	)
}  # fmt: skip


def _check_items() -> None:
	"""What bypasses the controller must not leave what the controller forbids: no site could take that over."""
	item = frappe.qb.DocType("Shop Item")
	if frappe.qb.from_(item).select(item.name).where(item.name == item.alternative_item).run():
		frappe.throw("An item became its own alternative")


def _pick(doctype: str, number: int, docstatus: int | None = None):
	filters = {} if docstatus is None else {"docstatus": docstatus}
	names = frappe.get_all(doctype, filters=filters, pluck="name", order_by="creation asc, name asc")
	if not names:
		raise NothingThere
	return frappe.get_doc(doctype, names[number % len(names)])


def _row(doctype: str, pick: int, table: str, number: int):
	rows = _pick(doctype, pick).get(table)
	if not rows:
		raise NothingThere
	return rows[number % len(rows)]


def _append(doc, table: str, row: dict):
	child_doctype = doc.meta.get_field(table).options
	return doc.append(table, {**row["values"], **_resolve(child_doctype, row.get("links"))})


def _resolve(doctype: str, links: dict | None) -> dict:
	"""`{field: number}` of a Link, `{field: [DocType, number]}` of a Dynamic Link; None empties."""
	meta = frappe.get_meta(doctype)
	values = {}
	for fieldname, number in (links or {}).items():
		field = meta.get_field(fieldname)
		if field.fieldtype == "Dynamic Link":
			values[field.options], number = number or (None, None)
			target = values[field.options]
		else:
			target = field.options
		values[fieldname] = None if number is None else _pick(target, cint(number)).name
	return values
