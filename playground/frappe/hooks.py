app_name = "frappe"
app_title = "Frappe Framework"
app_publisher = "Event Streaming contributors"
app_description = "The part of Frappe that Event Streaming uses"
app_email = "none@example.com"
app_license = "MIT"

# Links from these don't keep a document from being deleted.
ignore_links_on_delete = ["Version", "Comment"]
