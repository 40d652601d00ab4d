"""Every whitelisted function of the app: who it is for, and arguments that change nothing."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

from support.backend import CHECKOUT

GUEST, CONSUMER_LINK, PRODUCER_LINK, MANAGER, ANYBODY = (
	"a guest",
	"the link of a consumer",
	"the link of a producer",
	"a System Manager",
	"any user",
)
PRODUCER = "event_streaming.event_streaming.doctype.event_producer.event_producer."
EXISTING_DOCUMENTS = "event_streaming.event_streaming.doctype.event_producer.existing_documents."
SETTING_UP = "event_streaming.event_streaming.doctype.event_producer.setting_up."
CONSUMER = "event_streaming.event_streaming.doctype.event_consumer.event_consumer."
SYNC_LOG = "event_streaming.event_streaming.doctype.event_sync_log.event_sync_log."
INVITATION = "event_streaming.event_streaming.doctype.event_invitation.event_invitation."
VALUE_MAP = "event_streaming.event_streaming.doctype.value_map.value_map."
MAPPING = "event_streaming.event_streaming.doctype.document_type_mapping.document_type_mapping."
PARKED = "event_streaming.event_streaming.doctype.parked_document.parked_document."
LINKED_SITES = "event_streaming.event_streaming.page.linked_sites.linked_sites."
NOTE, CUSTOMER = "Shop Note", "Shop Customer"
NOTE_MAPPING = {
	"mapping_name": "Note to Note",
	"local_doctype": NOTE,
	"remote_doctype": NOTE,
	"field_mapping": [{"local_fieldname": "title", "remote_fieldname": "title"}],
}
NOBODY = "http://nobody.invalid"


@dataclass
class Entry:
	"""
	:param caller: who it is for
	:param arguments: well-formed ones, which change nothing
	:param writes: refused by GET
	"""

	caller: str
	arguments: dict = field(default_factory=dict)
	writes: bool = True


TABLE = {
	"event_streaming.api.handshake": Entry(GUEST, writes=False),
	"event_streaming.api.register": Entry(
		GUEST,
		{
			"callback_url": NOBODY,
			"producer_url": "HQ",
			"token": "t" * 43,
			"event_subscriber": "streamer@example.com",
			"doctypes": [{"ref_doctype": NOTE, "condition": None}],
		},
	),
	"event_streaming.api.redeem": Entry(
		GUEST,
		{
			"code": "AAAAA-AAAAA-AAAAA-AAAAA",
			"producer_url": "HQ",
			"event_subscriber": "streamer@example.com",
			"doctypes": [{"ref_doctype": NOTE, "condition": None}],
			"site_id": "0b5cb3c1-52c2-4a52-9b0f-2a5e5a3f5f01",
			"told_name": "nobody",
		},
	),
	"event_streaming.api.confirm_registration": Entry(GUEST, {"token": "t" * 43, "producer_url": NOBODY}),
	"event_streaming.api.prove_link": Entry(GUEST, {"link_key": "k" * 32, "challenge": "c" * 32}),
	"event_streaming.monitoring.endpoints.metrics": Entry(GUEST, writes=False),
	"event_streaming.monitoring.endpoints.probe": Entry(GUEST, writes=False),
	"event_streaming.api.get_updates": Entry(
		CONSUMER_LINK, {"after": 0, "event_key": "", "epoch": "EPOCH", "limit": 10}
	),
	"event_streaming.api.get_documents": Entry(CONSUMER_LINK, {"documents": [[NOTE, "absent"]]}),
	"event_streaming.api.find_documents": Entry(
		CONSUMER_LINK, {"doctype": NOTE, "filters": {"title": "x"}, "limit": 2}
	),
	"event_streaming.api.list_documents": Entry(
		CONSUMER_LINK,
		{"doctype": NOTE, "after": "", "limit": 10, "upto": "", "fields": {"": ["title"]}, "count": True},
	),
	"event_streaming.api.summarise_documents": Entry(
		CONSUMER_LINK, {"doctype": NOTE, "after": "", "limit": 10, "fields": {"": ["title"]}}
	),
	"event_streaming.api.describe_doctype": Entry(CONSUMER_LINK, {"doctype": NOTE}),
	"event_streaming.api.list_files": Entry(CONSUMER_LINK, {"documents": [[NOTE, "absent"]]}),
	"event_streaming.api.list_annotations": Entry(CONSUMER_LINK, {"documents": [[NOTE, "absent"]]}),
	"event_streaming.api.read_file": Entry(
		CONSUMER_LINK, {"doctype": NOTE, "name": "absent", "file": "absent", "offset": 0, "length": 10}
	),
	"event_streaming.api.start_again": Entry(CONSUMER_LINK),
	"event_streaming.api.report_state": Entry(CONSUMER_LINK, {"report": {"parked": 1, "app": "1.0"}}),
	"event_streaming.api.update_subscription": Entry(
		CONSUMER_LINK,
		{
			"event_subscriber": "streamer@example.com",
			"doctypes": [
				{"ref_doctype": NOTE, "condition": None},
				{"ref_doctype": CUSTOMER, "condition": None},
			],
		},
	),
	"event_streaming.api.unregister": Entry(CONSUMER_LINK),
	"event_streaming.api.wake_up": Entry(PRODUCER_LINK),
	"event_streaming.api.exchange": Entry(
		PRODUCER_LINK,
		{"answer": {"id": "0" * 32, "status": 200, "body": "e30="}, "wait": 0.0, "news": 0},
	),
	"event_streaming.api.read_invitation": Entry(GUEST, {"code": "AAAAA-AAAAA-AAAAA-AAAAA"}),
	"event_streaming.api.offer": Entry(
		GUEST,
		{
			"code": "AAAAA-AAAAA-AAAAA-AAAAA",
			"site_id": "0b5cb3c1-52c2-4a52-9b0f-2a5e5a3f5f01",
			"told_name": "nobody",
			"link": {
				"api_key": "k" * 32,
				"api_secret": "s" * 43,
				"epoch": "EPOCH",
				"position": 1,
				"event_key": "",
				"doctypes": {NOTE: "Approved"},
			},
		},
	),
	"event_streaming.event_streaming.dashboard_chart_source.changes_per_hour.changes_per_hour.get": Entry(
		MANAGER, writes=False
	),
	"event_streaming.progress.read": Entry(ANYBODY, {"job": "pull:x"}, writes=False),
	"event_streaming.progress.cancel": Entry(ANYBODY, {"job": "pull:x"}),
	"event_streaming.document.streamable.doctype_query": Entry(
		MANAGER,
		{"doctype": "DocType", "txt": "", "searchfield": "name", "start": 0, "page_len": 5, "filters": {}},
		writes=False,
	),
	PRODUCER + "get_link_state": Entry(MANAGER, {"producer": "HQ"}, writes=False),
	SETTING_UP + "test_connection": Entry(MANAGER, {"producer_url": "HQ", "producer": "HQ"}),
	PRODUCER + "pull_now": Entry(MANAGER, {"producer": "HQ"}),
	SETTING_UP + "join_roots": Entry(MANAGER, {"producer": "HQ", "ref_doctype": "absent"}),
	SETTING_UP + "start_trial": Entry(MANAGER, {"producer": "HQ", "doctypes": ["absent"], "count": 1}),
	PRODUCER + "set_paused": Entry(MANAGER, {"producer": "HQ", "paused": False}),
	PRODUCER + "rotate_key": Entry(MANAGER, {"producer": "HQ"}),
	PRODUCER + "start_again": Entry(MANAGER, {"producer": "HQ"}),
	EXISTING_DOCUMENTS + "start_backfill": Entry(MANAGER, {"producer": "HQ", "doctypes": ["absent"]}),
	EXISTING_DOCUMENTS + "stop_backfill": Entry(MANAGER, {"producer": "HQ", "doctypes": ["absent"]}),
	EXISTING_DOCUMENTS + "get_backfill": Entry(MANAGER, {"producer": "HQ"}, writes=False),
	EXISTING_DOCUMENTS + "start_reconciliation": Entry(MANAGER, {"producer": "HQ", "doctypes": ["absent"]}),
	EXISTING_DOCUMENTS + "stop_reconciliation": Entry(MANAGER, {"producer": "HQ", "doctypes": ["absent"]}),
	EXISTING_DOCUMENTS + "get_reconciliation": Entry(MANAGER, {"producer": "HQ"}, writes=False),
	SETTING_UP + "get_differences": Entry(MANAGER, {"producer": "HQ"}, writes=False),
	SETTING_UP + "get_ready_mappings": Entry(MANAGER, {"producer": "HQ"}, writes=False),
	SETTING_UP + "get_missing_fields": Entry(MANAGER, {"producer": "HQ", "ref_doctype": NOTE}),
	SETTING_UP + "load_ready_mapping": Entry(MANAGER, {"producer": "HQ", "ref_doctype": NOTE}),
	EXISTING_DOCUMENTS + "repair": Entry(MANAGER, {"producer": "HQ", "doctype": NOTE, "names": ["absent"]}),
	SETTING_UP + "get_presets": Entry(MANAGER, writes=False),
	SETTING_UP + "get_preset": Entry(MANAGER, {"name": "absent"}, writes=False),
	SETTING_UP + "get_needed": Entry(MANAGER, {"doctypes": ["absent"]}, writes=False),
	PRODUCER + "move_link": Entry(MANAGER, {"producer": "absent", "url": NOBODY}),
	PRODUCER + "unpair": Entry(MANAGER, {"producer": "absent"}),
	CONSUMER + "get_link_state": Entry(MANAGER, {"consumer": "BRANCH"}, writes=False),
	CONSUMER + "inspect_request": Entry(MANAGER, {"consumer": "BRANCH"}, writes=False),
	CONSUMER + "answer": Entry(MANAGER, {"consumer": "BRANCH", "ref_doctype": NOTE, "status": "Approved"}),
	CONSUMER + "enter_code": Entry(MANAGER, {"url": NOBODY, "code": "AAAAA-AAAAA-AAAAA-AAAAA"}),
	CONSUMER + "keep_back": Entry(
		MANAGER, {"consumer": "BRANCH", "ref_doctype": NOTE, "left_out_fields": "", "own_filter": ""}
	),
	CONSUMER + "set_paused": Entry(MANAGER, {"consumer": "BRANCH", "paused": False}),
	CONSUMER + "revoke_key": Entry(MANAGER, {"consumer": "absent"}),
	CONSUMER + "move_link": Entry(MANAGER, {"consumer": "absent", "url": NOBODY}),
	CONSUMER + "unpair": Entry(MANAGER, {"consumer": "absent"}),
	CONSUMER + "approve_all": Entry(MANAGER, {"consumer": "BRANCH"}),
	CONSUMER + "reject_all": Entry(MANAGER, {"consumer": "BRANCH"}),
	INVITATION + "make_code": Entry(MANAGER, {"invitation": "absent"}),
	"event_streaming.desk.cards.changes_behind": Entry(MANAGER),
	"event_streaming.desk.cards.seconds_behind": Entry(MANAGER),
	"event_streaming.desk.cards.failed_changes": Entry(MANAGER),
	"event_streaming.desk.cards.changes_received_today": Entry(MANAGER),
	"event_streaming.desk.tags.remove_tag": Entry(ANYBODY, {"tag": "x", "dt": NOTE, "dn": "absent"}),
	"event_streaming.desk.site_copies.this_site_has_moved": Entry(MANAGER),
	"event_streaming.desk.site_copies.this_is_a_copy": Entry(MANAGER),
	MAPPING + "look_up": Entry(MANAGER, {"mapping": NOTE_MAPPING, "producer": "HQ"}),
	MAPPING + "suggest_fields": Entry(MANAGER, {"mapping": NOTE_MAPPING, "producer": "HQ"}),
	MAPPING + "preview": Entry(MANAGER, {"mapping": NOTE_MAPPING, "producer": "HQ", "name": "absent"}),
	VALUE_MAP + "state": Entry(MANAGER, {"name": "absent"}, writes=False),
	VALUE_MAP + "backwards": Entry(MANAGER, {"name": "absent"}, writes=False),
	VALUE_MAP + "apply_to_documents": Entry(MANAGER, {"name": "absent"}),
	PARKED + "try_document": Entry(MANAGER, {"name": "absent"}),
	LINKED_SITES + "get_sites": Entry(MANAGER, writes=False),
	SYNC_LOG + "resync": Entry(MANAGER, {"name": "absent"}),
	SYNC_LOG + "bulk_resync": Entry(MANAGER, {"names": ["absent"]}),
	SYNC_LOG + "bulk_resync_from_source": Entry(MANAGER, {"names": ["absent"]}),
	SYNC_LOG + "bulk_skip": Entry(MANAGER, {"names": ["absent"]}),
	SYNC_LOG + "resync_from_source": Entry(MANAGER, {"name": "absent"}),
	SYNC_LOG + "skip": Entry(MANAGER, {"name": "absent"}),
}


def functions_for(*callers: str) -> list[str]:
	return [function for function, entry in TABLE.items() if entry.caller in callers]


def whitelisted_functions() -> set[str]:
	"""Found in the source, so that none is missed because nobody imports it."""
	package = Path(CHECKOUT) / "event_streaming"
	found = set()
	for file in package.glob("**/*.py"):
		module = ".".join(file.relative_to(CHECKOUT).with_suffix("").parts)
		if not module.startswith("event_streaming.tests."):
			tree = ast.parse(file.read_text())
			for parent, function in _functions(tree):
				if any("whitelist" in ast.unparse(decorator) for decorator in function.decorator_list):
					found.add(".".join([module, *parent, function.name]))
	return found


def _functions(tree: ast.AST, parent: tuple[str, ...] = ()):
	for node in ast.iter_child_nodes(tree):
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
			yield parent, node
		if isinstance(node, ast.ClassDef | ast.FunctionDef):
			yield from _functions(node, (*parent, node.name))
		elif isinstance(node, ast.If | ast.Try):
			yield from _functions(node, parent)
