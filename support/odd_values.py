"""Values that somebody may send."""

# What Frappe or a database could take for something else than a value.
TEXTS = (
	"a = 1", "x >= 45.0, y<-2", "`tick`", "select name from tabUser", "locate(a, b)", "ifnull(a, b)", "50% %s %(a)s %%",
	"it's", '"quoted"', "back\\slash\\", "_under_", "; drop table x", "abc", "12abc", "007", "-1", "NULL", " blank ", "ß😀",
)  # fmt: skip
OTHERS = (
	"", None, True, 0, 1, -5, 1.5, 70_000, 2**40, 2**63 - 1, "2026-01-31", "2026-01-31 10:00:00", "12:30:00", "25:99", "2026-13-45",
	"0189d5f0-0000-7000-8000-000000000001",
)  # fmt: skip
