from collections.abc import Iterator

import pytest

from support.fake_producer import FakeProducer
from support.hostile import SUBSCRIBED
from support.link import pull, subscribe


@pytest.fixture
def fake() -> Iterator[FakeProducer]:
	producer = FakeProducer()
	yield producer
	producer.close()


@pytest.fixture
def link(branch, fake):
	"""With a producer that says what a test wants it to say."""
	subscribe(branch, fake, SUBSCRIBED)
	assert pull(branch, fake)["error"] == ""


@pytest.fixture
def reader(hq, branch) -> str:
	"""A subscriber of both sites with no more than a user's rights."""
	email = "test-reader@example.com"
	for site in (hq, branch):
		site.call("make_user", email=email, roles=["Shop User"])
	return email
