"""The set-up as a file: `export` without secrets, `apply` that says what it changes and changes nothing the second time."""

import json
import re

import pytest

from support.link import connect, pull, subscribe


def _write(tmp_path, content) -> str:
	file = tmp_path / "set-up.json"
	file.write_text(json.dumps(content))
	return str(file)


def _apply(backend, site, tmp_path, content, *options) -> str:
	return backend.run_command(site, "event-streaming", "apply", _write(tmp_path, content), *options)


def _refused(backend, site, tmp_path, content) -> str:
	with pytest.raises(RuntimeError) as refused:
		_apply(backend, site, tmp_path, content)
	return str(refused.value)


def _producer(hq, *rows, **values) -> dict:
	rows = [{"ref_doctype": row} if isinstance(row, str) else row for row in rows]
	return {
		"producers": [
			{
				"producer_url": hq.url,
				"event_subscriber": "streamer@example.com",
				"producer_doctypes": rows,
				**values,
			}
		]
	}


def test_a_link_is_made_and_the_second_time_nothing_changes(backend, hq, branch, tmp_path):
	content = _producer(
		hq, "Shop Note", {"ref_doctype": "Shop Item", "adopt_existing": 1, "condition": {"disabled": 0}}
	)
	printed = _apply(backend, branch, tmp_path, content)
	assert f"+ Event Producer {hq.url}" in printed and "+ Shop Note" in printed
	rows = {row["ref_doctype"]: row for row in branch.get("Event Producer", hq.url)["producer_doctypes"]}
	assert rows["Shop Item"]["adopt_existing"] and json.loads(rows["Shop Item"]["condition"]) == {
		"disabled": 0
	}
	before = branch.get("Event Producer", hq.url)
	assert f"= Event Producer {hq.url}" in _apply(backend, branch, tmp_path, content)
	assert branch.get("Event Producer", hq.url) == before


def test_a_dry_run_says_what_would_change_and_changes_nothing(backend, hq, branch, tmp_path):
	content = _producer(hq, {"ref_doctype": "Shop Note", "use_same_name": 1})
	assert "(not applied)" in _apply(backend, branch, tmp_path, content, "--dry-run")
	assert not branch.exists("Event Producer", hq.url) and not hq.rows("Event Consumer", ["name"])
	_apply(backend, branch, tmp_path, content)
	changed = _producer(hq, {"ref_doctype": "Shop Note", "use_same_name": 0}, "Shop Item")
	printed = _apply(backend, branch, tmp_path, changed, "--dry-run")
	assert "Shop Note: use_same_name: 1 -> 0" in printed and "+ Shop Item" in printed
	assert [row["ref_doctype"] for row in branch.get("Event Producer", hq.url)["producer_doctypes"]] == [
		"Shop Note"
	]


def test_what_the_file_does_not_name_is_left_alone(backend, hq, branch, tmp_path):
	subscribe(branch, hq, ["Shop Note", "Shop Item"])
	_apply(backend, branch, tmp_path, _producer(hq, {"ref_doctype": "Shop Note", "adopt_existing": 1}))
	rows = [row["ref_doctype"] for row in branch.get("Event Producer", hq.url)["producer_doctypes"]]
	assert rows == ["Shop Note", "Shop Item"]


def test_an_export_holds_no_secret_and_applies_unchanged(backend, hq, branch, tmp_path):
	connect(branch, hq, ["Shop Note"])
	supplier = branch.create("Shop Supplier")["name"]
	branch.insert(
		"Value Map",
		map_name="Suppliers",
		ref_doctype="Shop Supplier",
		values=[{"remote_value": "A", "local_value": supplier}],
	)
	exported = json.loads(backend.run_command(branch, "event-streaming", "export", "--json"))
	assert [row["ref_doctype"] for row in exported["producers"][0]["producer_doctypes"]] == ["Shop Note"]
	key = branch.value("Event Producer", hq.url, "api_key")
	assert (
		key
		and key not in json.dumps(exported)
		and "secret" not in json.dumps(exported)
		and "token" not in json.dumps(exported)
	)
	printed = _apply(backend, branch, tmp_path, exported)
	assert not re.search(r"^[+~!]", printed, re.M), printed


def test_an_export_of_one_site_sets_another_one_up(backend, hq, branch, third, tmp_path):
	connect(branch, hq, [{"ref_doctype": "Shop Note", "condition": '{"priority": 1}'}], use_same_name=False)
	exported = json.loads(backend.run_command(branch, "event-streaming", "export", "--json"))
	_apply(backend, third, tmp_path, exported)
	[row] = third.get("Event Producer", hq.url)["producer_doctypes"]
	assert (row["ref_doctype"], row["use_same_name"], row["status"]) == ("Shop Note", 0, "Pending")


