"""Assignments that come along, as a test makes them, lets them arrive, and looks at them."""

from support.link import connect, drain, sync_logs

NOTE = "Shop Note"
ANN, BOB = "test-ann@example.com", "test-bob@example.com"
ASSIGN, UNASSIGN, COMPLETE, ASSIGNED, TODOS, CHANGE = (
	f"support.annotations:{name}"
	for name in ("assign", "unassign", "complete", "assigned_to", "todos_about", "change_todo")
)
FETCH = "support.files:fetch"


def make_users(*sites):
	"""Ann and Bob, who get no mail."""
	for site in sites:
		for user in (ANN, BOB):
			site.call("make_user", email=user, roles=["Shop User"])
		site.call("support.annotations:no_mail", users=[ANN, BOB])


def make_stranger(site) -> str:
	"""A user of one site only."""
	return site.call("make_user", email="test-stranger@example.com", roles=["Shop User"])


def connected_note(consumer, producer) -> str:
	"""On both sites, and assigned to nobody."""
	connect(consumer, producer, [row()])
	name = producer.create(NOTE)["name"]
	brought(consumer, producer)
	return name


def row(doctype=NOTE, **more):
	return {"ref_doctype": doctype, "assignments": 1, **more}


def brought(consumer, *producers):
	"""The documents, then who is assigned to them."""
	for producer in producers:
		drain(consumer, producer)
		assert consumer.call(FETCH, producer_url=producer.url)["error"] == ""


def at_rest(*sites):
	for _round in range(3):
		for consumer in sites:
			brought(consumer, *(producer for producer in sites if producer is not consumer))


def assign(site, name, *users, **values):
	for user in users:
		site.call(ASSIGN, doctype=NOTE, name=name, user=user, **values)


def unassign(site, name, user):
	site.call(UNASSIGN, doctype=NOTE, name=name, user=user)


def assigned(site, name, doctype=NOTE):
	return site.call(ASSIGNED, doctype=doctype, name=name)


def todos(site, name):
	return site.call(TODOS, doctype=NOTE, name=name)


def messages(site, name):
	return " ".join(log["message"] or "" for log in sync_logs(site) if log["remote_docname"] == name)


def trouble(site, producer):
	[found] = site.get("Event Producer", producer.url)["producer_doctypes"]
	return found["annotations_trouble"] or ""


def notices(site, name):
	return [one["for_user"] for one in site.rows("Notification Log", ["for_user"], {"document_name": name})]


def set_notified(site, producer, live):
	site.update("Event Producer", producer.url, outside_effects_live=live)
