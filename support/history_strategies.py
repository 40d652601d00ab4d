"""Histories of a site, made up by Hypothesis: what `support.history` does, and when the other site pulls."""

import json

from hypothesis import strategies as st

INVOICE, ITEM, CUSTOMER, SUPPLIER = "Shop Invoice", "Shop Item", "Shop Customer", "Shop Supplier"
ADDRESS, TERRITORY, TICKET = "Shop Address", "Shop Territory", "Shop Ticket"
NOTE, SAMPLER = "Shop Note", "Shop Field Sampler"
SHOP = [TERRITORY, ADDRESS, SUPPLIER, ITEM, CUSTOMER, INVOICE, TICKET, NOTE, SAMPLER]
RENAMED = [TERRITORY, SUPPLIER, ITEM, CUSTOMER, NOTE]
DELETED = [*SHOP, INVOICE, TICKET, NOTE, SAMPLER]  # those that others link to can't go
NAMED_BY = {TERRITORY: "territory_name", ITEM: "item_code", CUSTOMER: "customer_name"}

# few, so that names are taken, left and taken again; two are the same to a database that ignores case
NAMES = [
	"Alpha",
	"ALPHA",
	"Beta",
	"Gamma",
	"Ärger & Söhne",
	"100% sure",
	"a/b?c#d",
	"名前",
	"x' OR '1'='1",
]
NASTY = [
	"", " leads", "trails ", "a\nb\tc", "<b>bold</b> & <script>x()</script>", "a < b && c > d", "%s %(x)s {0} {{ x }}",
	"NULL", "null", "0", "😀" * 5, "\\ \\n \"quoted\" 'single'", "é é", "-es", "2024-02-30",
]  # fmt: skip

picks = st.integers(0, 6)
names = st.one_of(st.sampled_from(NAMES), st.text("ABCDEF", min_size=2, max_size=3))
characters = st.characters(exclude_categories=("Cs", "Cc"))
lines = st.one_of(st.sampled_from(NASTY), st.text(characters, max_size=30))
titles = st.one_of(names, st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20))
texts = st.one_of(lines, st.text(characters, max_size=200), st.just("long " * 50))
html = st.one_of(
	lines,
	st.sampled_from(["<p>Hello <strong>you</strong></p>", "<div><table><tr><td>1</td></tr></table></div>"]),
)
whole_numbers = st.integers(-(2**31) + 1, 2**31 - 1)
numbers = st.floats(-(10**9), 10**9, allow_nan=False).map(lambda number: round(number, 6))
amounts = st.floats(0, 10**6).map(lambda number: round(number, 2))
dates = st.dates().filter(lambda day: day.year >= 1000).map(str)
datetimes = (
	st.datetimes().filter(lambda moment: moment.year >= 1000).map(lambda moment: moment.isoformat(" "))
)
times = st.times().map(str)
checks = st.integers(0, 1)
json_texts = st.recursive(st.none() | st.booleans() | whole_numbers | lines, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(lines, inner, max_size=3), max_leaves=5).map(json.dumps)  # fmt: skip
maybe = st.none


@st.composite
def _some_of(draw, strategies: dict) -> dict:
	chosen = draw(st.lists(st.sampled_from(list(strategies)), max_size=5, unique=True)) if strategies else []
	return {field: draw(strategies[field]) for field in chosen}


def fields(**strategies) -> st.SearchStrategy[dict]:
	"""Values for some of the fields; a few only, so that Hypothesis has choices left for a long history."""
	return _some_of(strategies)


