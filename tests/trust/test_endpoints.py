"""Every whitelisted function of the app, asked by everybody who must not ask it, and with what nobody should send."""

from collections.abc import Iterator

import pytest

from support.endpoints import (
	ANYBODY,
	CONSUMER,
	CONSUMER_LINK,
	EXISTING_DOCUMENTS,
	GUEST,
	MANAGER,
	PRODUCER,
	PRODUCER_LINK,
	TABLE,
	functions_for,
	whitelisted_functions,
)
from support.link import connect, statuses
from support.visitor import Visitor

NOTE, CUSTOMER = "Shop Note", "Shop Customer"
PLAIN_USER, READER = "test-plain@example.com", "test-reader@example.com"
DEEP: list = []
for _level in range(200):
	DEEP = [DEEP]
FORGED = {
	"nothing": None,
	"an empty text": "",
	"a word": "x",
	"a huge text": "x" * 200_000,
	"SQL": "' OR 1=1; DROP TABLE tabUser; -- `",
	"a path": "../../site_config.json",
	"a script": "<script>alert(1)</script>",
	"a template": "{{ frappe.db.sql('select 1') }}",
	"control characters": "a\x00b\r\nX-Injected: 1",
	"half a character": "\ud800",
	"true": True,
	"a negative number": -1,
	"a number too large for any database": 2**64,
	"a fraction": 1.5,
	"an infinite number as text": "1e999",
	"an empty list": [],
	"a list": ["x", 1, None],
	"a deep list": DEEP,
	"a long list": ["x"] * 5000,
	"an empty object": {},
	"an object": {"name": ["like", "%"]},
	"lists for objects": [[["x"]]],
	"objects in a list": [{"ref_doctype": "User", "condition": "{"}, {"ref_doctype": {"a": 1}}],
	"a deep object": {"a": {"b": {"c": DEEP}}},
}


def test_every_function_has_an_entry():
	assert whitelisted_functions() == set(TABLE), "each whitelisted function needs an entry in TABLE"


@pytest.fixture
def linked(hq, branch):
	"""Branch takes two DocTypes from hq, and hq one from branch, so that each site has keys of both kinds."""
	connect(branch, hq, [NOTE, CUSTOMER])
	connect(hq, branch, [NOTE])
	for site in (hq, branch):
		site.call("support.trust:log_in_with_password", user="Administrator")
		site.call("support.trust:log_in_with_password", user=PLAIN_USER)
		site.call("support.trust:log_in_with_password", user=READER, roles=["Shop User"])
		site.configure(event_streaming_guest_limit=1_000_000, event_streaming_link_limit=1_000_000)


@pytest.fixture
def world(hq, branch, third, linked):
	return World(hq, branch)


class World:
	def __init__(self, hq, branch):
		self.hq, self.branch = hq, branch
		self.before = self.look()

	def look(self) -> list[dict]:
		return [site.call("support.trust:fingerprints") for site in (self.hq, self.branch)]

	def assert_unchanged(self, noted_at_hq: tuple[str, ...] = ()) -> None:
		"""
		:param noted_at_hq: DocTypes of which rows were to change there
		"""
		for before, after, noted in zip(self.before, self.look(), (noted_at_hq, ()), strict=True):
			assert [doctype for doctype in before if before[doctype] != after[doctype]] == list(noted)

	def home_of(self, function: str):
		"""The site where a function's arguments make sense."""
		return self.hq if function.startswith(("event_streaming.api.", CONSUMER)) else self.branch

	def arguments(self, function: str) -> dict:
		meant = {"HQ": self.hq.url, "BRANCH": self.branch.url, "EPOCH": self.hq.call("support.trust:epoch")}
		given = TABLE[function].arguments
		return {
			key: meant.get(value, value) if isinstance(value, str) else value for key, value in given.items()
		}

	def link(self, site, doctype: str) -> Visitor:
		other = self.branch if site is self.hq else self.hq
		return Visitor.link(site, **site.call("support.trust:link_key", doctype=doctype, name=other.url))

	def rightful(self, function: str) -> Visitor:
		"""Whoever the function is for."""
		site, caller = self.home_of(function), TABLE[function].caller
		if caller in (CONSUMER_LINK, PRODUCER_LINK):
			return self.link(site, "Event Consumer" if caller == CONSUMER_LINK else "Event Producer")
		return Visitor(site) if caller == GUEST else Visitor(site).log_in("Administrator")


