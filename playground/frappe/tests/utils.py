"""The base class of apps' tests."""

import copy
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.model.base_document import BaseDocument
from frappe.playground.missing import module_getattr
from frappe.utils import cint

__getattr__ = module_getattr(__name__)


class FrappeTestCase(unittest.TestCase):
	"""What a class's tests leave uncommitted is rolled back after them."""

	TEST_SITE = "test_site"
	maxDiff = 10_000

	@classmethod
	def setUpClass(cls) -> None:
		cls.TEST_SITE = getattr(frappe.local, "site", None) or cls.TEST_SITE
		frappe.db.commit()
		cls.addClassCleanup(_restore_locals, copy.deepcopy(frappe.local.flags))
		cls.addClassCleanup(_roll_back)
		super().setUpClass()

	def assertDocumentEqual(self, expected: Any, actual: Any) -> None:
		"""What is expected is there; the document may hold more."""
		if isinstance(expected, BaseDocument):
			expected = expected.as_dict()
		for field, value in expected.items():
			if isinstance(value, list):
				rows = actual.get(field)
				self.assertEqual(len(value), len(rows), msg=f"{field} length should be same")
				for expected_row, row in zip(value, rows, strict=True):
					self.assertDocumentEqual(expected_row, row)
			else:
				self._compare_field(value, actual.get(field), field)

	def _compare_field(self, expected: Any, actual: Any, field: str) -> None:
		message = f"{field} should be same."
		if isinstance(expected, float):
			self.assertAlmostEqual(expected, actual, places=3, msg=message)
		elif isinstance(expected, bool | int):
			self.assertEqual(expected, cint(actual), msg=message)
		else:
			self.assertEqual(str(expected), str(actual), msg=message)

	@contextmanager
	def set_user(self, user: str) -> Iterator[None]:
		old = frappe.session.user
		frappe.set_user(user)
		try:
			yield
		finally:
			frappe.set_user(old)


def _roll_back() -> None:
	frappe.db.value_cache = {}
	frappe.db.rollback()


def _restore_locals(flags: Any) -> None:
	local = frappe.local
	local.flags = flags
	local.error_log, local.message_log, local.debug_log = [], [], []
	local.conf = frappe.get_site_config()
	local.cache = {}
	local.lang = "en"
	if hasattr(local, "request"):
		del local.request