SAMPLER_FIELDS = {
	"title": titles,
	"autocomplete_field": st.sampled_from([None, "Red", "Green"]),
	"attach_field": st.sampled_from([None, "/files/absent.pdf", "https://example.com/a.pdf"]),
	"attach_image_field": st.sampled_from([None, "/files/absent.png"]),
	"barcode_field": st.sampled_from([None, "<svg>4006381333931</svg>", "123"]),
	"check_field": checks,
	"code_field": texts | maybe(),
	"color_field": st.sampled_from([None, "#29CD42", "#000000"]),
	"currency_field": numbers | maybe(),
	"data_field": lines | maybe(),
	"date_field": dates | maybe(),
	"datetime_field": datetimes | maybe(),
	"duration_field": st.integers(0, 10**8) | maybe(),
	"float_field": numbers | maybe(),
	"geolocation_field": st.sampled_from([None, '{"type":"FeatureCollection","features":[]}']),
	"html_editor_field": html | maybe(),
	"icon_field": st.sampled_from([None, "star"]),
	"int_field": whole_numbers | maybe(),
	"json_field": json_texts | maybe(),
	"long_text_field": texts | maybe(),
	"markdown_field": texts | maybe(),
	"password_field": st.sampled_from(["secret", "other"]),
	"percent_field": numbers | maybe(),
	"phone_field": st.sampled_from([None, "+49-42112345"]),
	"read_only_field": lines | maybe(),
	"rating_field": st.sampled_from([0, 0.2, 0.5, 1]) | maybe(),
	"select_field": st.sampled_from(["", "One", "Two"]),
	"signature_field": st.sampled_from([None, "data:image/png;base64,iVBORw0KGgo="]),
	"small_text_field": lines | maybe(),
	"text_field": texts | maybe(),
	"text_editor_field": html | maybe(),
	"time_field": times | maybe(),
}
ROW_FIELDS = {
	"label": lines | maybe(),
	"check_field": checks,
	"date_field": dates | maybe(),
	"datetime_field": datetimes | maybe(),
	"time_field": times | maybe(),
	"float_field": numbers | maybe(),
	"int_field": whole_numbers | maybe(),
	"json_field": json_texts | maybe(),
	"text_field": texts | maybe(),
	"password_field": st.sampled_from(["secret", "other"]),
}
FIELDS = {
	TERRITORY: fields(manager_name=lines | maybe(), is_group=checks),
	ADDRESS: fields(city=lines | maybe(), address_line=lines | maybe()),
	SUPPLIER: fields(supplier_name=titles, lead_time=whole_numbers),
	ITEM: fields(item_name=lines, standard_rate=amounts, description=html | maybe(), disabled=checks),
	CUSTOMER: fields(
		contact_person=titles, tax_id=lines | maybe(), customer_since=dates | maybe(), discount=st.integers(0, 120),
		credit_limit=amounts, remarks=lines | maybe(), customer_group=st.sampled_from(["Retail", "Public"]),
	),
	INVOICE: fields(posting_date=dates, posting_time=times, notes=lines | maybe(), status=st.sampled_from(["Draft", "Paid"])),
	TICKET: fields(subject=titles, status=st.sampled_from(["Open", "Replied", "Closed"]), opened_on=dates),
	NOTE: fields(
		title=titles, content=html | maybe(), priority=whole_numbers, status=st.sampled_from(["Open", "Closed"]),
		tags_text=lines | maybe(),
	),
	SAMPLER: fields(**SAMPLER_FIELDS),
}  # fmt: skip
REQUIRED = {
	TERRITORY: {"territory_name": names, "is_group": st.just(1)},
	ADDRESS: {"address_title": titles},
	SUPPLIER: {"supplier_name": titles},
	ITEM: {"item_code": names},
	CUSTOMER: {"customer_name": names, "contact_person": titles},
	INVOICE: {"posting_date": dates},
	TICKET: {"subject": titles},
	NOTE: {"title": titles},
	SAMPLER: {"title": titles},
}
link = picks | maybe()


def dynamic(*doctypes: str) -> st.SearchStrategy:
	return st.tuples(st.sampled_from(doctypes), picks).map(list) | maybe()


LINKS = {
	TERRITORY: fields(parent_shop_territory=link),
	ADDRESS: fields(),
	SUPPLIER: fields(primary_address=link, territory=link),
	ITEM: fields(supplier=link, alternative_item=link),
	CUSTOMER: fields(territory=link),
	INVOICE: fields(territory=link, party=dynamic(CUSTOMER, SUPPLIER)),
	TICKET: fields(customer=link, caused_by=link, reference_name=dynamic(TICKET, NOTE, ITEM)),
	NOTE: fields(),
	SAMPLER: fields(link_field=link, dynamic_link_field=dynamic(NOTE, CUSTOMER)),
}


def row(
	values: dict, optional: dict | None = None, links: dict | None = None, required_links: dict | None = None
):
	return st.fixed_dictionaries(
		{
			"values": st.fixed_dictionaries(values, optional=optional or {}),
			"links": st.fixed_dictionaries(required_links or {}, optional=links or {}),
		}
	)


ROWS = {
	(ADDRESS, "links"): row({"link_title": lines}, {}, {}, {"link_name": st.tuples(st.sampled_from([SUPPLIER, CUSTOMER]), picks).map(list)}),
	(INVOICE, "items"): row({"qty": st.integers(1, 9)}, {"rate": amounts, "warehouse": lines}, {"delivered_to": link}, {"item": picks}),
	(INVOICE, "taxes"): row({"description": titles}, {"rate": st.integers(0, 50)}),
	(TICKET, "related_tickets"): row({"relation": st.sampled_from(["Duplicate", "Blocks"])}, {}, {"link_name": dynamic(NOTE, TICKET)}, {"ticket": picks}),
	(SAMPLER, "rows"): row({}, ROW_FIELDS),
	(SAMPLER, "territories"): row({}, {}, {}, {"territory": picks}),
}  # fmt: skip
ROW_VALUES = {
	(ADDRESS, "links"): fields(link_title=lines),
	(INVOICE, "items"): fields(qty=st.integers(1, 9), warehouse=lines, description=lines),
	(INVOICE, "taxes"): fields(rate=st.integers(0, 50), description=titles),
	(TICKET, "related_tickets"): fields(relation=st.sampled_from(["Duplicate", "Blocks"])),
	(SAMPLER, "rows"): fields(**ROW_FIELDS),
}

