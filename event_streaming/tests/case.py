"""The base class of the tests beside the code: Frappe 16 has one of its own, which 17 will have alone."""

try:
	from frappe.tests import IntegrationTestCase
except ImportError:  # Frappe 15
	from frappe.tests.utils import FrappeTestCase as IntegrationTestCase

__all__ = ["IntegrationTestCase"]
