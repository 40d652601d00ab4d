"""The pages lead somewhere: links, headings and pictures are there, and no picture that nothing shows."""

import re
from pathlib import Path

import pytest

from support.backend import CHECKOUT

DOCS = CHECKOUT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), *sorted(CHECKOUT.glob("*.md")), *sorted(CHECKOUT.glob("*/README.md"))]


def headings(page: Path) -> set[str]:
	found = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
	return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_leads_somewhere(page):
	text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
	for target in re.findall(r"\]\(([^)\s]+)\)", text):
		if "://" in target:
			continue
		file, _hash, heading = target.partition("#")
		other = (page.parent / file) if file else page
		assert other.exists(), target
		assert not heading or heading in headings(other), target


def test_every_picture_is_shown():
	text = "".join(page.read_text() for page in PAGES)
	assert [file.name for file in DOCS.glob("images/*") if f"images/{file.name}" not in text] == []
