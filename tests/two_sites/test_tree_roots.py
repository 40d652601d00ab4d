"""A branch that was set up in another language has another root of its trees: a person joins the two."""

import pytest

from support.link import approve, connect, drain, parked, subscribe, sync_logs
from support.site import SiteError

TERRITORY = "Shop Territory"
OPS = "support.trials:"


def roots(branch, hq) -> dict | None:
	[row] = branch.call(OPS + "run", producer=hq.url, doctypes=[TERRITORY])
	return row["roots"]


def join(branch, hq) -> str:
	return branch.call(OPS + "join_roots", producer=hq.url, doctype=TERRITORY)


def territory(site, name: str, parent: str | None = None) -> None:
	site.create(TERRITORY, territory_name=name, is_group=1, parent_shop_territory=parent)


@pytest.fixture
def trees(hq, branch):
	territory(hq, "All Territories")
	territory(hq, "North", "All Territories")
	territory(branch, "Alle Regionen")
	connect(branch, hq, [TERRITORY])


def test_a_trial_run_says_so_first(hq, branch, trees):
	assert roots(branch, hq) == {"here": "Alle Regionen", "there": "All Territories"}


def test_what_stands_below_the_one_root_there_comes_below_the_one_here(hq, branch, trees):
	assert join(branch, hq) == "Alle Regionen"
	assert roots(branch, hq) is None
	territory(hq, "South", "All Territories")
	hq.update(TERRITORY, "North", manager_name="by hq")
	assert drain(branch, hq)["failed"] == 0
	assert sorted(branch.names(TERRITORY)) == ["Alle Regionen", "North", "South"]
	for name in ("North", "South"):
		assert branch.value(TERRITORY, name, "parent_shop_territory") == "Alle Regionen"
	assert branch.value(TERRITORY, "North", "manager_name") == "by hq"
	[row] = [row for row in sync_logs(branch) if row["remote_docname"] == "All Territories"]
	assert (row["docname"], row["status"], row["source"]) == ("Alle Regionen", "Synced", "Resync")


def test_the_root_itself_goes_on_under_its_name_here(hq, branch, trees):
	join(branch, hq)
	hq.update(TERRITORY, "All Territories", manager_name="by hq")
	drain(branch, hq)
	assert branch.value(TERRITORY, "Alle Regionen", "manager_name") == "by hq"
	assert not branch.exists(TERRITORY, "All Territories")


def test_both_ways_each_site_keeps_the_name_of_its_root(hq, branch, trees):
	join(branch, hq)
	connect(hq, branch, [TERRITORY])
	territory(branch, "Sued", "Alle Regionen")
	drain(hq, branch)
	assert hq.value(TERRITORY, "Sued", "parent_shop_territory") == "All Territories"
	assert not hq.exists(TERRITORY, "Alle Regionen")


def test_what_had_failed_at_the_root_comes_by_itself(hq, branch):
	territory(branch, "Alle Regionen")
	connect(branch, hq, [TERRITORY])
	branch.configure(shop_one_root=1)
	territory(hq, "All Territories")
	territory(hq, "North", "All Territories")
	drain(branch, hq)
	assert parked(branch)
	join(branch, hq)
	drain(branch, hq)
	assert parked(branch) == []
	assert branch.value(TERRITORY, "North", "parent_shop_territory") == "Alle Regionen"


def test_a_tree_with_several_roots_or_none_is_nobodys_concern(hq, branch, trees):
	territory(hq, "Another")
	assert roots(branch, hq) is None
	with pytest.raises(SiteError, match="does not begin with two different documents"):
		join(branch, hq)


def test_what_is_not_approved_is_not_joined(hq, branch):
	territory(hq, "All Territories")
	territory(branch, "Alle Regionen")
	connect(branch, hq, ["Shop Note"])
	subscribe(branch, hq, ["Shop Note", TERRITORY])
	with pytest.raises(SiteError, match="has not approved"):
		join(branch, hq)
	approve(hq, branch)
	drain(branch, hq)
	assert join(branch, hq) == "Alle Regionen"
