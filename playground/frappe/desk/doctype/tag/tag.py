"""Tags: a list in a column of the document, and a Tag Link for each."""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils import unique

__getattr__ = module_getattr(__name__)


class Tag(Document):
	pass


@frappe.whitelist()
def add_tag(tag: str, dt: str, dn: str, color: str | None = None) -> str:
	DocTags(dt).add(dn, tag)
	return tag


@frappe.whitelist()
def remove_tag(tag: str, dt: str, dn: str) -> None:
	DocTags(dt).remove(dn, tag)


class DocTags:
	def __init__(self, dt: str) -> None:
		self.dt = dt

	def get_tags(self, dn: str) -> str:
		return (frappe.db.get_value(self.dt, dn, "_user_tags", ignore=1) or "").strip()

	def add(self, dn: str, tag: str) -> None:
		tags = self.get_tags(dn).split(",")
		if tag in tags:
			return
		if not frappe.db.exists("Tag", tag):
			frappe.get_doc({"doctype": "Tag", "name": tag}).insert(ignore_permissions=True)
		self.update(dn, [*tags, tag])

	def remove(self, dn: str, tag: str) -> None:
		self.update(dn, [one for one in self.get_tags(dn).split(",") if one.lower() != tag.lower()])

	def update(self, dn: str, tags: Iterable[str]) -> None:
		kept = unique([tag for tag in tags if tag])
		text = "," + ",".join(kept) if kept else ""
		frappe.db.set_value(self.dt, dn, "_user_tags", text, update_modified=False)
		_update_links(frappe.get_doc(self.dt, dn), set(kept))


def _update_links(doc: Any, tags: set[str]) -> None:
	doc.check_permission("write")
	place = {"document_type": doc.doctype, "document_name": doc.name}
	known = {link.tag for link in frappe.get_list("Tag Link", filters=place, fields=["tag"])}
	for tag in sorted(tags - known):
		frappe.get_doc({"doctype": "Tag Link", **place, "tag": tag}).insert(ignore_permissions=True)
	for tag in sorted(known - tags):
		frappe.db.delete("Tag Link", {**place, "tag": tag})  # which no hook hears


def delete_tags_for_document(doc: Any) -> None:
	frappe.db.delete("Tag Link", {"document_type": doc.doctype, "document_name": doc.name})