KINDS = (
	["insert"] * 7 + ["update"] * 7 + ["edit_rows"] * 8 + ["submit"] * 3 + ["cancel"] * 2 + ["amend"] * 2
	+ ["rename"] * 3 + ["merge"] + ["delete"] * 4 + ["recreate"] * 2 + ["db_set"] * 2 + ["db_set_row"] + ["row_alone"] + ["undo"]
)  # fmt: skip


@st.composite
def steps(draw, doctypes: tuple[str, ...] = tuple(SHOP), depth: int = 0) -> dict:
	kind = draw(st.sampled_from(KINDS))
	if kind == "undo":
		inner = draw(st.lists(steps(doctypes, depth + 1), min_size=1, max_size=3)) if not depth else []
		return {"do": "undo", "steps": inner}
	if kind in ("submit", "cancel", "amend"):
		step = {"do": kind, "doctype": INVOICE, "pick": draw(picks)}
		return {**step, "values": draw(FIELDS[INVOICE])} if kind == "amend" else step
	if kind in ("edit_rows", "db_set_row", "row_alone"):
		return draw(row_steps(kind))
	if kind in ("rename", "merge"):
		step = {"do": kind, "doctype": draw(st.sampled_from(RENAMED)), "pick": draw(picks)}
		return {**step, "new_name": draw(names)} if kind == "rename" else {**step, "into": draw(picks)}
	doctype = draw(st.sampled_from(doctypes))
	if kind == "insert":
		return draw(inserts(doctype))
	if kind == "delete":
		return {"do": "delete", "doctype": draw(st.sampled_from(DELETED)), "pick": draw(picks)}
	if kind == "recreate":
		doctype, field = draw(st.sampled_from(list(NAMED_BY.items())))
		again = {key: value for key, value in draw(inserts(doctype)).items() if key != "number"}
		return {**again, "do": "recreate", "pick": draw(picks), "named_by": field}
	values, links = draw(FIELDS[doctype]), draw(LINKS[doctype])
	if kind == "db_set":
		values, links = unchecked(values), unchecked(links)
	return {"do": kind, "doctype": doctype, "pick": draw(picks), "values": values, "links": links}


@st.composite
def inserts(draw, doctype: str) -> dict:
	values = {
		**draw(FIELDS[doctype]),
		**{field: draw(strategy) for field, strategy in REQUIRED[doctype].items()},
	}
	links = draw(LINKS[doctype])
	rows = {
		table: draw(st.lists(strategy, min_size=1 if table == "items" else 0, max_size=3))
		for (holder, table), strategy in ROWS.items()
		if holder == doctype
	}
	if doctype == INVOICE:
		links["customer"] = draw(picks)
		values.pop("status", None)
	submitted = doctype == INVOICE and draw(st.booleans())
	step = {
		"do": "insert",
		"doctype": doctype,
		"values": values,
		"links": links,
		"rows": rows,
		"submit": submitted,
	}
	if doctype in NAMED_BY and draw(st.sampled_from([True, True, True, False])):
		step["number"] = NAMED_BY[doctype]
	return step


@st.composite
def row_steps(draw, kind: str) -> dict:
	doctype, table = draw(st.sampled_from(list(ROW_VALUES)))
	step = {"doctype": doctype, "pick": draw(picks), "table": table}
	if kind == "edit_rows":
		return {"do": kind, **step, "edits": draw(st.lists(edits(doctype, table), min_size=1, max_size=4))}
	if kind == "row_alone":
		kind = draw(st.sampled_from(["insert_row_alone", "save_row_alone", "delete_row_alone"]))
	if kind == "insert_row_alone":
		return {"do": kind, **step, "row": draw(ROWS[doctype, table])}
	step["row"] = draw(picks)
	if kind == "delete_row_alone":
		return {"do": kind, **step}
	return {"do": kind, **step, "values": unchecked(draw(ROW_VALUES[doctype, table]))}


