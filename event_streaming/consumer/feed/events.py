"""One event as a producer's feed gives it, checked for shape before anything is done with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from frappe import _

from event_streaming.document.field_types import cast
from event_streaming.document.snapshot import as_creation
from event_streaming.exceptions import InvalidEvent
from event_streaming.link.answers import is_name
from event_streaming.link.protocol import (
	DIFFERENCE_PARTS,
	EVENT_KEYS,
	MAX_INTEGER,
	MAX_NAME,
	MAX_PATH,
	POSTED_AGAIN,
	UPDATE_TYPES,
	Born,
	Home,
	Identity,
	Key,
)

SITE = re.compile(r"[^\s<>\"'`]{1,140}")  # Desk shows the path of an Update Log row as it is
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
MAX_AGE = 10**10  # seconds
ROWS = {"added": list, "removed": list, "row_changed": dict, "order": list}  # of ROW_PARTS, by table
DIFFERENCE_KEYS = {*DIFFERENCE_PARTS, "was", "direct", POSTED_AGAIN}


@dataclass
class Event:
	"""
	`trouble` says what is wrong with what the producer sent: the values are not used then, and the document is taken whole;
	of a `refused` one nothing is used at all.
	"""

	position: int
	id: int
	event_key: str
	update_type: str
	doctype: str
	name: str
	data: dict
	previous: int = 0
	is_due: bool = False  # the previous one was to be given to this site, if it might see the document then
	identity: Identity = field(default_factory=Identity)
	now: str | None = None  # its present name at the producer, if that is another one
	origin: str = ""
	path: list[str] = field(default_factory=list)
	age: float = 0.0
	changed_at: str = ""  # when it was first made, UTC; "" when the producer doesn't say
	docstatus: int | None = None  # of the document after this change, or when it was deleted
	known: int = 0  # id of this site's newest change of the document that the producer knew of
	knows: dict[str, str] = field(
		default_factory=dict
	)  # {site: when it made the newest change of the document that the producer had}, in a ring
	written: dict = field(default_factory=dict)  # see `written_of`
	removed_rows: dict = field(default_factory=dict)  # {table: rows}, as they were before
	cause: Key | None = None  # the document whose save brought this change about
	ordered_at: dict = field(
		default_factory=dict
	)  # {table: stamp of its order}, where newer than this change
	stated_at: tuple[str, str] | None = (
		None  # stamp of the submission or cancellation that it tells of, where older than this change
	)
	left: bool = False  # it tells only that the document went out of this site's sight there
	raw: dict = field(default_factory=dict)
	trouble: str = ""
	refused: bool = False

	@property
	def key(self) -> Key:
		"""The document on the producer that it is about."""
		return self.doctype, self.name

	@property
	def present_key(self) -> Key:
		"""Under which the producer has it now."""
		return self.doctype, self.now or self.name

	@property
	def new_key(self) -> Key:
		"""The document's key after a Rename."""
		return self.doctype, self.data["new_name"]

	@property
	def is_whole(self) -> bool:
		"""Whether it tells no values: it names itself as the one before, and what comes after a gap is taken whole."""
		return self.previous >= self.id

	@classmethod
	def read(cls, raw: Any) -> "Event":
		"""An event of a page, also a malformed one, as long as its place in the log can be told: it is nobody's trouble but its
		own.

		:raises InvalidEvent: its place can't be told
		"""
		try:
			return cls.from_wire(raw)
		except InvalidEvent as error:
			trouble = str(error)
		place = {
			"position": _number(raw, "position"),
			"id": _number(raw, "id"),
			"event_key": _text(raw, "event_key"),
		}
		kind = "Delete" if raw.get("update_type") == "Delete" else "Update"
		key = {"ref_doctype": raw.get("ref_doctype"), "docname": raw.get("docname")}
		if all(map(is_name, key.values())):
			told = {**place, **key, "update_type": kind, "data": {}, "previous": place["id"]}
			return replace(cls.from_wire(told), trouble=trouble)
		doctype, name = (_harmless(part) for part in key.values())
		return cls(
			**place, update_type=kind, doctype=doctype, name=name, data={}, trouble=trouble, refused=True
		)

	@classmethod
	def from_wire(cls, raw: Any) -> "Event":
		"""
		:raises InvalidEvent: not the shape that the feed promises
		"""
		if not isinstance(raw, dict):
			raise InvalidEvent(_("The producer sent an event that is not an object."))
		event = cls(
			position=_number(raw, "position"),
			id=_number(raw, "id"),
			event_key=_text(raw, "event_key"),
			update_type=_text(raw, "update_type"),
			doctype=_text(raw, "ref_doctype"),
			name=_text(raw, "docname"),
			data=raw.get("data"),
			previous=_number(raw, "previous") if "previous" in raw else 0,
			is_due=bool(raw.get("due")),
			identity=identity_of(raw),
			now=raw["now"] if is_name(raw.get("now")) else None,
			origin=raw["origin"] if _is_site(raw.get("origin")) else "",
			path=_path(raw),
			age=_age(raw),
			changed_at=moment_of(raw),
			docstatus=raw["docstatus"] if raw.get("docstatus") in (0, 1, 2) else None,
			known=_number(raw, "known") if "known" in raw else 0,
			knows=knows_of(raw),
			written=written_of(raw),
			cause=_cause(raw),
			removed_rows=raw.get("removed_rows") or {},
			ordered_at=_ordered_at(raw),
			stated_at=_stamp(raw.get("stated_at")),
			left=bool(raw.get("left")) and raw.get("update_type") == "Update",
			raw={field: raw[field] for field in EVENT_KEYS if field in raw},
		)
		_check_home(raw)
		event.check_data()
		return event

	def check_data(self) -> None:
		if self.update_type not in UPDATE_TYPES or not isinstance(self.data, dict):
			raise InvalidEvent(_("Event {0} of the producer is of an unknown type.").format(self.position))
		if self.update_type == "Rename" and not is_name(self.data.get("new_name")):
			raise InvalidEvent(_("Event {0} renames a document but gives no new name.").format(self.position))
		if self.update_type in ("Rename", "Delete") and not _is_flat(self.data):
			raise InvalidEvent(_("Event {0} of the producer contains nested values.").format(self.position))
		if self.update_type == "Create":
			check_document(self.data)
		if self.update_type == "Update":
			check_difference(self.data)
			if not isinstance(self.removed_rows, dict):
				raise InvalidEvent(_("The producer sent a change whose removed rows are malformed."))
			check_difference({"added": self.removed_rows})


