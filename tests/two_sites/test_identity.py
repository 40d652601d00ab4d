"""A document is the same one whatever it is called, and another one of its name is another one: on both sites."""

import pytest

from support.compare import assert_same, snapshot
from support.link import connect, drain, sync_logs

CUSTOMER, NOTE = "Shop Customer", "Shop Note"


def settle(*sites) -> dict:
	"""Both sites pull until nothing is left."""
	one, other = sites
	total = {"failed": 0, "waiting": 0}
	for _round in range(3):
		for consumer, producer in ((other, one), (one, other)):
			drained = drain(consumer, producer)
			total = {kind: total[kind] + drained[kind] for kind in total}
	return total


def make(site, name: str, **values) -> str:
	return site.create(CUSTOMER, customer_name=name, **values)["name"]


CLEAN = {"failed": 0, "waiting": 0}


@pytest.fixture
def both_ways(hq, branch):
	connect(branch, hq, [CUSTOMER])
	connect(hq, branch, [CUSTOMER])


def assert_equal_sites(hq, branch) -> None:
	assert sorted(hq.names(CUSTOMER)) == sorted(branch.names(CUSTOMER))
	for name in hq.names(CUSTOMER):
		assert_same(hq, branch, CUSTOMER, name)


class TestTwoWay:
	@pytest.fixture(autouse=True)
	def link(self, both_ways):
		pass

	def test_a_change_follows_a_rename_and_not_the_name(self, hq, branch):
		make(hq, "X")
		settle(hq, branch)
		hq.rename(CUSTOMER, "X", "Y")
		make(hq, "X", tax_id="another")
		drain(branch, hq)
		branch.update(CUSTOMER, "Y", tax_id="of the branch")
		assert settle(hq, branch) == CLEAN
		assert hq.value(CUSTOMER, "Y", "tax_id") == "of the branch"
		assert hq.value(CUSTOMER, "X", "tax_id") == "another"
		assert_equal_sites(hq, branch)

	def test_a_change_after_a_rename_at_home(self, hq, branch):
		make(hq, "X")
		settle(hq, branch)
		hq.rename(CUSTOMER, "X", "Y")
		drain(branch, hq)
		branch.update(CUSTOMER, "Y", tax_id="of the branch")
		assert settle(hq, branch) == CLEAN
		assert hq.value(CUSTOMER, "Y", "tax_id") == "of the branch"

	def test_a_deletion_after_a_rename_at_home(self, hq, branch):
		make(hq, "X")
		settle(hq, branch)
		hq.rename(CUSTOMER, "X", "Y")
		drain(branch, hq)
		branch.delete(CUSTOMER, "Y")
		assert settle(hq, branch) == CLEAN
		assert hq.names(CUSTOMER) == branch.names(CUSTOMER) == []

	def test_a_deletion_leaves_the_next_of_that_name(self, hq, branch):
		make(hq, "X")
		settle(hq, branch)
		hq.rename(CUSTOMER, "X", "Y")
		drain(branch, hq)
		branch.delete(CUSTOMER, "Y")
		make(hq, "X", tax_id="another")
		assert settle(hq, branch) == CLEAN
		assert hq.names(CUSTOMER) == branch.names(CUSTOMER) == ["X"]
		assert branch.value(CUSTOMER, "X", "tax_id") == "another"

	def test_a_rename_on_the_other_site(self, hq, branch):
		make(hq, "X")
		settle(hq, branch)
		branch.rename(CUSTOMER, "X", "Z")
		assert settle(hq, branch) == CLEAN
		hq.update(CUSTOMER, "Z", tax_id="of hq")
		assert settle(hq, branch) == CLEAN
		branch.update(CUSTOMER, "Z", contact_person="of the branch")
		assert settle(hq, branch) == CLEAN
		assert hq.value(CUSTOMER, "Z", "contact_person") == "of the branch"
		assert_equal_sites(hq, branch)

	def test_renamed_back_and_forth(self, hq, branch):
		make(hq, "X")
		settle(hq, branch)
		branch.rename(CUSTOMER, "X", "Z")
		settle(hq, branch)
		hq.rename(CUSTOMER, "Z", "X")
		make(hq, "Z", tax_id="another")
		assert settle(hq, branch) == CLEAN
		branch.update(CUSTOMER, "X", tax_id="the first")
		assert settle(hq, branch) == CLEAN
		assert hq.value(CUSTOMER, "Z", "tax_id") == "another"
		assert_equal_sites(hq, branch)

	def test_deleted_at_home_and_made_again(self, hq, branch):
		make(hq, "X")
		settle(hq, branch)
		hq.delete(CUSTOMER, "X")
		make(hq, "X", tax_id="another")
		assert settle(hq, branch) == CLEAN
		assert branch.value(CUSTOMER, "X", "tax_id") == "another"
		branch.update(CUSTOMER, "X", contact_person="Ben")
		assert settle(hq, branch) == CLEAN
		assert_equal_sites(hq, branch)

	def test_the_names_of_two_are_exchanged(self, hq, branch):
		make(hq, "X", tax_id="1")
		make(hq, "Y", tax_id="2")
		settle(hq, branch)
		for old, new in (("X", "Z"), ("Y", "X"), ("Z", "Y")):
			hq.rename(CUSTOMER, old, new)
		assert settle(hq, branch) == CLEAN
		branch.update(CUSTOMER, "X", contact_person="of 2")
		assert settle(hq, branch) == CLEAN
		assert hq.get(CUSTOMER, "X")["tax_id"] == "2"
		assert hq.get(CUSTOMER, "X")["contact_person"] == "of 2"
		assert_equal_sites(hq, branch)


