"""Comments and tags of documents: made, read, fetched from another site. Runs inside the site."""

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
