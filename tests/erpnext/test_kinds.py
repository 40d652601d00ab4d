"""What is posted at a branch is posted at head office: on the same day, in the same order, with the same figures.

Each kind of document in each mode: field equality of all that it made, then general, payment and stock ledger, Bins, bundles,
serial numbers and batches. `KNOWN` says what isn't equal yet, and why; a cell that becomes equal fails until it is taken out.
"""

import pytest

from support.bench import find_bench, frappe_version
from support.erpnext.chains import CHAINS
from support.erpnext.everyday import EVERYDAY
from support.erpnext.kinds import KINDS
from support.erpnext.pair import BACKFILL, LATE, LIVE, MODES, sums

FROM_THE_BEGINNING = (
	"a payment that is taken whole is posted with its references from the beginning (docs/erpnext.md)"
)
NO_BIN = "an item that an order names no longer has a Bin with zeros at the source (docs/erpnext.md)"
TEXT_OF_ADDRESS = "an Address writes its text into the Customer past all hooks (docs/erpnext.md)"
CLEARED = "a Bank Transaction writes the day into the payment past all hooks (docs/erpnext.md)"
SCRAPPED = "what scraps an asset writes the day and the entry into it past all hooks (docs/erpnext.md)"
WORTH = "an invoice that sells an asset comes before the entry of its last days (docs/erpnext.md)"
STAYS_THERE = (
	"an Auto Repeat is not streamed, and a link to it is left empty, with a remark (docs/erpnext.md)"
)
KNOWN: dict[tuple[str, str], str] = {
	(LIVE, "bank reconciled"): CLEARED,
	(LATE, "bank reconciled"): CLEARED,
	(LIVE, "asset scrapped"): SCRAPPED,
	(LATE, "asset scrapped"): SCRAPPED,
	(BACKFILL, "asset sold"): WORTH,
	(BACKFILL, "payment reconciliation"): FROM_THE_BEGINNING,
	(BACKFILL, "item removed"): NO_BIN,
	**{(mode, "repeated"): STAYS_THERE for mode in MODES},
}
bench = find_bench()
if bench and frappe_version(bench).startswith("15."):
	KNOWN[BACKFILL, "parties"] = TEXT_OF_ADDRESS
elif bench:
	KNOWN[BACKFILL, "unreconciled"] = FROM_THE_BEGINNING
# What is cancelled already when it comes is written as it is: its ledger rows, which are zero together, are not made (docs/erpnext.md)
WITHOUT_LEDGER = (
	"cancel and amend",
	"cancelled receipt",
	"cancelled payment",
	"batch cancelled",
	"cancelled chain",
	"order amended",
	"payment amended",
	"bill cancelled",
)


def cells() -> list:
	kinds = KINDS | CHAINS | EVERYDAY
	return [pytest.param(mode, kind, marks=marks(mode, kind)) for mode in MODES for kind in kinds]


def marks(mode: str, kind: str) -> list:
	return [pytest.mark.xfail(strict=True, reason=KNOWN[mode, kind])] if (mode, kind) in KNOWN else []


@pytest.mark.parametrize(("mode", "kind"), cells())
def test_it_is_equal_on_both_sites(outcomes, mode: str, kind: str) -> None:
	outcome = outcomes.of(mode)[kind]
	assert not outcome.error, f"ERPNext refused the test's own step: {outcome.error}"
	assert not outcome.differences, "\n".join(outcome.differences)
	assert bool(outcome.not_made) == (mode == BACKFILL and kind in WITHOUT_LEDGER), outcome.not_made
	assert not any(sums(outcome.not_made).values()), outcome.not_made