def home_of(raw: dict) -> Home | None:
	"""URL of the site where the document was first made, and its name there; None when the producer doesn't say."""
	home = raw.get("home")
	if isinstance(home, list | tuple) and len(home) == 2 and _is_site(home[0]) and is_name(home[1]):
		return home[0], home[1]
	return None


def _check_home(raw: dict) -> None:
	if raw.get("home") is not None and not home_of(raw):
		raise InvalidEvent(_("The producer sent an event whose home is not a site and a name."))


def moment_of(raw: dict) -> str:
	"""When a change was first made, UTC, in a form that sorts as text; "" when the producer doesn't say."""
	changed_at = raw.get("changed_at")
	return changed_at if isinstance(changed_at, str) and MOMENT.fullmatch(changed_at) else ""


def knows_of(raw: dict) -> dict[str, str]:
	"""When each site made the newest of its changes that the producer had; "" is the producer. What is malformed is not known."""
	told = raw.get("knows")
	if not isinstance(told, dict) or len(told) > MAX_PATH:
		return {}
	return {
		site: at
		for site, at in told.items()
		if (site == "" or _is_site(site)) and moment_of({"changed_at": at})
	}


def _ordered_at(raw: dict) -> dict[str, tuple[str, str]]:
	told = raw.get("ordered_at")
	stamps = {table: _stamp(stamp) for table, stamp in (told.items() if isinstance(told, dict) else ())}
	return {table: stamp for table, stamp in stamps.items() if stamp}


def _stamp(told: Any) -> tuple[str, str] | None:
	if not isinstance(told, list) or len(told) != 2:
		return None
	at, site = told
	return (at, site) if moment_of({"changed_at": at}) and _is_site(site) else None


def identity_of(raw: dict) -> Identity:
	"""Of a document that an event or an answer is about."""
	return Identity(_creation(raw.get("created")), home_of(raw), _born(raw.get("born")))


def _born(born: Any) -> Born | None:
	if not (isinstance(born, list | tuple) and len(born) == 2 and _is_site(born[0])):
		return None
	creation = _creation(born[1])
	return (born[0], creation) if creation else None


def _creation(value: Any) -> str | None:
	"""Only in the one spelling in which it is compared."""
	return value if isinstance(value, str) and as_creation(value) == value else None


