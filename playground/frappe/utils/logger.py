"""Log files, in `sites/<site>/logs` and in `logs` beside `sites`."""

import logging
import os
from logging.handlers import RotatingFileHandler
from typing import Any

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

_loggers: dict[str, logging.Logger] = {}


def get_logger(
	module: str | None = None,
	with_more_info: bool = False,
	allow_site: bool | str = True,
	filter: Any = None,
	max_size: int = 100_000,
	file_count: int = 20,
	stream_only: bool = False,
) -> logging.Logger:
	site = getattr(frappe.local, "site", None) if allow_site is True else allow_site or None
	module = module or "frappe"
	name = f"{module}-{site or 'all'}"
	if name in _loggers:
		return _loggers[name]
	logger = _loggers[name] = logging.getLogger(name)
	logger.setLevel(logging.ERROR if not frappe.conf.developer_mode else logging.DEBUG)
	logger.propagate = False
	if filter:
		logger.addFilter(filter)
	for handler in _get_handlers(module, site, max_size, file_count):
		handler.setFormatter(logging.Formatter(f"%(asctime)s %(levelname)s {module} %(message)s"))
		logger.addHandler(handler)
	return logger


def _get_handlers(module: str, site: str | None, max_size: int, file_count: int) -> list[logging.Handler]:
	sites_path = getattr(frappe.local, "sites_path", None)
	if not sites_path:
		return [logging.StreamHandler()]
	folders = [
		os.path.join(sites_path, "..", "logs"),
		*([os.path.join(sites_path, site, "logs")] if site else []),
	]
	handlers = []
	for folder in folders:
		os.makedirs(folder, exist_ok=True)
		path = os.path.join(folder, f"{module}.log")
		handlers.append(RotatingFileHandler(path, maxBytes=max_size, backupCount=file_count, delay=True))
	return handlers
