"""Documents here get the names that they have at the producer, where their Event Configuration says so."""

import frappe
from frappe import _

from event_streaming.consumer.identity.origin_fields import write_origin
from event_streaming.consumer.identity.register import Entry
from event_streaming.consumer.replay import lifecycle
from event_streaming.consumer.replay.parts import Parts
from event_streaming.consumer.subscription import Configuration
from event_streaming.context import remark
from event_streaming.link.protocol import MAX_NAME, Key

MOMENT = len("2026-01-01 00:00:00")


class LocalNames:
	def __init__(self, parts: Parts):
		self.subscription = parts.subscription
		self.names = parts.names
		self.fetched = parts.fetched
		self.adoption = parts.adoption
		self.counters = parts.counters

	def rename(self, old: Key, new: Key, config: Configuration, local_name: str, new_name: str) -> str:
		"""Follows a rename from `old` to `new` there; joins the document that has the new name here, if there is one.

		:returns: the name that it has here now
		"""
		here = self.names.exists(config.local_doctype, new_name)
		self.counters.pass_by(config.local_doctype, [new_name])
		name = lifecycle.rename(config.local_doctype, local_name, new_name, merge=here)
		if here:
			self.names.forget(old)
			self.names.mark_present(config.local_doctype, local_name, False)
		else:
			self.names.rename(old, new, name)
		return name

	def make_way(self, key: Key, config: Configuration) -> None:
		"""The document here that had the name at the producer before, and whose rename there was not heard of, follows it. One
		that is no longer given stays, since it may be gone there or only not readable, but under a name of its own: that of
		before is another one's, as its `creation` proves."""
		former = self.names.displaced(key)
		if not former or not config.use_same_name or former.local_name != key[1]:
			return
		names = self.fetched.source.find_documents(key[0], {"creation": former.remote_creation}, 2)
		if len(names) == 1:
			if not self.names.exists(config.local_doctype, names[0]):
				lifecycle.rename(config.local_doctype, key[1], names[0], merge=False)
				self.names.follow(former, (key[0], names[0]), names[0])
		elif frappe.get_meta(config.local_doctype).autoname != "autoincrement":
			self._set_aside(former, key, config)

	def _set_aside(self, former: Entry, key: Key, config: Configuration) -> None:
		name = f"{key[1]} ({(former.born[1] if former.born else former.remote_creation)[:MOMENT]})"
		name = lifecycle.rename(config.local_doctype, key[1], name[-MAX_NAME:], merge=False)
		self.names.follow(former, (key[0], None), name)
		remark(
			_(
				"Another document of the producer, which it no longer gives, had this name here: it is {0} now."
			).format(name)
		)

	def follow_unheard_rename(self, key: Key, config: Configuration, local_name: str) -> str:
		"""A whole document that has another name there by now gets it here, too, if it had that of there.

		:returns: its name here
		:raises NameTaken: another document of this site has the name
		"""
		before = self.names.name_before(key)
		self.names.settle_name(key)
		if before and not config.use_same_name:
			write_origin(config.local_doctype, local_name, self.subscription.producer, key[1])
		if not config.use_same_name or local_name != before or local_name == key[1]:
			return local_name
		if self.names.exists(config.local_doctype, key[1]):
			raise self.adoption.name_taken(key, config)
		return self.rename(key, key, config, local_name, key[1])
