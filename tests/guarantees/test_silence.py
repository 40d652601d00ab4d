"""Whatever the fields of the two sites are, each value that was sent and is not here is told by a row of its document.

Random fields on both sites (types, options, lengths, missing, mandatory, of a higher permission level, in rows), random
documents and changes; at the end every value is held against what came of it.
"""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from support.link import connect, drain, sync_logs

SAMPLER, ROW = "Shop Field Sampler", "Shop Sampler Row"
CHOICES = "\nOne\nTwo\nThree"
VALUES = {
	"Data": ("plain", "12", "12.5", "x" * 130, "2026-01-02", "Two", "ÄÖ €"),
	"Small Text": ("plain", "y" * 400, "7"),
	"Long Text": ("plain", "z" * 3000),
	"Int": (0, 1, 7, -3),
	"Float": (0.0, 1.5, 1e-9, 123456.789),
	"Currency": (0.0, 12.34, 2e-9),
	"Check": (0, 1),
	"Select": ("", "One", "Three"),
	"Date": ("2026-01-02",),
	"Datetime": ("2026-01-02 10:11:12",),
	"Time": ("10:11:12",),
}
SEEDS = range(10)


@dataclass
class Pair:
	"""One field: its type there and here, None where a site lacks it."""

	name: str
	there: str
	here: str | None
	values: tuple
	in_rows: bool
	more_here: dict


def draw_pairs(chance: random.Random, seed: int) -> list[Pair]:
	pairs = []
	for number in range(7):
		there = chance.choice(list(VALUES))
		here = chance.choice([there, there, None, chance.choice(list(VALUES))])
		more: dict[str, Any] = {}
		if here == "Select":
			more["options"] = chance.choice([CHOICES, "\nOne"])
		if here == "Data" and chance.random() < 0.3:
			more["length"] = 20
		if here and chance.random() < 0.15:
			more["permlevel"] = 4
		if here and chance.random() < 0.1:
			more["reqd"] = 1
		pairs.append(Pair(f"s{seed}_{number}", there, here, VALUES[there], number > 4, more))
	return pairs


def add_fields(hq, branch, pairs: list[Pair]) -> None:
	for pair in pairs:
		common = {"doctype": ROW if pair.in_rows else SAMPLER, "fieldname": pair.name}
		options = {"options": CHOICES} if pair.there == "Select" else {}
		hq.call("add_custom_field", **common, fieldtype=pair.there, **options)
		if pair.here:
			branch.call("add_custom_field", **common, fieldtype=pair.here, **pair.more_here)


def some(chance: random.Random, pairs: list[Pair], in_rows: bool = False) -> dict:
	chosen = [pair for pair in pairs if pair.in_rows == in_rows and chance.random() < 0.7]
	return {pair.name: chance.choice(pair.values) for pair in chosen}


def live(chance: random.Random, hq, pairs: list[Pair]) -> list[str]:
	names = []
	for _number in range(3):
		rows = [{"label": "row", **some(chance, pairs, in_rows=True)} for _row in range(2)]
		names.append(hq.create(SAMPLER, rows=rows, **some(chance, pairs))["name"])
	for _number in range(6):
		name = chance.choice(names)
		kind = chance.choice(["save", "db_set", "row", "new row"])
		if kind == "save":
			hq.update(SAMPLER, name, **some(chance, pairs))
		elif kind == "db_set" and (values := some(chance, pairs)):
			hq.call("db_set", doctype=SAMPLER, name=name, **values)
		elif kind == "row":
			values = some(chance, pairs, in_rows=True)
			hq.call("update_row", doctype=SAMPLER, name=name, table="rows", row=1, **values)
		else:
			values = some(chance, pairs, in_rows=True)
			hq.call("append_row", doctype=SAMPLER, name=name, table="rows", **values)
	return names


def is_same(there: Any, here: Any) -> bool:
	if there in (None, "", 0, 0.0, "0") and here in (None, "", 0, 0.0, "0"):
		return True
	try:
		return abs(float(there) - float(here)) < 5e-10
	except (TypeError, ValueError):
		return str(there) == str(here)


def untold(hq, branch, names: list[str], pairs: list[Pair]) -> list[str]:
	"""Each value that is not the same on both sites and that no row of its document speaks of."""
	found = []
	rows = sync_logs(branch)
	for name in names:
		of_document = [row for row in rows if row["remote_docname"] == name]
		is_open = any(row["status"] in ("Failed", "Waiting") for row in of_document)
		text = " ".join(row["message"] or "" for row in of_document)
		there = hq.get(SAMPLER, name)
		here = branch.get(SAMPLER, name) if branch.exists(SAMPLER, name) else None
		if here is None:
			found += [] if is_open else [f"{name} is not here"]
			continue
		for pair in pairs:
			parts = [(there, here)]
			if pair.in_rows:
				known = {row["name"]: row for row in here["rows"]}
				parts = [(row, known.get(row["name"], {})) for row in there["rows"]]
			for one, other in parts:
				same = is_same(one.get(pair.name), other.get(pair.name))
				if not same and not is_open and pair.name not in text:
					found.append(f"{name} {pair}: {one.get(pair.name)!r} is {other.get(pair.name)!r} here")
	return found


def history(hq, branch, seed: int) -> list[str]:
	chance = random.Random(seed)
	pairs = draw_pairs(chance, seed)
	add_fields(hq, branch, pairs)
	connect(branch, hq, [SAMPLER])
	names = live(chance, hq, pairs)
	drain(branch, hq)
	return untold(hq, branch, names, pairs)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_that_was_sent_is_missing_in_silence(hq, branch, seed):
	assert history(hq, branch, seed) == []


@pytest.mark.parametrize("kind", ["missing", "unwritable", "changed"])
def test_it_is_noticed_when_a_remark_is_missing(hq, branch, kind):
	"""The test above can fail: without the remark of one kind, a document that shows it is found."""
	there, here, more = {
		"missing": ("Data", None, {}),
		"unwritable": ("Data", "Data", {"permlevel": 4}),
		"changed": ("Data", "Int", {}),
	}[kind]
	pairs = [Pair(f"sabotaged_{kind}", there, here, ("plain",), False, more)]
	add_fields(hq, branch, pairs)
	connect(branch, hq, [SAMPLER])
	names = [hq.create(SAMPLER, **{pairs[0].name: "plain"})["name"]]
	branch.call("support.schemas:say_nothing_of", kind=kind)
	try:
		drain(branch, hq)
	finally:
		branch.call("support.schemas:say_all_again")
	assert len(untold(hq, branch, names, pairs)) == 1
	hq.update(SAMPLER, names[0], title="and once more", **{pairs[0].name: "plainer"})
	drain(branch, hq)
	assert untold(hq, branch, names, pairs) == []
