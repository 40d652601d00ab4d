"""Sessions of users that logged in, in the database and the cache."""

import json
from typing import Any
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.playground.missing import module_getattr
from frappe.utils import add_to_date, cint, cstr, time_diff_in_seconds
from frappe.utils import now as get_now

__getattr__ = module_getattr(__name__)

UPDATE_AFTER = 600  # seconds


class Session:
	def __init__(
		self,
		user: str | None,
		resume: bool = False,
		full_name: str | None = None,
		user_type: str | None = None,
	) -> None:
		self.sid = cstr(frappe.form_dict.get("sid") or unquote(frappe.request.cookies.get("sid", "Guest")))
		self.user = user
		self.full_name = full_name
		self.user_type = user_type
		self.data = frappe._dict(data=frappe._dict())
		frappe.local.session = self.data
		if resume:
			self.resume()
		elif self.user:
			self.validate_user()
			self.start()

	def validate_user(self) -> None:
		if not frappe.get_cached_value("User", self.user, "enabled"):
			message = _("User {0} is disabled. Please contact your System Manager.").format(self.user)
			frappe.throw(message, frappe.ValidationError)

	def start(self) -> None:
		self.sid = "Guest" if self.user == "Guest" else frappe.generate_hash()
		self.data.update(user=self.user, sid=self.sid)
		self.data.data.update(user=self.user, session_ip=frappe.local.request_ip)
		if self.user == "Guest":
			return
		now = get_now()
		self.data.data.update(
			last_updated=now,
			session_expiry=get_expiry_period(),
			full_name=self.full_name,
			user_type=self.user_type,
		)
		frappe.db.sql(
			'INSERT INTO "tabSessions" (sessiondata, user, lastupdate, sid, status) VALUES (%s, %s, %s, %s, %s)',
			(json.dumps(self.data.data), self.user, now, self.sid, "Active"),
		)
		frappe.cache.hset("session", self.sid, self.data)
		frappe.db.set_value("User", self.user, {"last_login": now, "last_active": now}, update_modified=False)
		frappe.db.commit()

	def resume(self) -> None:
		data = self._get_data()
		if not data and self.sid != "Guest":
			frappe.response["session_expired"] = 1
			frappe.local.cookie_manager.delete_cookie("sid")
			self.sid = "Guest"
		data = data or frappe._dict(user="Guest")
		self.data.update(data=data, user=data.user, sid=self.sid)
		self.user = data.user
		self.validate_user()

	def _get_data(self) -> Any:
		if self.sid == "Guest":
			return frappe._dict(user="Guest")
		if cached := frappe.cache.hget("session", self.sid):
			data = frappe._dict(cached.data)
			age = time_diff_in_seconds(get_now(), data.last_updated)
			if age <= get_expiry_in_seconds(data.session_expiry):
				return data
			delete_session(self.sid)
			return None
		oldest = add_to_date(get_now(), seconds=-get_expiry_in_seconds(), as_string=True, as_datetime=True)
		row = frappe.db.sql(
			'SELECT user, sessiondata FROM "tabSessions" WHERE sid = %s AND lastupdate > %s',
			(self.sid, oldest),
		)
		return frappe._dict(json.loads(row[0][1]), user=row[0][0]) if row else None

	def update(self, force: bool = False) -> bool:
		"""Keeps the session alive; writes it seldom."""
		if frappe.session.user == "Guest" or not self.data.sid or self.sid == "Guest":
			return False
		now = get_now()
		last = frappe.cache.hget("last_db_session_update", self.sid)
		if not force and last and time_diff_in_seconds(now, last) <= UPDATE_AFTER:
			return False
		self.data.data.last_updated = now
		frappe.db.sql(
			'UPDATE "tabSessions" SET sessiondata = %s, lastupdate = %s WHERE sid = %s',
			(json.dumps(self.data.data), now, self.data.sid),
		)
		frappe.db.set_value("User", frappe.session.user, "last_active", now, update_modified=False)
		frappe.db.commit()
		frappe.cache.hset("last_db_session_update", self.sid, now)
		frappe.cache.hset("session", self.sid, self.data)
		return True


def delete_session(sid: str | None = None, user: str | None = None, reason: str = "Session Expired") -> None:
	frappe.db.delete("Sessions", {"sid": sid})
	frappe.db.commit()
	frappe.cache.hdel("session", sid)
	frappe.cache.hdel("last_db_session_update", sid)


def clear_sessions(user: str | None = None, keep_current: bool = False, force: bool = False) -> None:
	rows = frappe.db.sql(
		'SELECT sid FROM "tabSessions" WHERE user = %s', (user or frappe.session.user,), pluck=True
	)
	for sid in rows:
		if not (keep_current and sid == frappe.session.sid):
			delete_session(sid)


def get_expiry_period() -> str:
	return frappe.defaults.get_global_default("session_expiry") or "240:00:00"


def get_expiry_in_seconds(expiry: str | None = None) -> int:
	hours, minutes, seconds = [*(expiry or get_expiry_period()).split(":"), "0"][:3]
	return cint(hours) * 3600 + cint(minutes) * 60 + cint(seconds)
