"""Two sites on different versions of Frappe, each the other's producer: every kind of change arrives, whichever is newer.

`FRAPPE_BENCH` and `FRAPPE_BENCH_OTHER` name a bench of each.
"""

import os
from collections.abc import Iterator

import pytest

from support.bench import BenchBackend, find_benches, find_other_bench, frappe_version
from support.compare import assert_same
from support.link import connect, drain, parked
from support.site import Site

INVOICE, NOTE, SAMPLER = "Shop Invoice", "Shop Note", "Shop Field Sampler"
DOCTYPES = (INVOICE, NOTE, SAMPLER, "Shop Customer", "Shop Item", "Shop Territory")

pytestmark = pytest.mark.bench


def reason_to_skip() -> str:
	named = [name for name in ("FRAPPE_BENCH", "FRAPPE_BENCH_OTHER") if os.environ.get(name)]
	if len(named) < 2 or len(find_benches()) < 2:
		return "needs two benches: FRAPPE_BENCH and FRAPPE_BENCH_OTHER"
	versions = {frappe_version(bench).partition(".")[0] for bench in find_benches()}
	return "" if len(versions) == 2 else f"both benches have Frappe {versions.pop()}"


@pytest.fixture(scope="module")
def other_backend() -> Iterator[BenchBackend]:
	if reason := reason_to_skip():
		pytest.skip(reason)
	backend = BenchBackend(find_other_bench())
	try:
		backend.start()
		backend.make_sites(["other.localhost"])
		yield backend
	finally:
		backend.stop()


@pytest.fixture
def other(other_backend: BenchBackend) -> Site:
	[site] = other_backend.sites.values()
	site.restore_config()
	site.call("reset")
	return site


@pytest.fixture(params=["the other bench's documents", "this bench's documents"])
def ends(request: pytest.FixtureRequest, hq: Site, other: Site) -> tuple[Site, Site]:
	"""Producer and consumer, which are linked in both directions."""
	connect(hq, other, DOCTYPES)
	connect(other, hq, DOCTYPES)
	return (other, hq) if request.param.startswith("the other") else (hq, other)


def assert_arrives(there: Site, here: Site, doctype: str, name: str) -> None:
	drain(here, there)
	assert not parked(here)
	assert_same(there, here, doctype, name)
	assert drain(there, here)["failed"] == 0, "and nothing comes back that would not fit"


def test_a_document_through_its_life(ends):
	there, here = ends
	name = there.create(INVOICE)["name"]
	assert_arrives(there, here, INVOICE, name)
	there.call("update_row", doctype=INVOICE, name=name, table="items", row=2, qty=8, warehouse="Cellar")
	assert_arrives(there, here, INVOICE, name)
	there.submit(INVOICE, name)
	assert_arrives(there, here, INVOICE, name)
	there.cancel(INVOICE, name)
	assert_arrives(there, here, INVOICE, name)


def test_every_type_of_field_and_none_at_all(ends):
	there, here = ends
	assert_arrives(there, here, SAMPLER, there.create(SAMPLER)["name"])
	empty = there.insert(SAMPLER, title="Empty")["name"]
	assert_arrives(there, here, SAMPLER, empty)


def test_fields_that_are_emptied(ends):
	there, here = ends
	name = there.create(SAMPLER)["name"]
	drain(here, there)
	there.update(SAMPLER, name, time_field=None, date_field=None, data_field=None)
	assert_arrives(there, here, SAMPLER, name)


def test_a_change_made_where_the_document_came_to(ends):
	there, here = ends
	name = there.create(NOTE)["name"]
	drain(here, there)
	here.update(NOTE, name, title="Changed at the other end")
	assert_arrives(here, there, NOTE, name)


def test_renamed_and_deleted(ends):
	there, here = ends
	name = there.create(NOTE)["name"]
	drain(here, there)
	there.rename(NOTE, name, f"{name}-2")
	assert_arrives(there, here, NOTE, f"{name}-2")
	there.delete(NOTE, f"{name}-2")
	drain(here, there)
	assert not here.call("exists", doctype=NOTE, name=f"{name}-2")
