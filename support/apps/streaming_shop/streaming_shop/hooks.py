app_name = "streaming_shop"
app_title = "Streaming Shop"
app_publisher = "Event Streaming"
app_description = "A small shop whose documents the tests of Event Streaming send from site to site"
app_email = "hello@example.com"
app_license = "mit"

before_job = ["streaming_shop.armed.before_job"]
before_request = ["streaming_shop.sabotage.before_request"]

doc_events = {"*": {"on_change": "streaming_shop.outside.mark_bill"}}

has_permission = {"Shop Region": "streaming_shop.permissions.may_see_region"}
permission_query_conditions = {"Shop Article": "streaming_shop.permissions.listed_articles"}

event_streaming_outside_effects = ["streaming_shop.outside.report"]
event_streaming_after_direct_change = {"Shop Payment": ["streaming_shop.reconciliation.post_again"]}
event_streaming_before_replay = ["streaming_shop.adapt.before_replay"]
event_streaming_checks_of_the_past = {"Shop Voucher": ["check_shift"]}
event_streaming_made_by = {
	"Shop Article": {"ask_for_photos": "Shop Article Task"},
	"Shop Bill": {"make_vouchers": "Shop Voucher", "pack_again": "Shop Packing"},
	"Shop Payment": {"book_difference": "Shop Voucher"},
	"Shop Packing": {"insert": "Shop Packing"},
}
event_streaming_made_on_submit = {"Shop Closing": ["Shop Voucher"]}
event_streaming_left_to_source = {"Shop Bill": {"take_gifts_back": "Shop Voucher"}}
event_streaming_written_past_hooks = {"Shop Bill": {"write_postings": "Shop Posting"}}
event_streaming_presets = ["presets/shop.json"]
event_streaming_worked_out = {"Shop Payment": ["unallocated"]}
