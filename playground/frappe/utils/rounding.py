"""The rounding methods that System Settings offers."""

import math

import frappe


def rounded(num: float, precision: int = 0, rounding_method: str | None = None) -> float:
	method = rounding_method or frappe.get_system_settings("rounding_method") or "Banker's Rounding (legacy)"
	methods = {
		"Banker's Rounding (legacy)": _legacy,
		"Banker's Rounding": _half_to_even,
		"Commercial Rounding": _half_away_from_zero,
	}
	if method not in methods:
		frappe.throw(frappe._("Unknown Rounding Method: {}").format(method), exc=frappe.InvalidRoundingMethod)
	return methods[method](num, int(precision or 0))


def _legacy(num: float, precision: int) -> float:
	"""Halves go to the even number without decimals, but up with decimals."""
	scale = 10**precision
	scaled = round(num * scale, 8)
	below = math.floor(scaled)
	if scaled - below != 0.5:
		result = round(scaled)
	elif precision:
		result = below + 1
	else:
		result = below if below % 2 == 0 else below + 1
	return result / scale if precision else result


def _half_to_even(num: float, precision: int) -> float:
	scale = 10**precision
	scaled = round(num * scale, 12)
	if scaled == 0:
		return 0.0
	below = math.floor(scaled)
	if abs(scaled - below - 0.5) < 2.0 ** (math.log2(abs(scaled)) - 52):
		return (below if below % 2 == 0 else below + 1) / scale
	return round(scaled) / scale


def _half_away_from_zero(num: float, precision: int) -> float:
	if num == 0:
		return 0.0
	return round(num + math.copysign(2.0 ** (math.log2(abs(num)) - 52), num), precision)
