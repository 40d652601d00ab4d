"""One site on one port: what the tests' gunicorn serves. Runs in the bench's environment."""

import os
from collections.abc import Callable, Iterable

import frappe.app
import frappe.config

frappe.app._site = os.environ["EVENT_STREAMING_TEST_SITE"]
frappe_application = frappe.app.application_with_statics()


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
	"""Frappe's own, but what a test changes in the site config counts at once: v16 would remember it for a minute."""
	if hasattr(frappe.config, "clear_site_config_cache"):
		frappe.config.clear_site_config_cache()
	return frappe_application(environ, start_response)
