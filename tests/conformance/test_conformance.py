"""Each statement, run inside a site; see `conformance`."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
NEED_SEQUENCES = {"naming:numbers_count_up_and_are_ints"}
# What Frappe itself does otherwise on SQLite. The playground is held against MariaDB, and against Postgres where that differs.
UNIQUE_FIELD = "of a unique field and the name, SQLite names the field"
TYPES = "SQLite keeps what it is given, of any length and type"
OTHERWISE_ON_SQLITE = {
	"naming:a_taken_name_is_refused": UNIQUE_FIELD,
	"naming:a_taken_name_can_be_passed_over": UNIQUE_FIELD,
	"direct_writes:db_insert_of_a_taken_name_is_an_error": UNIQUE_FIELD,
	"transactions:a_failed_insert_does_not_end_the_transaction_but_on_postgres_where_a_savepoint_saves_it": UNIQUE_FIELD,
	"values:a_time_of_day_is_a_timedelta_and_on_postgres_a_time": TYPES,
	"values:as_json_writes_times_as_text": TYPES,
	"values:floats_keep_nine_decimals": TYPES,
	"checks:texts_that_are_too_long_are_refused": TYPES,
	"checks:ints_have_thirty_two_bits": TYPES,
	"queries:the_query_builder_takes_the_name_of_a_doctype": "rows come in a list",
	"transactions:writes_are_counted_until_the_commit": "Frappe counts other statements there",
}


def find_statements() -> list[str]:
	"""`module:function` of all of them, found without importing what needs Frappe."""
	package = ast.parse((FOLDER / "__init__.py").read_text())
	listed = next(node for node in package.body if isinstance(node, ast.Assign))
	statements = []
	for module in ast.literal_eval(listed.value):
		functions = [
			node
			for node in ast.parse((FOLDER / f"{module}.py").read_text()).body
			if isinstance(node, ast.FunctionDef)
		]
		statements += [
			f"{module}:{node.name}"
			for node in functions
			if not node.name.startswith("_") and not node.args.args
		]
	return statements


@pytest.fixture(scope="module")
def shell(backend):
	site = next(iter(backend.sites.values()))
	shell = site.open_shell()
	shell.call("conformance.doctypes:prepare")
	yield shell
	shell.close()


@pytest.mark.parametrize(
	"statement", find_statements(), ids=lambda name: name.replace(":", ": ").replace("_", " ")
)
def test(request, backend, shell, statement):
	if backend.is_frappe_on_sqlite and statement in OTHERWISE_ON_SQLITE:
		pytest.skip(f"otherwise on SQLite: {OTHERWISE_ON_SQLITE[statement]}")
	if statement in NEED_SEQUENCES:
		request.getfixturevalue("sequences")
	shell.call("begin")
	try:
		shell.call(f"conformance.{statement}")
	finally:
		shell.call("rollback")
