"""What an administrator sees first."""

import pytest
from support.browser import LAPTOP, PHONE

pytestmark = [pytest.mark.bench, pytest.mark.browser]


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_the_workspace_says_how_every_link_is_doing(hq, browser, size):
	desk = browser.desk(hq, size).open("event-streaming")
	assert "Event Streaming" in desk.page.title()
	for words in ("Failures", "Producers", "Consumers"):
		assert words in desk.text()
	desk.screenshot("workspace", whole_page=True)
