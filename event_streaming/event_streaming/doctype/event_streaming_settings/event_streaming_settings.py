import os
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from event_streaming import settings
from event_streaming.consumer.files.limits import MAX_MB

AT_LEAST_ONE = ("keep_days", "silent_days", "link_limit", "guest_limit", "failing_minutes", "silent_minutes")
NOT_NEGATIVE = ("linger", "max_parked", "max_lag_seconds", "max_file_mb")
TOKEN_LENGTH = 20  # characters
LONGEST_LINGER = 60  # seconds


class EventStreamingSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from event_streaming.event_streaming.doctype.event_streaming_recipient.event_streaming_recipient import (
			EventStreamingRecipient,
		)

		alerts_enabled: DF.Check
		allow_private_network: DF.Check
		allowed_file_types: DF.SmallText | None
		ca_bundle: DF.Data | None
		failing_minutes: DF.Int
		forbidden_file_types: DF.SmallText | None
		guest_limit: DF.Int
		keep_days: DF.Int
		linger: DF.Float
		link_limit: DF.Int
		max_file_mb: DF.Int
		max_lag_seconds: DF.Int
		max_parked: DF.Int
		metrics_token: DF.Password | None
		proxy_exceptions: DF.SmallText | None
		proxy_url: DF.Data | None
		recipients: DF.Table[EventStreamingRecipient]
		send_email: DF.Check
		silent_days: DF.Int
		silent_minutes: DF.Int
		tell_ends: DF.Check

	# end: auto-generated types
	def onload(self):
		self.set_onload("site_config", settings.from_site_config())

	def validate(self):
		self.validate_numbers()
		self.validate_silence()
		self.validate_ca_bundle()
		self.validate_proxy()
		self.validate_token()

	def validate_numbers(self):
		self.max_file_mb = cint(self.max_file_mb) or MAX_MB  # it may be newer than what is saved
		for field in AT_LEAST_ONE:
			if self.get(field) < 1:
				frappe.throw(_("{0} must be at least 1.").format(self._label(field)))
		for field in NOT_NEGATIVE:
			if self.get(field) < 0:
				frappe.throw(_("{0} must not be negative.").format(self._label(field)))
		if self.linger > LONGEST_LINGER:
			frappe.throw(
				_("{0} must not be above {1}: a job that stays keeps its worker from other work.").format(
					self._label("linger"), LONGEST_LINGER
				)
			)

	def validate_silence(self):
		if self.silent_days < self.keep_days:
			frappe.throw(
				_(
					"{0} must not be below {1}: a consumer would be given up before its changes may go."
				).format(self._label("silent_days"), self._label("keep_days"))
			)

	def validate_ca_bundle(self):
		if self.ca_bundle and not os.path.isfile(self.ca_bundle):
			frappe.throw(
				_("{0}: there is no file {1} on this server.").format(
					self._label("ca_bundle"), self.ca_bundle
				)
			)

	def validate_proxy(self):
		parts = urlsplit(self.proxy_url or "")
		if self.proxy_url and not (parts.scheme in ("http", "https") and parts.hostname):
			frappe.throw(
				_("{0} must be a URL like http://proxy.example.com:3128.").format(self._label("proxy_url"))
			)

	def validate_token(self):
		token = self.metrics_token or ""
		if token and not self.is_dummy_password(token) and len(token) < TOKEN_LENGTH:
			frappe.throw(
				_("{0} must have at least {1} characters.").format(self._label("metrics_token"), TOKEN_LENGTH)
			)

	def _label(self, field: str) -> str:
		return _(self.meta.get_label(field))