def test_approvals_come_from_a_file(backend, hq, branch, tmp_path):
	subscribe(branch, hq, ["Shop Note", "Shop Item"])
	answers = [
		{"ref_doctype": "Shop Note", "status": "Approved"},
		{"ref_doctype": "Shop Item", "status": "Rejected"},
	]
	printed = _apply(
		backend,
		hq,
		tmp_path,
		{"consumers": [{"callback_url": branch.url + "/", "consumer_doctypes": answers}]},
	)
	assert 'Shop Note: status: "Pending" -> "Approved"' in printed
	note = hq.create("Shop Note")["name"]
	pull(branch, hq)
	assert branch.exists("Shop Note", note)


def test_fifty_branches_get_fifty_codes_once_and_one_file_does_for_all(backend, hq, branch, tmp_path):
	people = [{"for_whom": f"Branch {number}", "event_subscriber": "streamer@example.com",
		"doctypes": [{"ref_doctype": "Shop Note"}]} for number in range(50)]  # fmt: skip
	codes = re.findall(
		r"code for (Branch \d+): (\S+)", _apply(backend, hq, tmp_path, {"invitations": people})
	)
	assert len(codes) == 50 and len({code for _name, code in codes}) == 50
	again = _apply(backend, hq, tmp_path, {"invitations": people})
	assert "code" not in again and not re.search(r"^[+~!]", again, re.M)
	_apply(backend, branch, tmp_path, _producer(hq, "Shop Note"), "--code", codes[7][1])
	[consumer] = hq.rows("Event Consumer", ["name", "event_subscriber"])
	assert consumer["name"].endswith(".invalid")
	assert "= Event Producer" in _apply(
		backend, branch, tmp_path, _producer(hq, "Shop Note"), "--code", codes[7][1]
	)


def test_mappings_that_need_one_another_come_in_any_order(backend, branch, tmp_path):
	child = {"mapping_name": "Lines", "local_doctype": "Shop Invoice Item", "remote_doctype": "Their Line",
		"field_mapping": [{"local_fieldname": "item", "remote_fieldname": "article"}]}  # fmt: skip
	fields = [
		{"local_fieldname": "customer", "remote_fieldname": "client"},
		{
			"local_fieldname": "items",
			"remote_fieldname": "lines",
			"is_child_table": 1,
			"child_table_mapping": "Lines",
		},
	]
	parent = {
		"mapping_name": "Invoices",
		"local_doctype": "Shop Invoice",
		"remote_doctype": "Their Invoice",
		"field_mapping": fields,
	}
	printed = _apply(backend, branch, tmp_path, {"mappings": [parent, child]})
	assert printed.index("Mapping Lines") < printed.index("Mapping Invoices")
	assert branch.exists("Document Type Mapping", "Invoices")


def test_one_that_is_refused_is_named_and_keeps_no_other_back(backend, hq, branch, tmp_path):
	content = _producer(hq, "Shop Note")
	content["producers"].insert(0, {**content["producers"][0], "producer_url": branch.url})
	told = _refused(backend, branch, tmp_path, content)
	assert "is this site" in told
	assert branch.exists("Event Producer", hq.url)


@pytest.mark.parametrize(
	("content", "reason"),
	[
		({"producer": []}, "unknown sections: producer"),
		({"producers": [{"producer_url": "http://a.example", "api_secret": "x"}]}, "unknown fields: api_secret"),
		({"producers": [{"event_subscriber": "x"}]}, "lacks producer_url"),
		({"producers": {"producer_url": "http://a.example"}}, "not a list"),
		({"producers": [{"producer_url": "nonsense", "producer_doctypes": []}]}, "producers"),
		({"producers": [{"producer_url": "http://a.example", "producer_doctypes": [{"use_same_name": 1}]}]}, "lacks ref_doctype"),
		({"version": 2}, "another version"),
		([1], "not an object"),
		({"settings": {"metrics_token": "x"}}, "unknown fields: metrics_token"),
	],
)  # fmt: skip
def test_a_file_of_another_form_is_refused_before_anything_is_applied(
	backend, branch, tmp_path, content, reason
):
	if isinstance(content, dict):
		content = {"settings": {"keep_days": 77}, **content}
	assert reason in _refused(backend, branch, tmp_path, content)
	assert (
		branch.call(
			"value", doctype="Event Streaming Settings", name="Event Streaming Settings", field="keep_days"
		)
		!= 77
	)


def test_settings_come_from_a_file(backend, branch, tmp_path):
	assert "keep_days: 30 -> 45" in _apply(backend, branch, tmp_path, {"settings": {"keep_days": 45}})
	assert "= Event Streaming Settings" in _apply(backend, branch, tmp_path, {"settings": {"keep_days": 45}})


@pytest.mark.bench
def test_yaml_is_read_and_written(backend, hq, branch, tmp_path):
	connect(branch, hq, ["Shop Note"])
	printed = backend.run_command(branch, "event-streaming", "export")
	assert "producers:" in printed and hq.url in printed
	file = tmp_path / "set-up.yaml"
	file.write_text(printed)
	assert not re.search(r"^[+~!]", backend.run_command(branch, "event-streaming", "apply", str(file)), re.M)
