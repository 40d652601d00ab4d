"""Which way links go whose tests don't care: the consumer calls the producer, or the producer fetches what it is asked.

`EVENT_STREAMING_TRANSPORT=mailbox` lets each link that `link.connect` makes go over to a mailbox.
"""

import os

from support.site import Site, SiteShell
from support.waiting import wait_until

MAILBOX = "mailbox"
NAME = "EVENT_STREAMING_TRANSPORT"

_answering: dict[tuple[str, str], SiteShell] = {}


def is_mailbox() -> bool:
	return os.environ.get(NAME) == MAILBOX


def go_over_to_mailbox(consumer: Site, producer: Site) -> None:
	"""From now on the producer is never called by the consumer: a process of its own answers."""
	for site, doctype, other in (
		(consumer, "Event Producer", producer),
		(producer, "Event Consumer", consumer),
	):
		site.call("support.mailboxes:go_over_to_mailbox", doctype=doctype, name=other.url)
	pair = (producer.name, consumer.name)
	if pair not in _answering:
		consumer.call("support.mailboxes:forget")
		_answering[pair] = producer.open_shell()
		_answering[pair].send("support.mailboxes:answer_for_ever", consumer=consumer.url)
		wait_until(lambda: consumer.call("support.mailboxes:keys_of_mailboxes"), 30)


def stop_answering() -> None:
	for shell in _answering.values():
		shell.kill()
	_answering.clear()
