"""What a monitoring system reads. It shows a token of its own, which opens nothing else.

The token comes in a header of ours or as `token` in the query: Frappe answers 401 itself to an `Authorization` header that
logs nobody in.
"""

import hmac

import frappe
from frappe import _
from frappe.utils.password import get_decrypted_password
from werkzeug.wrappers import Response

from event_streaming import settings
from event_streaming.monitoring import openmetrics
from event_streaming.monitoring.faults import faults

HEADER = "X-Event-Streaming-Token"


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["GET"])
def metrics(token: str | None = None) -> Response:
	"""Figures in the OpenMetrics format; see `openmetrics`."""
	if not _shows(token):
		return _refused()
	return Response(openmetrics.write(), content_type=openmetrics.CONTENT_TYPE)


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["GET"])
def probe(token: str | None = None) -> Response:
	"""200 when all is well, 503 with one line for each fault when it is not."""
	if not _shows(token):
		return _refused()
	found = faults()
	text = "\n".join(f"{fault.kind}: {fault.message}" for fault in found) or "OK"
	return Response(f"{text}\n", status=503 if found else 200, content_type="text/plain; charset=utf-8")


def _refused() -> Response:
	text = _("Send the Monitoring Token of Event Streaming Settings in the header {0}.").format(HEADER)
	return Response(f"{text}\n", 401, content_type="text/plain; charset=utf-8")


def _shows(given: str | None) -> bool:
	given = frappe.get_request_header(HEADER) or given
	if not given or not isinstance(given, str):
		return False  # without a look into the database
	expected = get_decrypted_password(
		settings.DOCTYPE, settings.DOCTYPE, "metrics_token", raise_exception=False
	)
	return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
