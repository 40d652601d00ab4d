"""One site on one port: what the tests' gunicorn serves. Runs in the bench's environment."""

import os

import frappe.app

frappe.app._site = os.environ["EVENT_STREAMING_TEST_SITE"]
application = frappe.app.application_with_statics()
