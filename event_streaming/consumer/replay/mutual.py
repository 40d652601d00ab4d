"""Documents that need each other: one that is submitted, and links to the very document for whose sake it is made here.

A stock voucher names its bundle, and the bundle, which its voucher submits, names the voucher. Such a one is made as a draft,
since that is what it was when the other began. When the other is submitted here, it is brought into its own state, unless
that one's controller has done so.
"""

from collections.abc import Collection
from dataclasses import dataclass

import frappe
from frappe.utils import cint

from event_streaming.consumer.dependencies.link_fields import LinkFinder
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.replay import lifecycle
from event_streaming.consumer.replay.lifecycle import DRAFT
from event_streaming.consumer.replay.silence import Methods, silent
from event_streaming.consumer.subscription import Configuration
from event_streaming.link.protocol import Key


@dataclass
class MadeAsDraft:
	doctype: str
	name: str
	values: dict  # of the whole document, in its own state
	others: list[tuple[str, Key]]  # DocType here and key of what it needs
	methods: Methods  # see `silence`


class MutualDocuments:
	"""Those of one event."""

	def __init__(self, finder: LinkFinder):
		self.finder = finder
		self._made: list[MadeAsDraft] = []

	def needed_by(self, doc: dict, config: Configuration, underway: Collection[Key]) -> list[tuple[str, Key]]:
		"""What a document that is not a draft links to among those that are being made or changed; empty for all others.

		:param doc: as it is at the source
		:param config: of its DocType
		"""
		if cint(doc.get("docstatus")) == DRAFT or config.mapper:
			return []
		links = self.finder.in_document(doc, config.local_doctype, {})
		return [(link.local_doctype, link.target) for link in links if link.target in underway]

	def remember(
		self, doctype: str, name: str, values: dict, others: list[tuple[str, Key]], methods: Methods
	) -> None:
		self._made.append(MadeAsDraft(doctype, name, values, others, methods))

	def complete(self, names: IdentityMap) -> None:
		"""Brings them into their state, where what they need has come as far; else its controller will."""
		made, self._made = self._made, []
		for document in made:
			state = cint(document.values["docstatus"])
			if all(_has_come_to(state, doctype, names.local_name(key)) for doctype, key in document.others):
				with silent(document.methods):
					lifecycle.become(document.doctype, document.name, document.values)


def _has_come_to(state: int, doctype: str, name: str | None) -> bool:
	return bool(name) and cint(frappe.db.get_value(doctype, name, "docstatus")) >= state
