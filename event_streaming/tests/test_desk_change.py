import json

import frappe

from event_streaming.desk import change, remedies
from event_streaming.desk.conflict_view import conflicts_of_sync_log
from event_streaming.tests.case import IntegrationTestCase

SCRIPT = '<img src=x onerror="alert(1)">'


def log_of(update_type: str, data: dict, doctype: str = "ToDo", name: str = "one", **values) -> frappe._dict:
	"""An Update Log and an Event Sync Log in one."""
	return frappe._dict(
		update_type=update_type,
		ref_doctype=doctype,
		docname=name,
		remote_doctype=doctype,
		remote_docname=name,
		data=json.dumps(data),
		**values,
	)


def label(doctype: str, fieldname: str) -> str:
	return frappe.get_meta(doctype).get_field(fieldname).label or frappe.unscrub(fieldname)


def read(update_type: str, data: dict, **values) -> dict:
	return change.of_update_log(log_of(update_type, data, **values))


class TestChange(IntegrationTestCase):
	def test_a_changed_value_stands_beside_the_old_one_under_the_label_of_its_field(self):
		shown = read(
			"Update", {"changed": {"date": "2026-03-02"}, "was": {"changed": {"date": "2026-03-01"}}}
		)
		[field] = shown["fields"]
		self.assertEqual(
			(field["label"], field["old"], field["new"]), (label("ToDo", "date"), "2026-03-01", "2026-03-02")
		)

	def test_a_value_that_was_not_told_is_not_known(self):
		[field] = read("Update", {"changed": {"date": "2026-03-02"}, "direct": 1})["fields"]
		self.assertNotIn("old", field)

	def test_fields_stand_in_the_order_of_the_form(self):
		shown = read("Update", {"changed": {"description": "x", "status": "Open", "unknown_one": 5}})
		self.assertEqual(
			[field["label"] for field in shown["fields"]], ["Status", "Description", "Unknown One"]
		)

	def test_of_a_whole_document_only_what_is_filled_in_is_shown(self):
		shown = read(
			"Create", {"doctype": "ToDo", "name": "one", "status": "Open", "color": None, "role": ""}
		)
		self.assertTrue(shown["whole"])
		self.assertEqual([field["fieldname"] for field in shown["fields"]], ["status"])

	def test_states_and_ticks_are_words(self):
		shown = read("Update", {"changed": {"docstatus": 1}, "was": {"changed": {"docstatus": 0}}})
		[field] = shown["fields"]
		self.assertEqual(
			(field["label"], field["old"], field["new"]), ("Document State", "Draft", "Submitted")
		)
		rows = {"email_ids": [{"name": "r", "idx": 1, "email_id": "a@b.example", "is_primary": 1}]}
		[table] = read("Create", rows, doctype="Contact")["tables"]
		self.assertEqual(
			[column["label"] for column in table["columns"]],
			[label("Contact Email", "email_id"), label("Contact Email", "is_primary")],
		)
		self.assertEqual(table["rows"], [{"number": 1, "values": ["a@b.example", "Yes"]}])

	def test_rows_that_were_added_removed_and_changed_stand_apart(self):
		diff = {
			"added": {"email_ids": [{"name": "c", "idx": 2, "email_id": "c@x.example"}]},
			"removed": {"email_ids": ["b"]},
			"row_changed": {"email_ids": {"a": {"email_id": "new@x.example"}}},
			"was": {"row_changed": {"email_ids": {"a": {"email_id": "old@x.example"}}}},
			"order": {"email_ids": ["a", "c"]},
		}
		[table] = read("Update", diff, doctype="Contact")["tables"]
		self.assertEqual(table["label"], label("Contact", "email_ids"))
		self.assertEqual(table["rows"], [{"number": 2, "values": ["c@x.example"]}])
		self.assertEqual(table["removed"], ["b"])
		[row] = table["changed"]
		self.assertEqual(row["number"], 1)
		self.assertEqual(
			(row["fields"][0]["old"], row["fields"][0]["new"]), ("old@x.example", "new@x.example")
		)
		self.assertFalse(table["reordered"])

	def test_another_order_of_the_same_rows_is_said(self):
		[table] = read("Update", {"order": {"email_ids": ["b", "a"]}}, doctype="Contact")["tables"]
		self.assertTrue(table["reordered"])

	def test_a_rename_a_merge_and_a_delete_are_sentences(self):
		self.assertEqual(read("Rename", {"new_name": "two"})["sentence"], "one was renamed to two.")
		merge = read("Rename", {"new_name": "two", "merge": 1})
		self.assertEqual(merge["sentence"], "one was merged into two.")
		self.assertEqual(read("Delete", {})["sentence"], "one was deleted.")

	def test_a_doctype_that_is_not_here_is_shown_with_readable_names(self):
		shown = read("Create", {"first_thing": "x", "lines": [{"name": "r", "qty": 2.0}]}, doctype="Not Here")
		self.assertEqual(shown["fields"][0]["label"], "First Thing")
		self.assertEqual(shown["tables"][0]["rows"], [{"number": 1, "values": ["2"]}])

	def test_what_was_received_is_shown_as_it_was_sent(self):
		event = {"position": 7, "data": {"changed": {"status": "Closed"}}}
		shown = change.of_sync_log(log_of("Update", event))
		self.assertEqual(shown["fields"][0]["new"], "Closed")

	def test_with_a_mapping_each_field_tells_what_becomes_of_it(self):
		mapping = frappe.get_doc(
			{
				"doctype": "Document Type Mapping",
				"mapping_name": "Shown Mapping",
				"local_doctype": "ToDo",
				"remote_doctype": "Not Here",
				"field_mapping": [{"local_fieldname": "description", "remote_fieldname": "subject"}],
			}
		).insert()
		event = {"data": {"subject": "Call", "weight": 3}}
		shown = change.of_sync_log(log_of("Create", event, doctype="Not Here", mapping=mapping.name))
		self.assertEqual([field["becomes"] for field in shown["fields"]], ["Description", ""])

	def test_data_of_another_shape_is_left_to_the_raw_view(self):
		for data in ("", "[", "[1]", "5", '{"changed": 5}', '{"added": {"lines": 7}}'):
			log = log_of("Update", {})
			log.data = data
			self.assertIsNone(change.of_update_log(log), data)
		self.assertIsNone(change.of_sync_log(log_of("Create", {"data": ["x"]})))

	def test_markup_stays_text_for_the_form_to_escape(self):
		shown = read("Update", {"changed": {"description": SCRIPT, SCRIPT: 1}})
		self.assertEqual(shown["fields"][0]["new"], SCRIPT)

	def test_a_very_long_value_is_cut(self):
		[field] = read("Update", {"changed": {"description": "x" * 9000}})["fields"]
		self.assertEqual(len(field["new"]), change.MAX_TEXT + 1)

	def test_a_conflict_tells_both_values_and_which_was_kept(self):
		conflict = {
			"field": "date",
			"before": None,
			"here": "2026-01-01",
			"producer": "2026-01-02",
			"kept": "here",
		}
		[shown] = conflicts_of_sync_log(log_of("Update", {}, conflict=json.dumps([conflict])))
		self.assertEqual(
			(shown["label"], shown["here"], shown["producer"], shown["kept"]),
			(label("ToDo", "date"), "2026-01-01", "2026-01-02", "here"),
		)
		self.assertEqual(conflicts_of_sync_log(log_of("Update", {}, conflict="{")), [])

	def shown(self, **conflict) -> dict:
		log = log_of("Update", {}, doctype="Contact", conflict=json.dumps([{"kept": "here", **conflict}]))
		[shown] = conflicts_of_sync_log(log)
		return shown

	def test_a_conflict_of_rows_tells_which_row_and_what_is_in_it(self):
		emails, email = label("Contact", "email_ids"), label("Contact Email", "email_id")
		field = self.shown(
			table="email_ids", row="a", field="email_id", before="b@x", here="h@x", producer="p@x"
		)
		self.assertEqual((field["label"], field["here"]), (f"{emails}, row a: {email}", "h@x"))
		row = json.dumps({"name": "a", "email_id": SCRIPT})
		gone = self.shown(table="email_ids", row="a", field="", here=None, producer=row)
		self.assertEqual((gone["label"], gone["here"]), (f"{emails}, row a", "No such row"))
		self.assertEqual(gone["producer"], f"{email}: {SCRIPT}")  # the page escapes it

	def test_a_conflict_of_an_order_of_a_table_and_of_a_deletion(self):
		emails, email = label("Contact", "email_ids"), label("Contact Email", "email_id")
		order = self.shown(table="email_ids", field="", here='["a", "b"]', producer='["b", "a"]')
		self.assertEqual(
			(order["label"], order["here"], order["producer"]), (f"{emails}: Order of Rows", "a, b", "b, a")
		)
		whole = self.shown(
			field="email_ids", here=json.dumps([{"name": "a", "email_id": "h@x"}]), producer=None
		)
		self.assertEqual((whole["label"], whole["here"], whole["producer"]), (emails, f"{email}: h@x", ""))
		told = json.dumps({"row_changed": {"a": {"email_id": "p@x"}}, "removed": ["b"]})
		self.assertEqual(
			self.shown(field="email_ids", producer=told)["producer"], f"{email}: p@x\n\nRows removed: 1"
		)
		deleted = self.shown(field="name", before="one", here=None, producer="one")
		self.assertEqual((deleted["here"], deleted["producer"]), ("Deleted", "one"))

	def test_a_conflict_of_another_shape_is_shown_as_it_is(self):
		self.assertEqual(self.shown(table="email_ids", field="", here="[", producer="7")["producer"], "7")
		self.assertEqual(conflicts_of_sync_log(log_of("Update", {}, conflict='{"a": 1}')), [])


class TestRemedies(IntegrationTestCase):
	def remedy(self, traceback: str | None, status: str = "Failed") -> str:
		return remedies.remedy_for(status, traceback)["kind"]

	def test_the_advice_is_that_of_the_exception_which_was_raised(self):
		traceback = (
			"Traceback (most recent call last):\n  File x\nevent_streaming.exceptions.NameTaken: It is.\n"
		)
		self.assertEqual(self.remedy(traceback), "NameTaken")

	def test_a_message_of_many_lines_hides_it_not(self):
		traceback = "Traceback:\n  x\nfrappe.exceptions.MandatoryError: [ToDo, 1]: title\nand more\nValue: x"
		self.assertEqual(self.remedy(traceback), "MandatoryError")

	def test_any_other_failure_has_general_advice(self):
		for traceback in (None, "", "ZeroDivisionError: division by zero"):
			self.assertEqual(self.remedy(traceback), "Failed")

	def test_what_waits_is_told_so_and_what_is_well_gets_none(self):
		self.assertEqual(self.remedy(None, "Waiting"), "Waiting")
		for status in ("Synced", "Skipped"):
			self.assertIsNone(remedies.remedy_for(status, "x.NameTaken: y"))
