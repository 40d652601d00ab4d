frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Changes per Hour"] = {
	method: "event_streaming.event_streaming.dashboard_chart_source.changes_per_hour.changes_per_hour.get",
	filters: [],
};