def unchecked(values: dict) -> dict:
	"""What may be set past the controller, Frappe's sanitizing and its map of dynamic links: a replica lets none of
	these pass, so only what they would let pass."""
	return {
		field: value
		for field, value in values.items()
		if field != "discount"
		and value is not None
		and not isinstance(value, list)
		and not (isinstance(value, str) and set(value) & set("<>&"))
	}


def edits(doctype: str, table: str) -> st.SearchStrategy[list]:
	new = ROWS[doctype, table]
	changed = st.fixed_dictionaries({"values": ROW_VALUES[doctype, table]})
	return st.one_of(
		st.tuples(st.just("add"), new),
		st.tuples(st.just("change"), picks, changed),
		st.tuples(st.just("remove"), picks),
		st.tuples(st.just("move"), picks, picks),
	).map(list)


def transactions(turn: str, longest: int = 14) -> st.SearchStrategy[dict]:
	return st.fixed_dictionaries(
		{
			"turn": st.just(turn),
			"steps": st.lists(steps(), min_size=4, max_size=longest),
			"commit": st.sampled_from([True] * 7 + [False]),
		}
	)


def turns() -> st.SearchStrategy[dict]:
	pulls = st.fixed_dictionaries(
		{
			"turn": st.just("pull"),
			"page": st.sampled_from([1, 3, 100]),
			"batches": st.sampled_from([1, 2, None]),
		}
	)
	held = st.fixed_dictionaries(
		{
			"turn": st.just("held transaction"),
			"steps": st.lists(steps(), min_size=1, max_size=4),
			"more_steps": st.lists(steps(), max_size=4),
			"commit": st.booleans(),
		}
	)
	return st.one_of(
		*[transactions("transaction")] * 5, *[pulls] * 3, held, transactions("paused transaction", longest=5)
	)


def histories(longest: int = 40) -> st.SearchStrategy[dict]:
	"""`{"begins": with what there is before, "turns": […]}`.

	`begins` is an operation that makes `OLD_SHOP`, so that the Update Log knows of it or not; None begins with nothing.
	"""
	begins = st.sampled_from(["run_steps", "run_unheard", "run_steps", "run_unheard", None])
	return st.fixed_dictionaries(
		{"begins": begins, "turns": st.lists(turns(), min_size=min(10, longest // 2), max_size=longest)}
	)


def _insert(doctype: str, values: dict, links: dict | None = None, rows: dict | None = None) -> dict:
	return {"do": "insert", "doctype": doctype, "values": values, "links": links or {}, "rows": rows or {}}


OLD_SHOP = [
	_insert(TERRITORY, {"territory_name": "World", "is_group": 1}),
	_insert(TERRITORY, {"territory_name": "Gamma", "is_group": 1}, {"parent_shop_territory": 0}),
	_insert(ADDRESS, {"address_title": "Old"}),
	_insert(SUPPLIER, {"supplier_name": "Old"}, {"primary_address": 0, "territory": 1}),
	_insert(ADDRESS, {"address_title": "New"}, {}, {"links": [{"values": {}, "links": {"link_name": [SUPPLIER, 0]}}]}),
	_insert(ITEM, {"item_code": "Old", "standard_rate": 3}, {"supplier": 0}),
	_insert(ITEM, {"item_code": "Beta"}, {"alternative_item": 0}),
	_insert(CUSTOMER, {"customer_name": "Old", "contact_person": "Ada"}, {"territory": 1}),
	_insert(CUSTOMER, {"customer_name": "Beta", "contact_person": "Bob"}),
	_insert(NOTE, {"title": "Old"}),
	_insert(NOTE, {"title": "Older"}),
	_insert(
		INVOICE, {"posting_date": "2026-01-01"}, {"customer": 0},
		{"items": [{"values": {"qty": number}, "links": {"item": number}} for number in range(1, 4)]},
	),
	_insert(
		INVOICE, {"posting_date": "2026-01-02"}, {"customer": 1, "party": [SUPPLIER, 0]},
		{
			"items": [{"values": {"qty": 1}, "links": {"item": 1}}, {"values": {"qty": 3}, "links": {"item": 0, "delivered_to": 0}}],
			"taxes": [{"values": {"description": "VAT", "rate": 19}}, {"values": {"description": "Toll", "rate": 2}}],
		},
	),
	{"do": "submit", "doctype": INVOICE, "pick": 1},
	_insert(TICKET, {"subject": "Old"}, {"customer": 0}),
	_insert(TICKET, {"subject": "Older"}, {"caused_by": 0}, {"related_tickets": [{"values": {}, "links": {"ticket": 0}}]}),
	_insert(SAMPLER, {"title": "Old"}, {"link_field": 1}, {"rows": [{"values": {"label": str(number)}} for number in range(4)]}),
]  # fmt: skip