def assert_refused(reply, function: str) -> None:
	assert 400 <= reply.status < 500, f"{function}: {reply.status} {reply.text[:500]}"


class TestWhoMayCall:
	def test_guests_get_nothing_but_what_is_for_guests(self, world):
		for function, entry in TABLE.items():
			if entry.caller == GUEST:
				continue
			for method in ("POST", "GET"):
				reply = Visitor(world.home_of(function)).call(function, world.arguments(function), method)
				assert reply.status in (401, 403), f"{function}: {reply.status} {reply.text[:500]}"
		world.assert_unchanged()

	def test_guests_get_nowhere_with_the_functions_that_are_theirs(self, world):
		for function in functions_for(GUEST):
			if TABLE[function].writes:
				assert_refused(Visitor(world.hq).call(function, world.arguments(function)), function)
		world.assert_unchanged()

	@pytest.mark.parametrize("user", [PLAIN_USER, READER])
	def test_users_without_the_rights_are_refused(self, world, user):
		sessions = {site.name: Visitor(site).log_in(user) for site in (world.hq, world.branch)}
		for function in functions_for(MANAGER, CONSUMER_LINK, PRODUCER_LINK):
			reply = sessions[world.home_of(function).name].call(function, world.arguments(function))
			assert reply.status in (401, 403), f"{function}: {reply.status} {reply.text[:500]}"
		world.assert_unchanged()

	def test_an_administrator_is_no_link(self, world):
		session = Visitor(world.hq).log_in("Administrator")
		for function in functions_for(CONSUMER_LINK, PRODUCER_LINK):
			assert session.call(function, world.arguments(function)).status == 403, function
		world.assert_unchanged()

	def test_the_key_of_a_link_opens_only_the_functions_of_its_kind(self, world):
		for site, doctype, own in (
			(world.hq, "Event Consumer", CONSUMER_LINK),
			(world.hq, "Event Producer", PRODUCER_LINK),
			(world.branch, "Event Consumer", CONSUMER_LINK),
			(world.branch, "Event Producer", PRODUCER_LINK),
		):
			link = world.link(site, doctype)
			for function, entry in TABLE.items():
				if entry.caller != own:
					reply = link.call(function, world.arguments(function))
					assert reply.status in (401, 403), f"{function}: {reply.status} {reply.text[:500]}"
		world.assert_unchanged()

	def test_the_key_of_a_link_is_nothing_on_the_other_site(self, world):
		"""Each side of a link keeps the same pair; it must not work in the wrong direction."""
		for site, other, doctype in (
			(world.hq, world.branch, "Event Consumer"),
			(world.branch, world.hq, "Event Consumer"),
		):
			key = site.call("support.trust:link_key", doctype=doctype, name=other.url)
			for function in functions_for(CONSUMER_LINK):
				reply = Visitor.link(other, **key).call(function, world.arguments(function))
				assert reply.status == 401, function
		world.assert_unchanged()

	def test_one_progress_is_not_read_by_another_user(self, world):
		world.branch.call("event_streaming.progress:tell", job="pull:x", user="Administrator", secret="seen")
		for user in (PLAIN_USER, READER):
			for job in ("pull:x", "Administrator:pull:x", "*", ":pull:x"):
				reply = Visitor(world.branch).log_in(user).call("event_streaming.progress.read", {"job": job})
				assert "seen" not in reply.text

	def test_a_link_acts_for_itself_whatever_name_it_sends(self, hq, branch, third, linked):
		connect(third, hq, [NOTE])
		key = hq.call("support.trust:link_key", doctype="Event Consumer", name=third.url)
		before = hq.get("Event Consumer", branch.url)
		forged = {"consumer": branch.url, "name": branch.url, "link": branch.url, "callback_url": branch.url}
		asked = {"event_subscriber": "streamer@example.com", "doctypes": []}
		link = Visitor.link(hq, **key)
		assert link.call("update_subscription", {**asked, **forged}).status == 200
		assert link.call("unregister", forged).status == 200
		assert hq.get("Event Consumer", branch.url) == before
		assert not hq.exists("Event Consumer", third.url)


