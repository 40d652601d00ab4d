"""The time of day as one process of a site tells it."""

import datetime
import types

import frappe.utils.data as data


def shift(days: float) -> str:
	"""From now on `now_datetime`, and with it `nowdate`, `now` and `today`, is so many days ahead of the clock, by whatever
	name a module has imported it. Returns what it is."""
	if not hasattr(data, "streaming_test_now"):
		data.streaming_test_now = types.FunctionType(data.now_datetime.__code__, vars(data))
		data.now_datetime.__code__ = _shifted_now.__code__
	data.streaming_test_shift = datetime.timedelta(days=days)
	return data.now()


def _shifted_now():
	return streaming_test_now() + streaming_test_shift  # noqa: F821  names of `data`, where this runs
