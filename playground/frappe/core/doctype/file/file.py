"""Files: a document for each, and their contents in the site's folders."""

import hashlib
import os
import re
from typing import Any
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils import cint

__getattr__ = module_getattr(__name__)

LINKS = ("http://", "https://")


class File(Document):
	no_feed_on_delete = True

	def __init__(self, *args: Any, **kwargs: Any) -> None:
		super().__init__(*args, **kwargs)
		self.content = self.get("content") or b""

	@property
	def is_remote_file(self) -> bool:
		return self.file_url.startswith(LINKS) if self.file_url else not self.content

	def before_insert(self) -> None:
		self.file_url = unquote(self.file_url) if self.file_url else ""
		if self.file_url:
			self.is_private = cint(self.file_url.startswith("/private"))
		if not self.file_name and not self.file_url:
			frappe.throw(_("Fields `file_name` or `file_url` must be set for File"), frappe.MandatoryError)
		self.file_name = re.sub(r"/", "", self.file_name or self.file_url.split("/")[-1])
		if not self.is_remote_file:
			self._save_content(self.get_content())

	def validate(self) -> None:
		if self.is_remote_file:
			return
		if not self.file_url.startswith(("/files/", "/private/files/")):
			frappe.throw(_("URL must start with http:// or https://"), title=_("Invalid URL"))
		if not os.path.exists(self.get_full_path()):
			frappe.throw(_("File {0} does not exist").format(self.file_url), IOError)

	def after_insert(self) -> None:
		self._comment("Attachment", self.file_url)

	def on_trash(self) -> None:
		if self.content_hash and not frappe.get_all(
			"File", filters={"content_hash": self.content_hash, "name": ("!=", self.name)}, limit=1
		):
			self._delete_from_disk()
		self._comment("Attachment Removed", self.file_name)

	def get_content(self) -> Any:
		"""Text where it is UTF-8, else bytes."""
		if self.content:
			return self.content
		with open(self.get_full_path(), "rb") as file:
			content = file.read()
		try:
			return content.decode()
		except UnicodeDecodeError:
			return content

	def get_full_path(self) -> str:
		folder, _slash, name = self.file_url.lstrip("/").rpartition("/")
		if folder not in ("files", "private/files") or name in ("", ".", ".."):
			frappe.throw(_("Cannot access file path {0}").format(self.file_url))
		return frappe.get_site_path("private" if folder.startswith("private") else "public", "files", name)

	def _save_content(self, content: Any) -> None:
		content = content.encode() if isinstance(content, str) else content
		self.file_size = len(content)
		self.content_hash = hashlib.md5(content, usedforsecurity=False).hexdigest()
		same = {"content_hash": self.content_hash, "is_private": cint(self.is_private)}
		if url := frappe.db.get_value("File", same, "file_url"):
			self.file_url = url  # the same content is stored once
			return
		folder = "/private/files/" if cint(self.is_private) else "/files/"
		self.file_url = folder + re.sub(r"[/\\%?#]", "_", self.file_name)
		if os.path.exists(self.get_full_path()):
			stem, ending = os.path.splitext(self.file_name)
			self.file_name = f"{stem}{self.content_hash[-6:]}{ending}"
			self.file_url = folder + re.sub(r"[/\\%?#]", "_", self.file_name)
		path = self.get_full_path()
		os.makedirs(os.path.dirname(path), exist_ok=True)
		with open(path, "wb") as file:
			file.write(content)
		frappe.db.after_rollback.add(self._delete_from_disk)

	def _delete_from_disk(self) -> None:
		if os.path.exists(path := self.get_full_path()):
			os.remove(path)

	def _comment(self, kind: str, text: str) -> None:
		if self.attached_to_doctype and frappe.db.exists(self.attached_to_doctype, self.attached_to_name):
			frappe.get_doc(
				doctype="Comment",
				comment_type=kind,
				reference_doctype=self.attached_to_doctype,
				reference_name=self.attached_to_name,
				content=text,
			).insert(ignore_permissions=True)


def has_permission(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	if ptype == "create":
		return frappe.has_permission("File", "create", user=user)
	if not doc.is_private and ptype in ("read", "select"):
		return True
	if user != "Guest" and doc.owner == user:
		return True
	if not (doc.attached_to_doctype and doc.attached_to_name):
		return False
	if not frappe.db.exists(doc.attached_to_doctype, doc.attached_to_name):
		return False
	attached_to = frappe.get_doc(doc.attached_to_doctype, doc.attached_to_name)
	return attached_to.has_permission("read" if ptype == "read" else "write", user=user)


def remove_all(doctype: str, name: str) -> None:
	"""The files of a document that was deleted."""
	attached = {"attached_to_doctype": doctype, "attached_to_name": str(name)}
	for file in frappe.get_all("File", filters=attached, pluck="name"):
		frappe.delete_doc("File", file, ignore_permissions=True, delete_permanently=True)