class TestOneWay:
	@pytest.fixture(autouse=True, params=[1, 0], ids=["same_name", "own_name"])
	def link(self, hq, branch, request):
		self.same_name = request.param
		connect(branch, hq, [CUSTOMER], use_same_name=bool(request.param))

	def here(self, branch, name: str) -> str:
		[row] = branch.rows("Remote Document", ["local_docname"], {"remote_docname": name})
		return row["local_docname"]

	def test_deleted_here_and_another_made(self, hq, branch):
		make(hq, "X")
		drain(branch, hq)
		here = self.here(branch, "X")
		branch.delete(CUSTOMER, here)
		make(branch, here, tax_id="ours")
		before = snapshot(branch, CUSTOMER, here)
		hq.delete(CUSTOMER, "X")
		assert drain(branch, hq)["failed"] == 0
		assert snapshot(branch, CUSTOMER, here) == before

	def test_deleted_here_another_made_and_changed_there(self, hq, branch):
		make(hq, "X")
		drain(branch, hq)
		here = self.here(branch, "X")
		branch.delete(CUSTOMER, here)
		make(branch, here, tax_id="ours")
		before = snapshot(branch, CUSTOMER, here)
		hq.update(CUSTOMER, "X", tax_id="theirs")
		drain(branch, hq)
		assert snapshot(branch, CUSTOMER, here) == before

	def test_merged_here(self, hq, branch):
		make(hq, "X")
		drain(branch, hq)
		make(branch, "ours", tax_id="ours")
		branch.rename(CUSTOMER, self.here(branch, "X"), "ours", merge=True)
		before = snapshot(branch, CUSTOMER, "ours")
		hq.update(CUSTOMER, "X", tax_id="theirs")
		assert drain(branch, hq) == {"synced": 0, "failed": 0, "waiting": 0, "skipped": 1}
		assert "was merged here into ours" in sync_logs(branch)[-1]["message"]
		hq.rename(CUSTOMER, "X", "Y")
		hq.update(CUSTOMER, "Y", tax_id="theirs again")
		branch.call("backfill", producer_url=hq.url)
		[log] = sync_logs(branch, source="Backfill")
		assert (log["status"], "was merged here into ours" in log["message"]) == ("Skipped", True)
		hq.delete(CUSTOMER, "Y")
		assert drain(branch, hq)["failed"] == 0
		assert snapshot(branch, CUSTOMER, "ours") == before
		assert branch.names(CUSTOMER) == ["ours"]

	def test_links_follow_what_was_merged_here(self, hq, branch):
		connect(branch, hq, ["Shop Ticket"])
		make(hq, "X")
		drain(branch, hq)
		make(branch, "ours")
		branch.rename(CUSTOMER, self.here(branch, "X"), "ours", merge=True)
		ticket = hq.create("Shop Ticket", customer="X")["name"]
		assert drain(branch, hq)["failed"] == 0
		assert branch.value("Shop Ticket", ticket, "customer") == "ours"

	def test_renamed_here_and_another_made_there(self, hq, branch):
		make(hq, "X")
		drain(branch, hq)
		branch.rename(CUSTOMER, self.here(branch, "X"), "ours")
		hq.delete(CUSTOMER, "X")
		make(hq, "X", tax_id="another")
		assert drain(branch, hq)["failed"] == 0
		assert not branch.exists(CUSTOMER, "ours")
		assert branch.value(CUSTOMER, self.here(branch, "X"), "tax_id") == "another"

	def test_a_rename_and_a_deletion_that_were_not_heard(self, hq, branch):
		if not self.same_name:
			pytest.skip("the names of customers are a unique field")
		make(hq, "X", tax_id="1")
		drain(branch, hq)
		hq.call("set_consumer_status", callback_url=branch.url, status="Rejected")
		hq.rename(CUSTOMER, "X", "Y")
		make(hq, "X", tax_id="another")
		hq.call("set_consumer_status", callback_url=branch.url, status="Approved")
		hq.update(CUSTOMER, "X", contact_person="Ben")
		hq.update(CUSTOMER, "Y", contact_person="Ada")
		assert drain(branch, hq)["failed"] == 0
		assert branch.value(CUSTOMER, self.here(branch, "X"), "tax_id") == "another"
		assert branch.value(CUSTOMER, self.here(branch, "Y"), "tax_id") == "1"
		assert branch.value(CUSTOMER, self.here(branch, "Y"), "contact_person") == "Ada"

	def test_all_at_once_before_the_first_pull(self, hq, branch):
		if not self.same_name:
			pytest.skip("the names of customers are a unique field")
		make(hq, "X", tax_id="1")
		hq.rename(CUSTOMER, "X", "Y")
		make(hq, "X", tax_id="2")
		hq.delete(CUSTOMER, "X")
		make(hq, "X", tax_id="3")
		hq.rename(CUSTOMER, "X", "Z")
		make(hq, "X", tax_id="4")
		assert drain(branch, hq)["failed"] == 0
		found = {name: branch.value(CUSTOMER, self.here(branch, name), "tax_id") for name in "XYZ"}
		assert found == {"X": "4", "Y": "1", "Z": "3"}
		assert len(branch.names(CUSTOMER)) == 3


