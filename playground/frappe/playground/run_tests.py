"""Tests that lie beside an app's code, run inside of a site."""

import importlib
import unittest
from collections.abc import Iterator
from pathlib import Path

import frappe


def run_tests(app: str, verbosity: int = 1) -> bool:
	"""Runs what `test_*.py` in the app's package hold, with `in_test` set. Whether all passed."""
	frappe.flags.in_test = True
	suite = unittest.TestSuite()
	for module in find_modules(app):
		suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module)))
	return unittest.TextTestRunner(verbosity=verbosity).run(suite).wasSuccessful()


def find_modules(app: str) -> Iterator[str]:
	package = Path(frappe.get_app_path(app))
	for path in sorted(package.rglob("test_*.py")):
		parts = path.relative_to(package.parent).with_suffix("").parts
		yield ".".join(parts)
