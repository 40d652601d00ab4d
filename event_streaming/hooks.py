from event_streaming.desk.launcher import tiles

app_name = "event_streaming"
app_title = "Event Streaming"
app_publisher = "Event Streaming contributors"
app_description = "Keeps documents equal on several Frappe sites"
app_license = "mit"

add_to_apps_screen = tiles()

before_install = "event_streaming.install.before_install"
after_install = "event_streaming.install.after_install"
after_migrate = ["event_streaming.install.after_migrate"]
before_uninstall = "event_streaming.install.before_uninstall"
after_uninstall = "event_streaming.install.after_uninstall"

app_include_js = ["/assets/event_streaming/js/streamed_document.js"]
doctype_js = {
	"Document Type Mapping": "public/js/event_streaming.js",
	"Event Producer": [
		"public/js/event_streaming.js",
		"public/js/producer_state.js",
		"public/js/subscribed_rows.js",
		"public/js/differences.js",
		"public/js/trial_run.js",
		"public/js/existing_documents.js",
	],
	"Event Consumer": ["public/js/event_streaming.js", "public/js/requested_doctypes.js"],
	"Event Difference": "public/js/event_streaming.js",
	"Event Sync Log": ["public/js/event_streaming.js", "public/js/change_view.js"],
	"Update Log": ["public/js/event_streaming.js", "public/js/change_view.js"],
}
doctype_list_js = {
	"Event Backfill": "public/js/event_streaming.js",
	"Event By-Product": "public/js/event_streaming.js",
	"Event Consumer": ["public/js/event_streaming.js", "public/js/requested_doctypes.js"],
	"Event Difference": "public/js/event_streaming.js",
	"Event Producer": "public/js/event_streaming.js",
	"Event Reconciliation": "public/js/event_streaming.js",
	"Event Stream Cursor": "public/js/event_streaming.js",
	"Event Sync Log": "public/js/event_streaming.js",
	"Parked Document": "public/js/event_streaming.js",
	"Remote Document": "public/js/event_streaming.js",
	"Update Log": "public/js/event_streaming.js",
}

auth_hooks = ["event_streaming.link.credentials.authenticate_link"]
before_request = [
	"event_streaming.link.credentials.block_core_sources",
	"event_streaming.link.credentials.take_own_header",
]
after_request = [
	"event_streaming.link.limits.tell_retry_after",
	"event_streaming.link.compression.announce",
	"event_streaming.monitoring.overdue.look_after_request",
]

override_whitelisted_methods = {
	"frappe.desk.doctype.tag.tag.remove_tag": "event_streaming.desk.tags.remove_tag",
}

doc_events = {
	("DocType", "Custom Field", "Property Setter"): {
		"on_update": "event_streaming.document.schema.forget_digests",
		"on_trash": "event_streaming.document.schema.forget_digests",
	},
	"File": {
		"on_change": "event_streaming.producer.files.note_change",
		"after_delete": "event_streaming.producer.files.note_change",
	},
	"Comment": {
		"on_change": "event_streaming.producer.annotations.note_comment",
		"after_delete": "event_streaming.producer.annotations.note_comment",
	},
	"Tag Link": {
		"after_insert": [
			"event_streaming.producer.annotations.note_tag",
			"event_streaming.consumer.files.annotations.forget_tag",
		]
	},
	"ToDo": {
		"on_change": "event_streaming.producer.assignments.note_assignment",
		"after_delete": "event_streaming.producer.assignments.note_assignment",
	},
	"*": {
		"onload": "event_streaming.desk.origin.tell_form",
		"before_insert": [
			"event_streaming.producer.capture.before_saving",
			"event_streaming.consumer.replay.effects.name_document",
		],
		"before_validate": [
			"event_streaming.consumer.identity.read_only.refuse_change",
			"event_streaming.producer.capture.before_saving",
			"event_streaming.consumer.replay.effects.name_rows",
		],
		"before_cancel": [
			"event_streaming.consumer.identity.read_only.refuse_change",
			"event_streaming.producer.capture.before_saving",
		],
		"before_update_after_submit": [
			"event_streaming.consumer.identity.read_only.refuse_change",
			"event_streaming.producer.capture.before_saving",
			"event_streaming.consumer.replay.effects.name_rows",
		],
		"after_insert": [
			"event_streaming.producer.capture.after_insert",
			"event_streaming.consumer.identity.by_products.note",
		],
		"before_rename": "event_streaming.consumer.identity.read_only.refuse_change",
		"on_trash": "event_streaming.consumer.identity.read_only.refuse_change",
		"before_change": [
			"event_streaming.consumer.identity.read_only.refuse_direct_change",
			"event_streaming.producer.capture.before_change",
		],
		"on_change": [
			"event_streaming.producer.capture.on_change",
			"event_streaming.consumer.replay.replayed.note_save",
			"event_streaming.consumer.replay.effects.note_change",
		],
		"after_delete": "event_streaming.producer.capture.after_delete",
		"after_rename": [
			"event_streaming.producer.capture.after_rename",
			"event_streaming.consumer.identity.register.follow_local_rename",
			"event_streaming.consumer.identity.by_products.follow_local_rename",
		],
	},
}

scheduler_events = {
	"cron": {"* * * * *": ["event_streaming.scheduled.each_minute"]},
	"daily": [
		"event_streaming.producer.retention.purge",
		"event_streaming.consumer.files.parts.forget_old",
	],
}

