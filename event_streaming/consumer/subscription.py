"""What this site has subscribed to at one producer, read once for a page of its log."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer.identity import matching
from event_streaming.consumer.identity.counters import counts
from event_streaming.context import LIVE
from event_streaming.document.field_paths import FieldsByTable, by_table, read_paths
from event_streaming.document.singles import is_single
from event_streaming.document.streamable import is_streamable, is_takeable
from event_streaming.exceptions import NotSubscribed, SubscriberDisabled
from event_streaming.link.protocol import APPROVED, BESIDES
from event_streaming.producer import hearing
from event_streaming.producer.registration import approved_doctypes
from event_streaming.producer.terms import given_with

if TYPE_CHECKING:
	from event_streaming.consumer.mapping.mapper import Mapper
	from event_streaming.consumer.mapping.value_maps import ValueMaps


LATEST_WINS, PRODUCER_WINS, THIS_SITE_WINS, PARK = (
	"Latest Change Wins", "Producer Wins", "This Site Wins", "Wait for a Person",
)  # fmt: skip
PASSED_OVER, TO_BE_FETCHED = "Passed Over", "To Be Fetched"  # what changes of a DocType that were missed are
KEEP, MARK, DELETE = "Keep", "Keep and Mark", "Delete"  # of what leaves the condition
RULES = (LATEST_WINS, PRODUCER_WINS, THIS_SITE_WINS, PARK)
PAIR = {PRODUCER_WINS: THIS_SITE_WINS, THIS_SITE_WINS: PRODUCER_WINS}  # what the other site has to choose


@dataclass
class Configuration:
	"""How documents of one remote DocType are kept here."""

	remote_doctype: str
	local_doctype: str
	use_same_name: bool = True
	mapping: str | None = None
	subscribed: bool = True
	streamed: bool = False  # the producer has approved it, be it unsubscribed now: its documents are known by more than names
	chosen_rule: str | None = None  # for conflicts; see `Subscription.rule`
	rule_there: str | None = None  # the producer's own choice, where it receives the DocType from this site
	adopts: bool = False  # whether a document that is here under its name is taken for the producer's
	leave_out: FieldsByTable = field(default_factory=dict)  # of the local DocType, that are not taken over
	keeps_history: bool = False  # whether documents get the source's owner and dates
	as_draft: bool = False  # whether this site submits and cancels for itself; see `left_out`
	leaves_out_changes: bool = False
	leaves_out_cancels: bool = False
	leaves_out_deletes: bool = False
	replays_each: bool = (
		False  # whether changes that follow each other are replayed one by one, see `coalescing`
	)
	attachments: bool = False  # whether files come along, see `files`
	comments: bool = False  # likewise, see `annotations`
	tags: bool = False
	assignments: bool = False
	match_by: tuple[str, ...] = ()  # fields here that say which document is the producer's
	when_it_leaves: str = KEEP  # what becomes of a document that leaves the condition there
	shared: bool = False  # whether the producer may change documents here that did not come from it

	@property
	def names_by_itself(self) -> bool:
		return not self.use_same_name

	@property
	def besides(self) -> set[str]:
		"""What documents come with, of BESIDES."""
		return {what for what in BESIDES if getattr(self, what)}

	@cached_property
	def mapper(self) -> "Mapper | None":
		from event_streaming.consumer.mapping.mapper import Mapper

		return Mapper(self.mapping) if self.mapping else None


class Subscription:
	def __init__(self, producer: str):
		"""
		:param producer: name (URL) of the Event Producer
		"""
		self.producer = producer
		self.doc = frappe.get_doc("Event Producer", producer)
		self.own_urls = {self.doc.callback_url}
		self.settled_later: set[str] = (
			set()
		)  # remote DocTypes of which all documents come now, see `backfill.settling`
		self.keeps_present_state = (
			False  # of these: what can't be made without what controllers work out is made with it
		)
		self.takes_whole = (
			False  # a document apart from the feed: what its controllers make of others comes by itself
		)
		self._namesakes: dict[str, bool] = {}  # what `means_namesakes` said: each link value asks it
		self._doctypes: dict[str, bool] = {}  # whether this site has a DocType, and
		self._takeable: dict[
			str, bool
		] = {}  # whether it is taken: each batch and each fetched document asks it
		self._by_remote: dict[str, Configuration] = {}
		for row in self.doc.producer_doctypes:
			configuration = _configuration(row)
			self._by_remote[configuration.remote_doctype] = configuration

	@property
	def subscriber(self) -> str:
		"""The user in whose name documents are written here, looked up each time it is needed.

		:raises SubscriberDisabled: this user may not do anything here any more
		"""
		self.check_subscriber()
		return self.doc.event_subscriber

	def check_subscriber(self) -> None:
		"""
		:raises SubscriberDisabled: nothing can be written here in that user's name
		"""
		user = self.doc.event_subscriber
		if not user or user == "Guest" or not frappe.db.get_value("User", user, "enabled"):
			raise SubscriberDisabled(
				_(
					"{0}, the Event Subscriber of the link with {1}, is not an enabled user of this site. Enable it, or"
					" choose another Event Subscriber in the Event Producer; then everything goes on where it stopped."
				).format(user or _("Nobody"), self.producer)
			)

	def speaks(self, kind: str) -> bool:
		"""Whether this site tells the outside (mails, webhooks, assignments) of what a replay of this kind does."""
		field = "outside_effects_live" if kind == LIVE else "outside_effects_past"
		return bool(cint(self.doc.get(field)))

	@cached_property
	def value_maps(self) -> "ValueMaps":
		from event_streaming.consumer.mapping.value_maps import ValueMaps

		return ValueMaps(self.producer)

	@cached_property
	def _given(self) -> set[str]:
		return set(approved_doctypes(self.producer))

	@cached_property
	def _missed_before(self) -> dict[str, int]:
		return {doctype: heard.missed_before for doctype, heard in hearing.of_consumer(self.producer).items()}

	def has_heard_all(self, config: Configuration, known: int) -> bool:
		"""Whether what the producer doesn't know of this site's changes of a document stands in this site's log.

		It was told them from some change on. Of those before it says nothing but the newest that is in its document; they
		may be purged, or were never logged.

		:param known: id of that one
		"""
		return known >= self._missed_before.get(config.local_doctype, 0)

	@cached_property
	def given_with_files(self) -> set[str]:
		"""DocTypes here that this site gives to anybody together with files."""
		return given_with("attachments")

	def gives(self, remote_doctype: str) -> bool:
		"""Whether this site gives documents of that kind to the producer itself."""
		return self.local_doctype(remote_doctype) in self._given

	def means_namesakes(self, remote_doctype: str) -> bool:
		"""Whether a link to a document of that kind may mean one here of the same name that isn't known as the producer's.

		Where the two sites stream the kind, in either direction, a name alone says nothing: it may be another's by now.
		What they don't stream (the framework's, and set-up that both were given) is known by its name.
		"""
		if remote_doctype not in self._namesakes:
			configuration = self.configuration(remote_doctype)
			streamed = configuration.streamed or self.gives(remote_doctype)
			is_known_by_more = streamed and is_streamable(configuration.local_doctype)
			self._namesakes[remote_doctype] = configuration.use_same_name and not is_known_by_more
		return self._namesakes[remote_doctype]

	def has_doctype(self, local_doctype: str) -> bool:
		if local_doctype not in self._doctypes:
			self._doctypes[local_doctype] = bool(frappe.db.exists("DocType", local_doctype))
		return self._doctypes[local_doctype]

	def takes(self, local_doctype: str) -> bool:
		"""See `is_takeable`."""
		if local_doctype not in self._takeable:
			self._takeable[local_doctype] = is_takeable(local_doctype)
		return self._takeable[local_doctype]

	@property
	def configurations(self) -> list[Configuration]:
		return list(self._by_remote.values())

	def is_given(self, config: Configuration) -> bool:
		"""Whether changes of these documents here reach the producer, so that both sites are to end equal."""
		return config.shared or self.gives(config.remote_doctype)

	def rule(self, config: Configuration) -> str:
		"""What decides a conflict.

		Between two sites that give each other a DocType, *This Site Wins* at one is *Producer Wins* at the other. Where
		they did not choose such a pair, or where changes come by several ways, only one order is the same everywhere: that
		of time.
		"""
		if config.chosen_rule == PARK:
			return PARK
		if not self.is_given(config):
			return config.chosen_rule if config.chosen_rule in PAIR else PRODUCER_WINS
		if not config.shared:
			here, there = config.chosen_rule or None, config.rule_there or None
			if (here in PAIR and there in (PAIR[here], None)) or (here is None and there in PAIR):
				return here or PAIR[there]
		return LATEST_WINS

	@cached_property
	def matched_doctypes(self) -> set[str]:
		"""Those of them of which documents here can be told to be the producer's by more than a mere number."""
		rows = [row for row in self._by_remote.values() if row.subscribed]
		return {row.local_doctype for row in rows if row.match_by or not counts(row.local_doctype)}

	def kept_as(self, local_doctype: str) -> Configuration | None:
		"""The subscribed row by which documents of a DocType here come."""
		rows = self._by_remote.values()
		return next((row for row in rows if row.subscribed and row.local_doctype == local_doctype), None)

	@property
	def subscribed_doctypes(self) -> set[str]:
		"""DocTypes here whose documents the producer sends by events."""
		return {config.local_doctype for config in self._by_remote.values() if config.subscribed}

	def subscribed(self, remote_doctype: str) -> Configuration:
		"""The configuration of a DocType that events may come for.

		:raises NotSubscribed: this site takes no events of that DocType
		"""
		configuration = self._by_remote.get(remote_doctype)
		if not configuration or not configuration.subscribed:
			raise NotSubscribed(
				_("This site has not subscribed to {0} at {1}.").format(remote_doctype, self.producer)
			)
		return configuration

	def configuration(self, remote_doctype: str) -> Configuration:
		"""The same for link targets too: what isn't configured is kept under its own name and DocType."""
		if remote_doctype not in self._by_remote:
			self._by_remote[remote_doctype] = Configuration(remote_doctype, remote_doctype, subscribed=False)
		return self._by_remote[remote_doctype]

	def learn(self, remote_doctype: str, mapping: str | None) -> None:
		"""A mapping says by which mapping the documents that it links to are kept."""
		if mapping and remote_doctype not in self._by_remote:
			local_doctype = frappe.get_cached_value("Document Type Mapping", mapping, "local_doctype")
			self._by_remote[remote_doctype] = Configuration(
				remote_doctype, local_doctype, mapping=mapping, subscribed=False
			)

	def local_doctype(self, remote_doctype: str) -> str:
		configuration = self._by_remote.get(remote_doctype)
		return configuration.local_doctype if configuration else remote_doctype

	def remote_doctype(self, local_doctype: str) -> str:
		"""The remote DocType whose documents are kept here as `local_doctype`."""
		for configuration in self._by_remote.values():
			if configuration.local_doctype == local_doctype:
				return configuration.remote_doctype
		return local_doctype


