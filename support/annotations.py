"""Comments, tags and assignments of documents: made, read, fetched from another site. Runs inside the site."""

import frappe


def comment(doctype: str, name: str, text: str, user: str | None = None, kind: str = "Comment") -> str:
	"""
	:param user: who writes it, by default the session's
	"""
	user = user or frappe.session.user
	full_name = frappe.db.get_value("User", user, "full_name") or user
	doc = frappe.get_doc(
		doctype="Comment",
		comment_type=kind,
		reference_doctype=doctype,
		reference_name=name,
		comment_email=user,
		comment_by=full_name,
		content=text,
	)
	doc.insert(ignore_permissions=True)
	frappe.db.set_value("Comment", doc.name, "owner", user, update_modified=False)
	return doc.name


def change_comment(name: str, text: str) -> None:
	doc = frappe.get_doc("Comment", name)
	doc.content = text
	doc.save(ignore_permissions=True)


def comments_on(doctype: str, name: str) -> list[dict]:
	"""The oldest first."""
	place = {"reference_doctype": doctype, "reference_name": name, "comment_type": "Comment"}
	fields = ["name", "content", "comment_by", "comment_email", "owner", "creation"]
	found = frappe.get_all("Comment", filters=place, fields=fields, order_by="creation asc, name asc")
	for one in found:
		one.creation = str(one.creation)
	return found


def tag(doctype: str, name: str, tag: str, remove: int = 0) -> None:
	"""As somebody does in Desk, by whatever function it calls."""
	from frappe.handler import get_attr

	method = f"frappe.desk.doctype.tag.tag.{'remove_tag' if remove else 'add_tag'}"
	overrides = frappe.get_hooks("override_whitelisted_methods").get(method) or [method]
	get_attr(overrides[-1])(tag=tag, dt=doctype, dn=name)


def untag_by_code(doctype: str, name: str, tag: str) -> None:
	"""Of which nobody is told."""
	from frappe.desk.doctype.tag.tag import DocTags

	DocTags(doctype).remove(name, tag)


def tags_of(doctype: str, name: str) -> list[str]:
	text = frappe.db.get_value(doctype, name, "_user_tags") or ""
	return sorted(tag for tag in text.split(",") if tag)


def assign(doctype: str, name: str, user: str, text: str = "to do", **values) -> None:
	"""As somebody does in Desk.

	:param values: `date`, `priority`
	"""
	from frappe.desk.form import assign_to

	assign_to.add({"assign_to": [user], "doctype": doctype, "name": name, "description": text, **values})


def unassign(doctype: str, name: str, user: str) -> None:
	from frappe.desk.form import assign_to

	assign_to.remove(doctype, name, user)


def complete(doctype: str, name: str, user: str) -> None:
	"""As the one does who is assigned."""
	from frappe.desk.form import assign_to

	before = frappe.session.user
	frappe.set_user(user)
	try:
		assign_to.close(doctype, name, user, ignore_permissions=True)
	finally:
		frappe.set_user(before)


def change_todo(doctype: str, name: str, user: str, **values) -> None:
	"""As somebody does on the form of the ToDo."""
	place = {"reference_type": doctype, "reference_name": name, "allocated_to": user}
	todo = frappe.get_last_doc("ToDo", place)
	todo.update(values)
	todo.save(ignore_permissions=True)


def delete_todo(doctype: str, name: str, user: str) -> None:
	place = {"reference_type": doctype, "reference_name": name, "allocated_to": user}
	frappe.delete_doc("ToDo", frappe.get_last_doc("ToDo", place).name)


def assigned_to(doctype: str, name: str) -> list[str]:
	"""By the list of the document, which the open ToDos have to bear out."""
	users = sorted(frappe.parse_json(frappe.db.get_value(doctype, name, "_assign") or "[]"))
	open_ones = [todo["allocated_to"] for todo in todos_about(doctype, name) if todo["status"] == "Open"]
	assert users == sorted(open_ones), (users, open_ones)
	return users


def todos_about(doctype: str, name: str) -> list[dict]:
	"""By user, the oldest first."""
	place = {"reference_type": doctype, "reference_name": name}
	fields = ["name", "allocated_to", "assigned_by", "status", "description", "date", "priority"]
	found = frappe.get_all("ToDo", filters=place, fields=fields, order_by="allocated_to asc, creation asc")
	for one in found:
		one.date = str(one.date)
	return found


def forget_gone() -> None:
	from event_streaming.consumer.identity.remote_files import forget_gone

	forget_gone()


def site_id() -> str:
	from event_streaming import site

	return site.own_id()


def ask(producer_url: str, doctype: str, name: str) -> dict:
	"""Asks as the link's other side."""
	from event_streaming.link.client import ProducerClient

	with ProducerClient.for_producer(producer_url) as source:
		return source.list_annotations([(doctype, name)])


def say_silently(doctype: str, name: str, text: str, tag: str) -> None:
	"""As a patch does: nothing is captured."""
	from frappe.desk.doctype.tag.tag import DocTags

	frappe.flags.in_patch = True
	try:
		comment(doctype, name, text)
		DocTags(doctype).add(name, tag)
	finally:
		frappe.flags.in_patch = False


def assign_silently(doctype: str, name: str, user: str, ended: str) -> None:
	"""As a patch does: nothing is captured."""
	frappe.flags.in_patch = True
	try:
		assign(doctype, name, user)
		unassign(doctype, name, ended)
	finally:
		frappe.flags.in_patch = False


def delete_unheard(doctype: str, name: str) -> None:
	"""With all that goes with it, but nothing is captured."""
	frappe.flags.in_patch = True
	try:
		frappe.delete_doc(doctype, name)
	finally:
		frappe.flags.in_patch = False


def may_read(doctype: str, name: str, user: str) -> bool:
	return bool(frappe.has_permission(doctype, "read", doc=frappe.get_doc(doctype, name), user=user))


def no_mail(users: list[str]) -> None:
	"""What these users are told of stays in Desk: a bench has no mail server."""
	if frappe.db.exists("DocType", "Notification Settings"):
		for user in users:
			frappe.db.set_value("Notification Settings", user, "enable_email_notifications", 0)
