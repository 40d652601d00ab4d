"""Sites of version 0.1 are migrated: nothing is lost, nothing doubled, nothing asked for again."""

from pathlib import Path

import pytest

from support.link import drain, pull
from support.upgrades import Upgrade

VERSION_0_1 = Path(__file__).parent / "version_0_1"
KEPT = (
	"Event Producer",
	"Event Consumer",
	"Event Stream Cursor",
	"Parked Document",
	"Remote Document",
	"Update Log",
)


@pytest.fixture
def old(backend, hq, branch):
	if backend.name != "playground":
		pytest.skip("the databases were made on the playground")
	upgrade = Upgrade(VERSION_0_1, hq, branch)
	for site in (hq, branch):
		site.close_shells()
		backend.stop_process(site.web)
	backend.forget_jobs()
	kept = {site.name: (site.folder, _databases(site)) for site in (hq, branch)}
	upgrade.put_in_place()
	branch.configure(shop_reject_poison=1)
	for site in (hq, branch):
		backend.migrate(site)
		site.web = backend.start_web(site)
	yield upgrade
	for site in (hq, branch):
		site.close_shells()
		backend.stop_process(site.web)
		for file, content in kept[site.name][1].items():
			file.write_bytes(content)
		site.restore_config()
		site.web = backend.start_web(site)


def _databases(site) -> dict[Path, bytes]:
	return {file: file.read_bytes() for file in (site.folder / "db").glob("*.db*")}


def test_what_was_streamed_is_there_and_known(old, hq, branch):
	facts = old.facts
	for doctype, names in (("Shop Note", facts["notes"]), ("Shop Customer", facts["customers"])):
		assert all(branch.exists(doctype, name) for name in names)
	known = branch.rows("Remote Document", ["remote_docname", "local_docname", "local_creation"])
	assert {row["remote_docname"] for row in known} >= {*facts["notes"], *facts["items"]}
	present = [row for row in known if row["local_docname"]]
	assert present and all(row["local_creation"] for row in present)


def test_the_link_goes_on_where_it_was_and_doubles_nothing(old, hq, branch):
	before = {doctype: branch.call("count", doctype=doctype) for doctype in ("Shop Note", "Shop Item")}
	drained = drain(branch, hq)
	assert drained["failed"] == 0
	assert branch.value("Shop Note", old.facts["notes"][0], "title") == "changed and not pulled"
	assert branch.exists("Shop Customer", "Renamed and not pulled")
	assert not branch.exists("Shop Customer", old.facts["customers"][0])
	items = branch.rows("Shop Item", ["item_name", "remote_document_name"])
	[changed] = [row for row in items if row["remote_document_name"] == old.facts["items"][0]]
	assert changed["item_name"] == "item changed and not pulled"
	assert {doctype: branch.call("count", doctype=doctype) for doctype in before} == before


def test_a_document_that_was_parked_is_replayed_when_its_trouble_is_over(old, hq, branch):
	branch.configure(shop_reject_poison=0)
	branch.call("make_retries_due")
	drain(branch, hq)
	assert branch.value("Shop Note", old.facts["poison"], "title") == "POISON again"
	assert not branch.call("count", doctype="Parked Document")


def test_the_other_direction_goes_on_too(old, hq, branch):
	branch.update("Shop Territory", old.facts["territory"], manager_name="changed after")
	assert drain(hq, branch)["failed"] == 0
	assert hq.value("Shop Territory", old.facts["territory"], "manager_name") == "changed after"


def test_a_document_of_before_is_still_the_same_after_a_rename_and_a_new_one_of_its_name(old, hq, branch):
	drain(branch, hq)
	name = old.facts["customers"][1]
	hq.call("rename", doctype="Shop Customer", name=name, new_name="Moved away")
	hq.create("Shop Customer", customer_name=name, tax_id="of another")
	hq.update("Shop Customer", "Moved away", tax_id="of the first")
	pull(branch, hq)
	assert branch.value("Shop Customer", "Moved away", "tax_id") == "of the first"
	assert branch.value("Shop Customer", name, "tax_id") == "of another"


def test_what_was_there_stays_there(old, hq, branch):
	for doctype in KEPT:
		assert hq.call("count", doctype=doctype) or branch.call("count", doctype=doctype), doctype
	[producer] = branch.rows("Event Producer", ["name", "event_subscriber", "paused"])
	assert producer["name"] == hq.url and not producer["paused"]
	statuses = {row["status"] for row in hq.rows("Event Consumer Document Type", ["status"])}
	assert statuses == {"Approved"}


def test_what_ended_before_is_not_told_and_regular_comparisons_are_off(old, hq, branch):
	assert not branch.rows("Event Backfill", ["name"], {"status": "Done", "told": 0})
	assert not any(row["compare_on"] for row in branch.rows("Event Producer", ["compare_on"]))
	rows = branch.rows("Event Producer Document Type", ["compare", "repair_by_itself"])
	assert rows and all(row["compare"] == 1 and row["repair_by_itself"] == 0 for row in rows)


def test_whatever_changes_next_may_have_missed_something(old, hq, branch):
	"""Whether a DocType was approved for the first time, version 0.1 didn't say."""
	rows = hq.rows("Event Consumer Document Type", ["active_since", "missed_before"])
	assert any(row["active_since"] for row in rows)
	assert all(row["missed_before"] == row["active_since"] for row in rows)