def is_told_of_leaving(producer: str) -> bool:
	"""Whether anything is done here about documents that leave their condition there."""
	row = {"parent": producer, "unsubscribe": 0, "when_it_leaves": ("in", (MARK, DELETE))}
	return bool(frappe.db.exists("Event Producer Document Type", row))


def approved_configurations(producer: str, doctypes: list[str] | None = None) -> dict[str, str]:
	"""{DocType here: remote DocType} of the Event Configuration's rows that documents come by.

	:param doctypes: those that are asked for, by their names here; None for all
	:raises StreamingError: one of them is not subscribed to or not approved
	"""
	rows = {row.ref_doctype: row for row in frappe.get_doc("Event Producer", producer).producer_doctypes}
	approved = {name: row for name, row in rows.items() if row.status == APPROVED and not row.unsubscribe}
	for doctype in doctypes or []:
		if doctype not in rows or rows[doctype].unsubscribe:
			raise NotSubscribed(_("This site has not subscribed to {0} at {1}.").format(doctype, producer))
		if doctype not in approved:
			raise NotSubscribed(
				_("{0} has not approved {1} yet. Its administrator does that in Event Consumer.").format(
					producer, doctype
				)
			)
	wanted = approved if doctypes is None else doctypes
	return {doctype: _configuration(approved[doctype]).remote_doctype for doctype in wanted}


