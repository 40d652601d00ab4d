"""The one-time tokens by which a producer makes sure that it is this site that registers with it."""

import hashlib
import secrets

import frappe
from frappe import _
from redis.exceptions import RedisError

from event_streaming.exceptions import ServerUnavailable
from event_streaming.link import urls
from event_streaming.link.credentials import Secret

TOKEN_LIFETIME = 120  # seconds


def issue(producer_url: str) -> Secret:
	"""Binds the token to the producer, so that it cannot register this site with anybody else."""
	token = Secret(secrets.token_urlsafe(32))
	try:
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.set(_key(token), urls.normalize_url(producer_url), ex=TOKEN_LIFETIME)
	except RedisError:
		frappe.throw(
			_("This site's Redis cache is off, and registering needs it. Start it."), ServerUnavailable
		)
	return token


def consume(token: str) -> str:
	"""The producer's URL that the token was issued for, or ""; in one step, so that nobody can ask twice."""
	pipeline = frappe.cache.pipeline(transaction=True)
	pipeline.get(_key(token))
	pipeline.delete(_key(token))
	return (pipeline.execute()[0] or b"").decode()


def _key(token: str) -> bytes:
	# nosemgrep -- a constant and one name, or a hash: no two make one
	return frappe.cache.make_key(f"event_streaming:pairing:{hashlib.sha256(token.encode()).hexdigest()}")
