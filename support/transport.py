"""Which way links go whose tests don't care: the consumer calls the producer, or the producer fetches what it is asked.

`EVENT_STREAMING_TRANSPORT=mailbox` lets each link that `link.connect` makes go over to a mailbox.
"""

import os

import pytest

from support.site import Site, SiteShell
from support.waiting import wait_until

MAILBOX = "mailbox"
NAME = "EVENT_STREAMING_TRANSPORT"

_answering: dict[tuple[str, str], SiteShell] = {}


def is_mailbox() -> bool:
	return os.environ.get(NAME) == MAILBOX


def only_over_http(reason: str) -> pytest.MarkDecorator:
	"""For a test that means nothing where the consumer calls nobody.

	:param reason: why
	"""
	return pytest.mark.skipif(is_mailbox(), reason=f"over a mailbox {reason}")


def go_over_to_mailbox(consumer: Site, producer: Site) -> None:
	"""From now on the producer is never called by the consumer: a process of its own answers."""
	for site, doctype, other in (
		(consumer, "Event Producer", producer),
		(producer, "Event Consumer", consumer),
	):
		site.call("support.mailboxes:go_over_to_mailbox", doctype=doctype, name=other.url)
	pair = (producer.name, consumer.name)
	if pair in _answering:
		_answering.pop(pair).kill()  # it has the key of the link that was before
	consumer.call("support.mailboxes:forget", producer=producer.url)
	_answering[pair] = producer.open_shell()
	_answering[pair].send("support.mailboxes:answer_for_ever", consumer=consumer.url)
	wait_until(lambda: consumer.call("support.mailboxes:is_present", producer=producer.url), 30)


def stop_answering() -> None:
	for shell in _answering.values():
		shell.kill()
	_answering.clear()