def _cause(raw: dict) -> Key | None:
	cause = raw.get("cause")
	if isinstance(cause, list | tuple) and len(cause) == 2 and all(map(is_name, cause)):
		return cause[0], cause[1]
	return None


def written_of(raw: dict) -> dict:
	"""`{"owner", "creation", "modified"}` of the document there, as it is now; empty when the producer doesn't say."""
	written = raw.get("written")
	if not isinstance(written, dict) or not is_name(written.get("owner")):
		return {}
	try:
		moments = {name: cast("Datetime", written.get(name)) for name in ("creation", "modified")}
	except ValueError:
		return {}
	return {"owner": written["owner"], **moments} if all(moments.values()) else {}


def check_document(doc: Any) -> None:
	"""
	:raises InvalidEvent: `doc` is not a document of plain values and rows of plain values
	"""
	if not isinstance(doc, dict):
		raise InvalidEvent(_("The producer sent a document that is not an object."))
	for fieldname, value in doc.items():
		rows = value if isinstance(value, list) else []
		if isinstance(value, dict) or not all(
			_is_flat(row) and _is_row_name(row.get("name")) for row in rows
		):
			raise InvalidEvent(
				_("The producer sent a document whose field {0} is malformed.").format(fieldname)
			)


def check_difference(diff: dict) -> None:
	"""
	:raises InvalidEvent: `diff` is not of the shape that `producer.diff` describes
	"""
	if not _is_flat(diff.get("changed") or {}):
		raise InvalidEvent(_("The producer sent a change whose fields are malformed."))
	if unknown := diff.keys() - DIFFERENCE_KEYS:
		raise InvalidEvent(
			_("The producer sent a change with unknown parts: {0}").format(sorted(unknown)[0][:MAX_NAME])
		)
	for part, kind in ROWS.items():
		tables = diff.get(part) or {}
		if not isinstance(tables, dict) or not all(isinstance(rows, kind) for rows in tables.values()):
			raise InvalidEvent(_("The producer sent a change whose {0} rows are malformed.").format(part))
	if "was" in diff:
		if not isinstance(diff["was"], dict) or "was" in diff["was"]:
			raise InvalidEvent(_("The producer sent a change whose former values are malformed."))
		check_difference(diff["was"])
	rows = [row for added in (diff.get("added") or {}).values() for row in added]
	rows += [row for changed in (diff.get("row_changed") or {}).values() for row in changed.values()]
	if not all(_is_flat(row) for row in rows) or not all(map(_is_row_name, _row_names(diff))):
		raise InvalidEvent(_("The producer sent a change whose rows are malformed."))


def _row_names(diff: dict) -> Iterator[Any]:
	for rows in (diff.get("added") or {}).values():
		yield from (row.get("name") for row in rows)
	for part in ("removed", "row_changed", "order"):
		for names in (diff.get(part) or {}).values():
			yield from names


def _is_flat(values: Any) -> bool:
	return isinstance(values, dict) and not any(isinstance(value, dict | list) for value in values.values())


def _number(raw: dict, field_name: str) -> int:
	value = raw.get(field_name)
	if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INTEGER:
		raise InvalidEvent(_("The producer sent an event whose {0} is not a number.").format(field_name))
	return value


def _is_row_name(value: Any) -> bool:
	return is_name(value) or (isinstance(value, int) and not isinstance(value, bool))


def _harmless(value: Any) -> str:
	"""What is not a name, in a form that can be shown."""
	return (
		re.sub(r"[<>\"'`\x00-\x1f\x7f\ud800-\udfff]", "?", value if isinstance(value, str) else "?")[
			:MAX_NAME
		]
		or "?"
	)


def _is_site(value: Any) -> bool:
	return isinstance(value, str) and bool(SITE.fullmatch(value))


def _path(raw: dict) -> list[str]:
	path = raw.get("path")
	if path is not None and not (
		isinstance(path, list) and len(path) <= MAX_PATH and all(map(_is_site, path))
	):
		raise InvalidEvent(_("The producer sent an event whose path is not a list of sites."))
	return path or []


def _age(raw: dict) -> float:
	age = raw.get("age")
	return float(age) if isinstance(age, int | float) and 0 <= age < MAX_AGE else 0.0


def _text(raw: dict, field_name: str) -> str:
	value = raw.get(field_name)
	if not is_name(value):
		raise InvalidEvent(
			_(
				"The producer sent an event whose {0} is missing, too long, or contains < or >, which Frappe does not allow in names."
			).format(field_name)
		)
	return value