event_streaming_worked_out = {  # of ERPNext
	"Serial No": ["warehouse", "status"],
	"Batch": ["batch_qty"],
	"Serial and Batch Bundle": ["is_cancelled"],
	"Payment Entry": ["total_allocated_amount", "base_total_allocated_amount", "unallocated_amount"],
	"POS Opening Entry": ["status", "pos_closing_entry"],
	"POS Invoice": ["consolidated_invoice"],
	"Payment Request": ["outstanding_amount", "status"],
	"Dunning": ["status"],
	"Sales Order": ["delivery_status", "billing_status", "advance_payment_status"],
	"Purchase Order": ["advance_payment_status"],
	"Delivery Note": ["installation_status"],
	"Purchase Invoice": ["status"],
	# rows
	"Payment Schedule": [
		"paid_amount",
		"outstanding",
		"discounted_amount",
		"base_paid_amount",
		"base_outstanding",
	],
	"Sales Order Item": ["produced_qty"],
	"Sales Invoice Item": ["delivered_qty"],
	"Work Order Item": ["transferred_qty", "consumed_qty", "returned_qty"],
	"Work Order Operation": ["completed_qty", "status"],
}
event_streaming_not_worked_out = {  # of ERPNext
	"Journal Entry Account": ["debit", "credit"],  # of an exchange gain or loss nothing else says them
	"Stock Reservation Entry": [
		"available_qty",
		"voucher_qty",
		"voucher_type",
		"from_voucher_type",
	],  # it is nothing without
	"Packed Item": ["actual_qty", "incoming_rate"],  # the rate is that of as many as were in stock
}
event_streaming_made_on_submit = {"POS Closing Entry": ["POS Invoice", "Sales Invoice"]}  # of ERPNext
event_streaming_made_by = {  # of ERPNext
	"Payment Entry": {"make_exchange_gain_loss_journal": "Journal Entry"},
	"Journal Entry": {"make_exchange_gain_loss_journal": "Journal Entry"},  # of an advance, by the invoice
	"Sales Invoice": {
		"make_exchange_gain_loss_journal": "Journal Entry",
		"depreciate_asset_on_sale": ["Asset Depreciation Schedule", "Journal Entry"],
	},
	"Purchase Invoice": {"make_exchange_gain_loss_journal": "Journal Entry", "auto_make_assets": "Asset"},
	"Purchase Receipt": {"auto_make_assets": "Asset"},
	"Asset": {"make_asset_movement": "Asset Movement"},
	"Asset Depreciation Schedule": {"insert": "Asset Depreciation Schedule"},  # by functions, of an Asset
	"Asset Value Adjustment": {
		"make_depreciation_entry": "Journal Entry",
		"make_asset_revaluation_entry": "Journal Entry",  # from version 16 on
		"update_asset": "Asset Depreciation Schedule",
	},
	"Promotional Scheme": {"update_pricing_rules": "Pricing Rule"},
	"Work Order": {"create_job_card": "Job Card"},
	"Project": {"copy_from_template": "Task"},
}
event_streaming_left_to_source = {  # of ERPNext: who sells or scraps an asset cancels its schedule, and keeps the entries
	"Asset Depreciation Schedule": {"cancel_depreciation_entries": "Journal Entry"},
}
event_streaming_written_past_hooks = {  # of ERPNext
	"Purchase Invoice": {"auto_make_assets": "Asset"},
	"Purchase Receipt": {"auto_make_assets": "Asset"},
}

event_streaming_checks_of_the_past = {  # of ERPNext: whether a till's shift is open, and of today; whether goods are inspected by now
	"POS Invoice": ["validate_pos_opening_entry"],
	"Sales Invoice": ["validate_pos_opening_entry", "validate_inspection"],
	"POS Closing Entry": ["validate_pos_opening_entry"],
	"Delivery Note": ["validate_inspection"],
	"Purchase Receipt": ["validate_inspection"],
	"Purchase Invoice": ["validate_inspection"],
	"Stock Entry": ["validate_inspection"],
	"Subcontracting Receipt": ["validate_inspection"],
	"Packing Slip": ["validate_delivery_note", "validate_items"],  # whether the delivery is still a draft
	"Pick List": [  # whether it can be picked now
		"validate_expired_batches",
		"validate_stock_qty",
		"check_serial_no_status",
		"validate_sales_order_percentage",
		"validate_sales_order",
	],
}

event_streaming_after_direct_change = {  # of ERPNext: Payment Reconciliation; Update Items, Close, Stop
	"Payment Entry": ["event_streaming.consumer.replay.payment_ledger.post_again"],
	"Journal Entry": ["event_streaming.consumer.replay.payment_ledger.post_again"],
	"Sales Order": ["event_streaming.consumer.replay.changed_orders.count_again"],
	"Purchase Order": ["event_streaming.consumer.replay.changed_orders.count_again"],
	"Material Request": ["event_streaming.consumer.replay.changed_orders.count_again"],
	"Work Order": ["event_streaming.consumer.replay.changed_orders.count_again"],
}

default_log_clearing_doctypes = {"Event Sync Log": 90, "Event By-Product": 90, "Event Streaming Alert": 90}

# What is on its way, and who attends to it, is no cache: each rename on a site clears that. What is one goes by `clear_cache`.
persistent_cache_keys = ["event_streaming:"]
clear_cache = [
	"event_streaming.document.schema.forget_digests",
	"event_streaming.producer.consumed_doctypes.forget_cached",
	"event_streaming.consumer.identity.read_only.forget_cached",
]

ignore_links_on_delete = [
	"Event Producer Document Type",
	"Event Consumer Document Type",
	"Event Invitation",
	"Event Sync Log",
	"Update Log",
]

export_python_type_annotations = True
require_type_annotated_api_methods = True
