"""Sites of a bench with ERPNext, set up as a company would have them on its first day."""

from pathlib import Path

from support.backend import APPS
from support.bench import BenchBackend, cache_folder, find_bench

COMPANY = "support.erpnext.inside.company"
SET_UP = 1  # counts up when `inside.company` prepares another site than before


def reason_to_skip() -> str:
	"""Why there can be no sites with ERPNext on this machine; empty when there can."""
	bench = find_bench()
	if not bench:
		return "needs a bench with ERPNext; there is no bench"
	if not (bench / "apps" / "erpnext").is_dir():
		return f"needs a bench with ERPNext; {bench} has none"
	return ""


class ErpnextBench(BenchBackend):
	"""Installing ERPNext and setting up a company takes minutes: a site that has both is kept for the next run."""

	def _restore_pristine(self, name: str) -> None:
		self._list_apps(*APPS)  # from now on: a site keeps in its cache which app a module is of
		prepared = cache_folder() / f"erpnext-{self._fingerprint('erpnext')}-{SET_UP}"
		if prepared.exists():
			self._restore(prepared, name)
		else:
			self._set_up(name, prepared)
		self._call_template(f"{COMPANY}:furnish")

	def _set_up(self, name: str, prepared: Path) -> None:
		super()._restore_pristine(name)
		self._frappe("--site", name, "install-app", "erpnext")
		self._call_template(f"{COMPANY}:set_up")
		self._store(name, prepared)

	def _list_apps(self, *apps: str) -> None:
		super()._list_apps("erpnext", *apps)