class TestHowItIsCalled:
	def test_what_writes_is_refused_by_get(self, world):
		for function, entry in TABLE.items():
			if entry.writes:
				reply = world.rightful(function).call(function, world.arguments(function), "GET")
				assert reply.status == 403, f"{function}: {reply.status} {reply.text[:500]}"
		world.assert_unchanged()

	@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
	def test_no_other_method_writes(self, world, method):
		for function, entry in TABLE.items():
			if entry.writes:
				reply = world.rightful(function).call(function, world.arguments(function), method)
				assert reply.status in (403, 405), f"{function}: {reply.status}"
		world.assert_unchanged()

	def test_without_its_csrf_token_a_session_writes_nothing(self, world, backend):
		if backend.name == "playground":
			pytest.skip("the playground has no Desk that gives tokens")
		sessions = {site.name: Visitor(site).log_in("Administrator") for site in (world.hq, world.branch)}
		for session in sessions.values():
			session.take_csrf_token()
			del session.headers["X-Frappe-CSRF-Token"]
		world.before = world.look()  # Desk itself writes something about its user
		for function in functions_for(MANAGER, ANYBODY):
			if TABLE[function].writes:
				reply = sessions[world.home_of(function).name].call(function, world.arguments(function))
				assert (reply.status, "CSRFTokenError" in reply.text) == (400, True), function
		world.assert_unchanged()


def test_forged_arguments_are_refused_and_change_nothing(world):
	wrong, places_gone = [], 0
	for function, entry in TABLE.items():
		caller, arguments = world.rightful(function), world.arguments(function)
		for parameter, what in forgeries(function):
			reply = caller.call(
				function, {**arguments, parameter: FORGED[what]}, "POST" if entry.writes else "GET"
			)
			if reply.status >= 500 or "X-Injected" in reply.headers:
				wrong.append(f"{function} with {what} for {parameter}: {reply.status} {reason_of(reply)}")
			places_gone += reply.status == 410
	assert not wrong, "\n\n".join(wrong)
	assert places_gone, (
		"a consumer that has lost its place in the log is to take whole documents, and that is noted"
	)
	world.assert_unchanged(noted_at_hq=("Event Consumer Document Type",))
	for site in (world.hq, world.branch):
		assert site.call("support.trust:error_log") == []


def reason_of(reply) -> str:
	return str((reply.json or {}).get("exception") or reply.text)[-200:]


def forgeries(function: str) -> Iterator[tuple[str, str]]:
	in_url = not TABLE[function].writes
	for parameter in TABLE[function].arguments:
		for what in FORGED:
			if (function, parameter, what) not in MEANT and not (in_url and what in TOO_LONG_FOR_A_URL):
				yield parameter, what


TOO_LONG_FOR_A_URL = ("a huge text", "a long list", "half a character")
# What is well-formed after all, and does what it says.
MEANT = {
	("event_streaming.api.update_subscription", "doctypes", "an empty list"),
	(EXISTING_DOCUMENTS + "start_backfill", "doctypes", "nothing"),
	(EXISTING_DOCUMENTS + "start_reconciliation", "doctypes", "nothing"),
	*((form + "set_paused", "paused", what) for what in FORGED for form in (PRODUCER, CONSUMER)),
}


def test_what_the_administrator_has_not_read_is_not_approved(world):
	"""The consumer asks for more between the look and the click."""
	approve = CONSUMER + "approve_all"
	read = world.hq.get("Event Consumer", world.branch.url)
	asked = {"event_subscriber": "Administrator", "doctypes": [{"ref_doctype": "Shop Invoice"}]}
	assert world.link(world.hq, "Event Consumer").call("update_subscription", asked).status == 200
	session = Visitor(world.hq).log_in("Administrator")
	reply = session.call(approve, {"consumer": world.branch.url, "modified": read["modified"]})
	assert (reply.status, "TimestampMismatchError" in reply.text) == (417, True)
	assert statuses(world.hq, world.branch, "Event Consumer")["Shop Invoice"] == "Pending"