class TestWhatVersionZeroPointOneLeft:
	PATCH = "event_streaming.patches.v1_0.know_documents_by_creation:execute"

	@pytest.fixture(autouse=True)
	def old_data(self, hq, branch, both_ways):
		make(hq, "X")
		make(branch, "W")
		settle(hq, branch)
		for site in (hq, branch):
			site.call("support.identities:forget_identities")
			site.call(self.PATCH)

	def test_the_patch_fills_what_can_be_known_here(self, hq, branch):
		for site in (hq, branch):
			assert site.value("Update Log Head", "head", "site_id")
			for row in site.rows("Remote Document", ["local_docname", "local_creation"]):
				assert row["local_creation"] == site.value(CUSTOMER, row["local_docname"], "creation")

	def test_a_rename_and_another_of_that_name(self, hq, branch):
		hq.rename(CUSTOMER, "X", "Y")
		make(hq, "X", tax_id="another")
		drain(branch, hq)
		branch.update(CUSTOMER, "Y", tax_id="of the branch")
		assert settle(hq, branch) == CLEAN
		assert hq.value(CUSTOMER, "Y", "tax_id") == "of the branch"
		assert_equal_sites(hq, branch)

	def test_deleted_here_and_another_made(self, hq, branch):
		hq.call("set_consumer_status", callback_url=branch.url, status="Rejected")
		branch.delete(CUSTOMER, "X")
		make(branch, "X", tax_id="ours")
		hq.call("set_consumer_status", callback_url=branch.url, status="Approved")
		hq.delete(CUSTOMER, "X")
		drain(branch, hq)
		assert branch.value(CUSTOMER, "X", "tax_id") == "ours"


