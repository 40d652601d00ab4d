"""Requests without a web server, for tests of what this site answers to other sites and to strangers."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import add_days, now_datetime
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from event_streaming.tests.case import IntegrationTestCase

API = "/api/method/event_streaming.api."
KEPT = ("request", "form_dict", "event_streaming_link", "message_log", "request_ip")


def insert_aged(doctype: str, days_old: int, **values) -> str:
	"""A document that was last changed so many days ago."""
	name = frappe.get_doc(doctype=doctype, **values).insert(ignore_permissions=True).name
	modified = add_days(now_datetime(), -days_old)
	frappe.db.set_value(doctype, name, "modified", modified, update_modified=False)
	return name


class LinkTestCase(IntegrationTestCase):
	"""Each test begins without links, and leaves none."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		create_test_subscriber()

	def setUp(self):
		frappe.db.savepoint("link_test")
		self.addCleanup(frappe.db.rollback, save_point="link_test")
		self.use(patch.object(frappe.db, "commit"))
		self.use(patch("event_streaming.producer.positions.stamp"))  # rolls back
		for doctype in ("Event Consumer", "Event Producer", "Event Stream Cursor"):
			frappe.db.delete(doctype)
		frappe.local.message_log = []

	def use(self, context: AbstractContextManager) -> Any:
		"""Enters a context until the end of the test; unittest has this since Python 3.11."""
		entered = context.__enter__()
		self.addCleanup(context.__exit__, None, None, None)
		return entered


@contextmanager
def calling(
	path: str,
	arguments: dict | None = None,
	headers: dict | None = None,
	host: str | None = None,
	packed: bytes | None = None,
) -> Iterator[Request]:
	"""As if `path` were being requested by a Guest.

	:param packed: the body, in place of `arguments`
	"""
	kept = {name: getattr(frappe.local, name, None) for name in KEPT}
	user = frappe.session.user
	builder = EnvironBuilder(
		path=path,
		method="POST",
		base_url=f"http://{host or frappe.local.site}",
		headers=headers,
		data=json.dumps(arguments or {}) if packed is None else packed,
		content_type="application/json" if packed is None else "application/gzip",
	)
	frappe.set_user("Guest")
	frappe.local.request = Request(builder.get_environ())
	frappe.local.request_ip = "203.0.113.7"
	frappe.local.form_dict = frappe._dict(arguments or {})
	frappe.local.message_log = []
	try:
		yield frappe.local.request
	finally:
		frappe.set_user(user)
		for name, value in kept.items():
			setattr(frappe.local, name, value)


def messages() -> str:
	"""What the answer would tell the caller."""
	return " ".join(
		message if isinstance(message, str) else message["message"] for message in frappe.local.message_log
	)


def create_test_subscriber(email: str = "streaming.link@example.com") -> str:
	if not frappe.db.exists("User", email):
		user = frappe.get_doc(doctype="User", email=email, first_name="Streaming", send_welcome_email=0)
		user.insert(ignore_permissions=True)
	frappe.db.set_value("User", email, "enabled", 1)
	return email


def create_test_consumer(url: str = "http://consumer.example", **values) -> "frappe.model.document.Document":
	"""An Event Consumer as registering leaves it, with the secret in `consumer.flags.secret`."""
	from event_streaming.link.credentials import make_credentials

	key, secret = make_credentials()
	consumer = frappe.get_doc(
		{
			"doctype": "Event Consumer",
			"callback_url": url,
			"event_subscriber": create_test_subscriber(),
			"link_key": key,
			"link_secret": secret,
			"consumer_doctypes": [{"ref_doctype": "ToDo", "status": "Approved"}],
			**values,
		}
	).insert(ignore_permissions=True)
	consumer.flags.secret = secret
	return consumer


def link_header(consumer, secret: str | None = None) -> dict:
	return {"Authorization": f"EventStreaming {consumer.link_key}:{secret or consumer.flags.secret}"}
