"""What a rule of the producer that no condition tells of hides for a while comes when it may be seen again, also where this
site made the document itself and has never received an event of it."""

import pytest

from support import link
from support.compare import assert_same

CUSTOMER, NOTE, TERRITORY = "Shop Customer", "Shop Note", "Shop Territory"
USER = "test-shop-user@example.com"
HIDDEN_FIELD = ("credit_limit",)  # of a higher permission level


@pytest.fixture
def names(hq, branch) -> list[str]:
	"""Customers that branch made and hq may change, too. hq has changed neither yet."""
	for site in (hq, branch):
		site.call("make_user", email=USER, roles=["Shop User"])
	link.connect(branch, hq, [CUSTOMER, TERRITORY, NOTE], event_subscriber=USER)
	for territory in ("North", "South"):
		hq.create(TERRITORY, territory_name=territory)
	link.connect(hq, branch, [CUSTOMER], event_subscriber=USER)
	link.drain(branch, hq)
	names = [branch.create(CUSTOMER, territory="North")["name"] for _number in range(2)]
	link.drain(hq, branch)
	return names


@pytest.fixture
def unseen(hq, branch, names) -> None:
	"""The first changed while a User Permission kept both out of the branch's sight at hq; by now it may see them again."""
	permission = hq.insert(
		"User Permission", user=USER, allow=TERRITORY, for_value="South", apply_to_all_doctypes=1
	)["name"]
	hq.update(CUSTOMER, names[0], tax_id="unseen")
	link.drain(branch, hq)
	hq.delete("User Permission", permission)


def drain_both(hq, branch):
	for _round in range(3):
		assert link.drain(branch, hq)["failed"] == 0
		assert link.drain(hq, branch)["failed"] == 0


def test_what_changed_meanwhile_comes_with_the_next_change(hq, branch, names, unseen):
	assert branch.value(CUSTOMER, names[0], "tax_id") != "unseen"
	hq.update(CUSTOMER, names[1], tax_id="another")
	hq.update(CUSTOMER, names[0], contact_person="Grace")
	drain_both(hq, branch)
	for name in names:
		assert_same(hq, branch, CUSTOMER, name, except_fields=HIDDEN_FIELD)
	assert branch.value(CUSTOMER, names[0], "tax_id") == "unseen"


def test_what_this_site_changed_at_once_is_kept(hq, branch, names, unseen):
	branch.update(CUSTOMER, names[0], remarks="of the branch")
	hq.update(CUSTOMER, names[0], contact_person="Grace")
	drain_both(hq, branch)
	assert_same(hq, branch, CUSTOMER, names[0], except_fields=HIDDEN_FIELD)
	assert branch.get(CUSTOMER, names[0])["tax_id"] == "unseen"
	assert branch.get(CUSTOMER, names[0])["remarks"] == "of the branch"


def test_what_both_changed_is_one_or_recorded(hq, branch, names, unseen):
	branch.update(CUSTOMER, names[0], tax_id="of the branch")
	hq.update(CUSTOMER, names[0], contact_person="Grace")
	drain_both(hq, branch)
	assert_same(hq, branch, CUSTOMER, names[0], except_fields=HIDDEN_FIELD)
	lost = [
		row["conflict"]
		for site in (hq, branch)
		for row in site.rows("Event Sync Log", ["conflict"])
		if row["conflict"]
	]
	assert "unseen" in str(lost) or "of the branch" in str(lost)
