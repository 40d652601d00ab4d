"""This site, which nobody can call, gives another one a key to subscribe to it; a code of that site stands for the callback.

Invariant: the other site asks for what its invitation names, and gets nothing before an administrator of this site approves it.
"""

import frappe
from frappe import _

from event_streaming import site
from event_streaming.exceptions import AppMissing, WrongSite
from event_streaming.link import answers, arguments, urls
from event_streaming.link.client import SiteClient
from event_streaming.link.credentials import Secret
from event_streaming.link.messages import told_to_caller
from event_streaming.producer import positions, registration


def offer(url: str, code: Secret) -> str:
	"""
	:param url: of the site that made the code
	:returns: name of the Event Consumer
	:raises StreamingError: that site can't be asked, or the code isn't good
	"""
	site.check_not_copy()
	with told_to_caller(), SiteClient(url) as client:
		asked = _read_invitation(client, code)
		doctypes = arguments.doctype_requests(asked["doctypes"])
		besides = arguments.asked_besides(asked["doctypes"])
		registration.check_request(asked["event_subscriber"], doctypes)
		positions.stamp()  # commits, so before anything is written
		consumer = registration.open_consumer(client.url, asked["site_id"])
		consumer.by_mailbox = 1
		link = registration.grant(consumer, asked["event_subscriber"], doctypes, besides)
		client.call("offer", code=code, site_id=site.own_id(), told_name=frappe.local.site, link=link)
	return consumer.name


def _read_invitation(client: SiteClient, code: Secret) -> dict:
	try:
		asked = client.call("read_invitation", code=code)
	except AppMissing:
		raise AppMissing(
			_("{0} takes no codes: its version of Event Streaming is too old. Update it first.").format(
				client.url
			)
		) from None
	shape = {"event_subscriber": str, "doctypes": list, "site_id": str, "site_url": str}
	answers.expect(client.url, asked, **shape)
	if urls.normalize_url(asked["site_url"]) != client.url:
		raise WrongSite(
			_(
				"The site at {0} calls itself {1}. Use that URL, or set host_name in the site config there."
			).format(client.url, urls.normalize_url(asked["site_url"]))
		)
	return asked
