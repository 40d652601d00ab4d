"""Markup of which a sanitizer has changed nothing but the spacing inside of style attributes.

Frappe 16's sanitizer writes `overflow-x:auto` for `overflow-x: auto;`. Frappe leaves alone what a controller writes into a
submitted document, so two sites would differ there in nothing that anybody sees.
"""

import re

STYLE = re.compile(r'(?<=\sstyle=")[^"<>]*(?=")')
SPACED = re.compile(r" *([:;]) *")


def is_same_but_spacing(sent: str, sanitized: str) -> bool:
	"""
	:param sanitized: what a sanitizer has made of it: well-formed, and harmless
	"""
	return _compact(sent) == _compact(sanitized)


def _compact(markup: str) -> str:
	return STYLE.sub(lambda style: SPACED.sub(r"\1", style[0]).strip(" ").rstrip(";"), markup)
