"""Comments: what people wrote on a document, cleaned of scripts."""

import frappe
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils.html_utils import sanitize_html

__getattr__ = module_getattr(__name__)


class Comment(Document):
	no_feed_on_delete = True

	def validate(self) -> None:
		if not self.comment_email:
			self.comment_email = frappe.session.user
		self.content = sanitize_html(self.content, always_sanitize=True)
