"""A producer that lies about itself, or about which documents these are."""

import pytest

from support.hostile import NOTE, assert_still_streams, looks
from support.link import connect, pull


class TestWhoItIs:
	"""A site that lies about itself, about when and where documents were made, or about their present names, gets nothing
	by it that it couldn't get before."""

	@pytest.fixture
	def told(self, fake):
		"""Pages say whose they are."""
		fake.site_id = "11111111-1111-4111-8111-111111111111"
		honest = fake.page
		fake.replies["get_updates"] = lambda arguments: {**honest(arguments), "site_id": fake.site_id}

	def test_a_link_that_knows_no_id_learns_it_once_and_takes_nothing_of_another_site(
		self, branch, fake, link, told
	):
		fake.create(NOTE, "of-the-first", title="1")
		assert pull(branch, fake)["error"] == ""
		assert branch.value("Event Producer", fake.url, "site_id") == fake.site_id
		first, fake.site_id = fake.site_id, "22222222-2222-4222-8222-222222222222"
		fake.create(NOTE, "of-another", title="2")
		assert "Another site answers at" in pull(branch, fake)["error"]
		assert not branch.exists(NOTE, "of-another")
		assert branch.value("Event Producer", fake.url, "site_id") == first
		fake.site_id = first
		assert pull(branch, fake)["error"] == ""
		assert branch.exists(NOTE, "of-another")

	def test_it_is_not_this_site_itself(self, branch, fake, link, told):
		fake.site_id = branch.value("Update Log Head", "head", "site_id")
		fake.create(NOTE, "echo", title="3")
		assert "Another site answers at" in pull(branch, fake)["error"]
		assert not branch.exists(NOTE, "echo")

	@pytest.mark.parametrize("kind", ["Create", "Update", "Delete", "Rename"])
	def test_birth_at_this_site_opens_nothing_that_is_not_given_back(self, branch, fake, link, kind):
		own = branch.create(NOTE, title="ours")["name"]
		created = str(branch.value(NOTE, own, "creation"))
		before = looks(branch)
		data = {
			"Create": {"doctype": NOTE, "name": own, "title": "theirs"},
			"Update": {"changed": {"title": "theirs"}},
			"Delete": {},
			"Rename": {"new_name": "theirs"},
		}[kind]
		born = [branch.value("Update Log Head", "head", "site_id"), created]
		fake.keep(NOTE, own, title="theirs")
		fake.tell(kind, NOTE, own, data, created=created, born=born, home=[branch.url, own])
		fake.tell(kind, NOTE, "alias", data, created=created, born=born, now=own, previous=0)
		pull(branch, fake)
		after = looks(branch)
		assert before[NOTE] == after[NOTE] or branch.value(NOTE, own, "title") == "ours"
		assert branch.value(NOTE, own, "title") == "ours"

	@pytest.mark.parametrize("kind", ["Update", "Delete", "Rename"])
	def test_the_birth_of_another_producers_document_opens_nothing(self, branch, hq, fake, link, kind):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE, title="of hq")["name"]
		pull(branch, hq)
		[row] = branch.rows("Remote Document", ["home_site_id", "home_creation"], {"local_docname": name})
		data = {"Update": {"changed": {"title": "lie"}}, "Delete": {}, "Rename": {"new_name": "lie"}}[kind]
		born = [row["home_site_id"], str(row["home_creation"])]
		fake.tell(kind, NOTE, name, data, created=born[1], born=born, home=[hq.url, name])
		pull(branch, fake)
		assert branch.value(NOTE, name, "title") == "of hq"
		hq.update(NOTE, name, priority=4)
		pull(branch, hq)
		assert branch.value(NOTE, name, "priority") == 4

	def test_a_present_name_that_is_another_documents_changes_that_one_only_as_its_own_event_could(
		self, branch, fake, link
	):
		own = branch.create(NOTE, title="ours")["name"]
		fake.create(NOTE, "first", title="first", created="2026-01-01 00:00:00.000001")
		fake.change(NOTE, "first", changed={"title": "changed"})
		fake.events[-1] |= {"now": own, "previous": fake.events[-1]["id"]}
		fake.keep(NOTE, own, title="theirs")
		pull(branch, fake)
		assert branch.value(NOTE, own, "title") == "ours"

	@pytest.mark.parametrize(
		"created", [5, "yesterday", "2026-01-01", ["x"], {"a": 1}, "9999-99-99 00:00:00.000000"]
	)
	def test_moments_that_are_none_are_no_identity(self, branch, fake, link, created):
		fake.create(NOTE, "one", title="one")
		fake.events[-1] |= {"created": created, "born": ["x", created]}
		assert pull(branch, fake)["error"] == ""
		assert branch.exists(NOTE, "one")
		assert_still_streams(branch, fake)
