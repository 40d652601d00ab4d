"""What tests of hostile producers share: what a link with one was made for, and that it is none the worse."""

from support.link import pull

NOTE, TICKET, CUSTOMER, INVOICE, ITEM = (
	"Shop Note",
	"Shop Ticket",
	"Shop Customer",
	"Shop Invoice",
	"Shop Item",
)
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)><p>text</p>"
SUBSCRIBED = [NOTE, TICKET, INVOICE]
OURS = ("Event Sync Log", "Event Stream Cursor", "Parked Document", "Remote Document", "Event Producer")


def looks(site, *changing: str) -> dict:
	"""All that must stay as it is: everything but this link's own records and the DocTypes that may change."""
	found = site.call("support.trust:fingerprints")
	return {doctype: digest for doctype, digest in found.items() if doctype not in (*OURS, *changing)}


def assert_still_streams(branch, fake) -> None:
	"""The link is no worse for it."""
	fake.events = [event for event in fake.events if isinstance(event.get("position"), int)]
	name = f"sound-{len(fake.events)}"
	fake.create(NOTE, name, title="Sound")
	summary = pull(branch, fake)
	assert summary["error"] == ""
	assert branch.exists(NOTE, name)
