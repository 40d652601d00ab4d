from collections.abc import Iterator

import pytest

from support.fake_producer import FakeProducer


@pytest.fixture
def fake() -> Iterator[FakeProducer]:
	producer = FakeProducer()
	yield producer
	producer.close()
