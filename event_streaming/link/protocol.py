"""The wire contract of two sites: what both sides have to agree on, and nothing else. In words: docs/protocol.md.

A request or an answer may have keys that its reader doesn't know: they are ignored. A new key is optional for the reader,
so two sites are never forced to update together. `PROTOCOL` changes only when that isn't possible.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

PROTOCOL = 1

Besides = Mapping[str, Collection[str]]  # of BESIDES, by DocType
Key = tuple[str, str]  # DocType and name of a document, as the producer calls them
Home = tuple[str, str]  # URL of the site where a document was first made, name there
Born = tuple[str, str]  # id of the site where a document was first made, its `creation` there


@dataclass(frozen=True)
class Identity:
	"""What tells a document from all others, as far as its producer says."""

	created: str | None = None  # its `creation` at the producer
	home: Home | None = None
	born: Born | None = None


MAX_NAME = 140  # characters of a name, a key, a URL, a digest
MAX_INTEGER = 2**63 - 1
MAX_ANSWER = 32 * 1024 * 1024  # bytes
MAX_PAGE = 500  # events of one answer
MAX_DOCUMENTS = 200  # whole documents of one answer
MAX_LINKING = 1000  # documents named as those that link to what is asked for
MAX_FOUND = 20  # names of one search
MAX_LISTED = 500  # entries of one list
MAX_SUMMARISED = 5000  # documents behind one digest
MAX_FILED = 50  # documents of which the files are told in one answer
MAX_FILES = 500  # files of one document
MAX_COMMENTS = 500  # of one document, the newest
MAX_COMMENT = 100_000  # characters of its text
MAX_TAGS = 100  # of one document
MAX_ASSIGNED = 100  # assignments of one document, the open ones first
MAX_SLICE = 4 * 1024 * 1024  # bytes of a file in one answer
MAX_PATH = 1000  # sites that an event has passed

BESIDES = (
	"attachments",
	"comments",
	"tags",
	"assignments",
)  # what documents come with, where it was asked for and approved

PENDING, APPROVED, REJECTED, UNSUBSCRIBED = "Pending", "Approved", "Rejected", "Unsubscribed"  # of a DocType

UPDATE_TYPES = ("Create", "Update", "Delete", "Rename")
EVENT_KEYS = (
	"position", "id", "event_key", "update_type", "ref_doctype", "docname", "data", "previous", "home", "origin", "path",
	"age", "changed_at", "docstatus", "known", "removed_rows", "created", "born", "now", "written", "cause",
	"ordered_at", "stated_at", "left", "knows", "due",
)  # fmt: skip

ROW_PARTS = ("added", "removed", "row_changed", "order")
POSTED_AGAIN = (
	"posted_again"  # in a difference: a submitted document was taken back and submitted with other values
)
DIFFERENCE_PARTS = ("changed", *ROW_PARTS)  # of an Update; each but the first by table

OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "between", "is")
LIST_OPERATORS = ("in", "not in", "between")
