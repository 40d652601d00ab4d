"""The tests beside the DocTypes, as `bench run-tests --app event_streaming` runs them: on a site of their own."""

import re

import pytest


@pytest.mark.bench
def test_bench_run_tests_passes(backend, third):
	if backend.name != "bench":
		pytest.skip("these tests need more of Frappe than the playground has")
	third.close_shells()
	third.configure(auto_email_id="test@example.com", mail_server="mail.example.com")  # Frappe's test users get mail
	output = backend.run_command(third, "run-tests", "--app", "event_streaming")
	ran = sum(int(number) for number in re.findall(r"Ran (\d+) tests?", output))
	assert ran >= 150, output
	assert not re.search(r"FAILED|errors=|failures=", output), output
