app_name = "frappe"
app_title = "Frappe Framework"
app_publisher = "Event Streaming contributors"
app_description = "The part of Frappe that Event Streaming uses"
app_email = "none@example.com"
app_license = "MIT"

permission_query_conditions = {
	"Event": "frappe.desk.doctype.event.event.get_permission_query_conditions",
	"Note": "frappe.desk.doctype.note.note.get_permission_query_conditions",
	"ToDo": "frappe.desk.doctype.todo.todo.get_permission_query_conditions",
}
has_permission = {
	"File": "frappe.core.doctype.file.file.has_permission",
	"Event": "frappe.desk.doctype.event.event.has_permission",
	"Note": "frappe.desk.doctype.note.note.has_permission",
	"ToDo": "frappe.desk.doctype.todo.todo.has_permission",
}

# Links from these don't keep a document from being deleted.
ignore_links_on_delete = ["Version", "Comment", "Tag Link", "ToDo"]
