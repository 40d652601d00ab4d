"""Whether what happens now is a replay: for controllers and hooks of other apps, and for this app itself."""

from dataclasses import dataclass, field

import frappe

LIVE, BACKFILL, RESYNC, REPAIR = "Live", "Backfill", "Resync", "Repair"


@dataclass
class ReplayContext:
	"""An event, or a whole document apart from any event, that is being replayed.

	`producer` is the URL of the Event Producer that sent it, `kind` one of LIVE (as it happens, or later because the sites
	were apart), BACKFILL, RESYNC (a person asked for it) and REPAIR (a comparison found it). `origin` is the site where the
	change was first made, `path` the sites that it has passed.
	"""

	producer: str
	kind: str = LIVE
	origin: str = ""
	path: list[str] = field(default_factory=list)
	speaks: bool = True  # whether this site tells the outside of it, see `outside_effects`
	remarks: list[str] = field(default_factory=list)

	def remark(self, text: str) -> None:
		"""Adds a sentence to what the Event Sync Log says of this event, once."""
		if text not in self.remarks:
			self.remarks.append(text)

	def take_remarks(self) -> str:
		text, self.remarks = " ".join(self.remarks), []
		return text


def replay_context() -> ReplayContext | None:
	"""What is being replayed at the moment; None when people or other code are at work."""
	return frappe.flags.event_streaming_replay


def remark(text: str) -> None:
	if context := replay_context():
		context.remark(text)


def is_trial() -> bool:
	"""Whether all that is done now is taken back, see `consumer.trial`."""
	return bool(frappe.flags.event_streaming_trial)
