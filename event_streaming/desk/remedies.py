"""What to do about each kind of failure, for the person who has the failed change before them.

`docs/guide.md` tells the same at more length under the same headings.
"""

import re
from dataclasses import asdict, dataclass

from frappe import _

from event_streaming.consumer.sync_log import FAILED, UNSETTLED, WAITING

RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?::.*)?$")


@dataclass(frozen=True)
class Remedy:
	"""`kind` is the exception's class, or the status of the log row."""

	kind: str
	title: str
	advice: str


def remedy_for(status: str, traceback: str | None) -> dict | None:
	"""What to do about a failed or waiting Event Sync Log row; None when nothing is wrong with it."""
	if status not in UNSETTLED:
		return None
	known = {remedy.kind: remedy for remedy in remedies()}
	if status == WAITING:
		return asdict(known[WAITING])
	return asdict(known.get(raised_in(traceback, known) or FAILED, known[FAILED]))


def raised_in(traceback: str | None, known: dict | set) -> str | None:
	"""The last class of `known` that a traceback ends with; what a message says after it may have many lines."""
	for line in reversed((traceback or "").splitlines()):
		found = RAISED.match(line.rstrip())
		if found and found[1] in known:
			return found[1]
	return None


def remedies() -> list[Remedy]:
	return [Remedy(kind, title, advice) for kind, title, advice in _table()]


def _table() -> list[tuple[str, str, str]]:
	return [
		(
			"Waiting",
			_("It waits"),
			_(
				"An earlier change of this document, or a document that it links to, has to come first. Fix that one: this one follows automatically."
			),
		),
		(
			"MandatoryError",
			_("A mandatory field is empty"),
			_(
				"Fill in the field on the other site and use Resync From Source, or make it optional here (Customize Form), or give it a default in the Document Type Mapping, and use Resync."
			),
		),
		(
			"NameTaken",
			_("The name is taken"),
			_(
				"Another document of this site has the name already. Rename that one and use Resync. If both are the same thing, use Resync From Source: the other site's document replaces the one here. For many of them, tick Adopt Existing in the row of the Event Producer, then use Resync."
			),
		),
		(
			"ConflictFound",
			_("Both sites changed it"),
			_(
				"Use Resync From Source to take the other site's values, or Skip to keep this site's. On Conflict in the Event Producer decides it without asking."
			),
		),
		(
			"SubmittedTwice",
			_("Both sites submitted it"),
			_(
				"What both posted can't be merged. On the site whose document is to go, use Resync From Source and confirm that it is taken back: it is cancelled here and posted as it is on the other site, which goes on by itself. Skip keeps this site's."
			),
		),
		(
			"DependencyMissing",
			_("A linked document is missing"),
			_(
				"Create the document here, or let the Event Subscriber read it on the other site, then use Resync. Users, roles and other documents of the system are never taken from another site."
			),
		),
		(
			"LinkValidationError",
			_("A linked document is missing"),
			_(
				"Create the document that the message names on this site, or clear the link on the other site, then use Resync."
			),
		),
		(
			"ValueNotMapped",
			_("A value has no row in a Value Map"),
			_(
				"Open the Value Map that the message names, use Add Rows for the Values Met, fill in what the values are on this site, and save. What waits for it is tried again at once. Or choose there what a value without a row does."
			),
		),
		(
			"MappingError",
			_("The mapping does not fit"),
			_(
				"Open the Document Type Mapping, fix the row that the message names, look at its Preview, save it and use Resync."
			),
		),
		(
			"PermissionError",
			_("The Event Subscriber may not do this here"),
			_(
				"Give the Event Subscriber a role on this site that may write these documents, then use Resync."
			),
		),
		(
			"DuplicateEntryError",
			_("It exists already"),
			_(
				"Another document has this name, or a value that may occur only once. Change one of the two, then use Resync."
			),
		),
		(
			"UniqueValidationError",
			_("It exists already"),
			_(
				"Another document has a value that may occur only once. Change one of the two, then use Resync."
			),
		),
		(
			"LinkExistsError",
			_("Other documents still link to it"),
			_(
				"Documents of this site link to what was deleted on the other site. Remove those links and use Resync, or Skip to keep the document here."
			),
		),
		(
			"UpdateAfterSubmitError",
			_("It is submitted here"),
			_(
				"This field can't be changed after submitting on this site. If it is a custom field, tick Allow on Submit in it and use Resync. Otherwise cancel the document on the other site and use Resync From Source here, or use Skip to leave the change out."
			),
		),
		(
			"InvalidEvent",
			_("The change can't be read"),
			_(
				"Use Resync From Source. If it happens again, bring both sites to the same version of this app."
			),
		),
		(
			"NotSubscribed",
			_("The DocType is not subscribed"),
			_("Add the DocType to the Event Producer, or use Skip."),
		),
		(
			"NotStreamable",
			_("The DocType can't be streamed"),
			_(
				"Documents of this DocType could change code or rights. Use Skip and keep them by hand on each site."
			),
		),
		(
			"AnswerTooLarge",
			_("The document is too large"),
			_(
				"Make the document smaller on the other site, for example by keeping a large content in an attached file, then use Resync. Skip leaves it there."
			),
		),
		(
			"ClosedAccountingPeriod",
			_("The period is closed here"),
			_(
				"The document is of a day that is closed on this site. Open the period for as long as it takes and use Resync, or use Skip and post it on another day by hand."
			),
		),
		(
			"StockFreezeError",
			_("The period is closed here"),
			_(
				"The document is of a day that is closed on this site. Open the period for as long as it takes and use Resync, or use Skip and post it on another day by hand."
			),
		),
		(
			"ValidationError",
			_("This site does not accept it"),
			_(
				"A rule of this site refuses the document; the message says which. Fix the document on the other site and use Resync From Source, or change the rule here and use Resync."
			),
		),
		(
			"Failed",
			_("It could not be taken over"),
			_(
				"Fix what the message names, then use Resync. If its changes no longer fit, Resync From Source takes the whole document as it is on the other site now."
			),
		),
	]
