"""What is posted at a branch is posted at head office: on the same day, in the same order, with the same figures.

Each kind of document in each mode: field equality of all that it made, then general, payment and stock ledger, Bins, bundles,
serial numbers and batches. `KNOWN` says what isn't equal yet, and why; a cell that becomes equal fails until it is taken out.
"""

import pytest

from support.erpnext.kinds import KINDS
from support.erpnext.pair import MODES

KNOWN: dict[tuple[str, str], str] = {}


def cells() -> list:
	return [
		pytest.param(
			mode,
			kind,
			marks=[pytest.mark.xfail(strict=True, reason=KNOWN[mode, kind])] if (mode, kind) in KNOWN else [],
		)
		for mode in MODES
		for kind in KINDS
	]


@pytest.mark.parametrize(("mode", "kind"), cells())
def test_it_is_equal_on_both_sites(outcomes, mode: str, kind: str) -> None:
	outcome = outcomes.of(mode)[kind]
	assert not outcome.error, f"ERPNext refused the test's own step: {outcome.error}"
	assert not outcome.differences, "\n".join(outcome.differences)
