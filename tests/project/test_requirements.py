"""An app asks for nothing that takes a library away from under Frappe: wherever Frappe moves one within its own pin, ours
are content."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from support.backend import CHECKOUT

# As `pyproject.toml` of the two has them (15.101, 16.9).
PINNED_BY_FRAPPE = {
	"15": {"redis": "4.5.5", "requests": "2.32.0", "rq": "1.15.1"},
	"16": {"redis": "7.1.0", "requests": "2.32.5", "rq": "2.6.1"},
}


def requirements() -> list[Requirement]:
	lines = (CHECKOUT / "requirements.txt").read_text().splitlines()
	return [Requirement(line) for line in lines if line and not line.startswith("#")]


def releases_in_reach(pinned: str) -> list[str]:
	"""What `~=` a version may become: it, and later ones of the same minor release."""
	major, minor, patch = Version(pinned).release
	return [pinned, f"{major}.{minor}.{patch + 1}", f"{major}.{minor}.99"]


@pytest.mark.parametrize("frappe", PINNED_BY_FRAPPE)
def test_each_requirement_is_met_by_whatever_frappe_pins(frappe):
	pinned = PINNED_BY_FRAPPE[frappe]
	for requirement in requirements():
		for release in releases_in_reach(pinned[requirement.name]):
			assert requirement.specifier.contains(release), (
				f"{requirement} refuses {release} of Frappe {frappe}"
			)


def test_there_are_lower_bounds_only():
	for requirement in requirements():
		assert [bound.operator for bound in requirement.specifier] == [">="], str(requirement)


def test_nothing_is_asked_for_that_frappe_does_not_bring():
	names = {requirement.name for requirement in requirements()}
	assert names == set(PINNED_BY_FRAPPE["15"]) == set(PINNED_BY_FRAPPE["16"])
	imported = set()
	for file in (CHECKOUT / "event_streaming").rglob("*.py"):
		imported |= set(
			re.findall(r"^\s*(?:from|import) (redis|requests|rq)\b", file.read_text(), re.MULTILINE)
		)
	assert imported <= names


@pytest.mark.bench
def test_the_bench_has_what_the_app_asks_for(hq):
	"""And its own: `pip check` as after `bench get-app`."""
	asked = [str(requirement) for requirement in requirements()]
	assert hq.call("support.site_ops:unmet_requirements", requirements=asked) == []
