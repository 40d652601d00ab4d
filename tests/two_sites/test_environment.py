"""The sites that the other tests stand on are what these tests believe they are."""

from pathlib import Path

import pytest

from support.backend import CHECKOUT, SHOP_APP
from support.compare import differences, snapshot


def test_sites_run_the_code_of_this_checkout(hq):
	environment = hq.call("describe_environment")
	assert Path(environment["event_streaming"]) == CHECKOUT / "event_streaming" / "__init__.py"
	assert Path(environment["streaming_shop"]) == SHOP_APP / "streaming_shop" / "__init__.py"


@pytest.mark.bench
def test_the_bench_keeps_its_own_sites_and_services_to_itself(backend, hq):
	of_the_bench = backend.bench / "sites"
	assert of_the_bench.resolve() not in hq.folder.resolve().parents
	namesake = of_the_bench / hq.name / "site_config.json"  # the bench may well have a site of that name
	assert not namesake.exists() or hq.url not in namesake.read_text()
	assert "streaming_shop" not in (of_the_bench / "apps.txt").read_text()
	assert (
		backend.database is None
		or str(backend.database.port) not in (of_the_bench / "common_site_config.json").read_text()
	)


def test_each_site_answers_at_its_own_address(sites):
	epochs = {site.value("Update Log Head", "head", "epoch") for site in sites}
	assert len({site.url for site in sites}) == len(sites)
	assert len(epochs) == len(sites)


def test_an_operation_that_raises_leaves_nothing_behind(hq):
	note = hq.create("Shop Note")
	with hq.transaction() as shell:
		shell.call("update", doctype="Shop Note", name=note["name"], priority=2)
	with pytest.raises(ZeroDivisionError), hq.transaction() as shell:
		shell.call("update", doctype="Shop Note", name=note["name"], priority=3)
		raise ZeroDivisionError
	assert hq.value("Shop Note", note["name"], "priority") == 2


def test_comparing_sees_a_changed_field_a_changed_row_and_another_order(hq):
	name = hq.create("Shop Invoice")["name"]
	before = snapshot(hq, "Shop Invoice", name)
	hq.call("reorder_rows", doctype="Shop Invoice", name=name, table="items", order=[2, 1])
	after = snapshot(hq, "Shop Invoice", name)
	assert {line.split(":")[0] for line in differences(before, after)} >= {"items[1].name", "items[2].item"}


def test_a_sampler_has_a_value_in_each_field(hq):
	sampler = snapshot(hq, "Shop Field Sampler", hq.create("Shop Field Sampler")["name"])
	assert sorted(field for field, value in sampler.items() if value is None) == [
		"dynamic_link_field",
		"link_field",
	]