class TestLinks:
	"""A link means the document, whatever it was called when the link was written."""

	TICKET = "Shop Ticket"

	def test_a_refused_customer_is_not_our_namesake(self, hq, branch):
		connect(branch, hq, [CUSTOMER, self.TICKET])
		make(branch, "Ada", tax_id="ours")
		make(hq, "Ada", tax_id="theirs")
		ticket = hq.create(self.TICKET, customer="Ada")["name"]
		drained = drain(branch, hq)
		assert (drained["failed"], drained["waiting"]) == (1, 1)
		assert not branch.exists(self.TICKET, ticket)
		branch.rename(CUSTOMER, "Ada", "our Ada")
		branch.call("resync", names=[sync_logs(branch, status="Failed")[0]["name"]])
		assert branch.value(self.TICKET, ticket, "customer") == "Ada"
		assert branch.value(CUSTOMER, "Ada", "tax_id") == "theirs"

	@pytest.mark.parametrize("another", [False, True], ids=["renamed", "and_another_made"])
	def test_renamed_at_head_office_before_the_branch_pulled(self, hq, branch, another):
		connect(branch, hq, [CUSTOMER])
		connect(hq, branch, [self.TICKET])
		make(hq, "Ada")
		drain(branch, hq)
		hq.rename(CUSTOMER, "Ada", "Ada Lovelace")
		if another:
			make(hq, "Ada", tax_id="another")
		ticket = branch.create(self.TICKET, customer="Ada")["name"]
		assert drain(hq, branch)["failed"] == 0
		assert hq.value(self.TICKET, ticket, "customer") == "Ada Lovelace"
		assert len(hq.names(CUSTOMER)) == 1 + another


@pytest.mark.bench
class TestNamesThatTheDatabaseTakesForOne:
	"""MariaDB tells neither cases nor accents apart."""

	@pytest.fixture(autouse=True)
	def on_mariadb(self, branch):
		if branch.call("describe_environment")["db_type"] != "mariadb":
			pytest.skip("other databases tell them apart")

	def test_say_so(self, hq, branch):
		connect(branch, hq, [CUSTOMER])
		make(branch, "Kg")
		make(hq, "KG")
		assert drain(branch, hq)["failed"] == 1
		[log] = sync_logs(branch, status="Failed")
		assert "treats Kg and KG as one name" in log["message"]

	def test_can_be_adopted(self, hq, branch):
		connect(branch, hq, [{"ref_doctype": CUSTOMER, "adopt_existing": 1}])
		make(branch, "Zoe", tax_id="ours")
		make(hq, "Zoë", tax_id="theirs")
		assert drain(branch, hq)["failed"] == 0
		hq.update(CUSTOMER, "Zoë", contact_person="Ada")
		assert drain(branch, hq)["failed"] == 0
		[name] = branch.names(CUSTOMER)
		assert branch.value(CUSTOMER, name, "tax_id") == "theirs"
		assert branch.value(CUSTOMER, name, "contact_person") == "Ada"