def _configuration(row) -> Configuration:
	mapping = row.mapping if row.has_mapping else None
	single = is_single(row.ref_doctype)  # which is on both sites, under one name
	remote = frappe.get_cached_value("Document Type Mapping", mapping, "remote_doctype") if mapping else None
	return Configuration(
		remote_doctype=remote or row.ref_doctype,
		local_doctype=row.ref_doctype,
		use_same_name=bool(row.use_same_name) or single,
		mapping=mapping,
		subscribed=not row.unsubscribe,
		streamed=bool(row.status == APPROVED or row.get("still_given") or row.unsubscribe),
		chosen_rule=row.on_conflict or None,
		rule_there=row.get("on_conflict_there") or None,
		adopts=bool(row.adopt_existing and row.use_same_name) or single,
		match_by=matching.parse(row.also_match_by),
		shared=bool(row.shared),
		when_it_leaves=row.get("when_it_leaves") or KEEP,
		leave_out=by_table(read_paths(row.get("leave_out"))),
		keeps_history=bool(row.get("keep_history")),
		as_draft=bool(row.get("receive_as_draft")),
		leaves_out_changes=bool(row.get("leave_out_changes")),
		leaves_out_cancels=bool(row.get("leave_out_cancels")),
		leaves_out_deletes=bool(row.get("leave_out_deletes")),
		replays_each=bool(row.get("replay_each_change")),
		attachments=bool(row.get("attachments")),
		comments=bool(row.get("comments")),
		tags=bool(row.get("tags")),
		assignments=bool(row.get("assignments")),
	)
