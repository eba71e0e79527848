/// The `# HELP` text of every metric, in one table.
enum MetricHelp {
    static func text(_ name: String) -> String {
        table[name] ?? "See the documentation of the library that records it."
    }

    static let table: [String: String] = [
        "aibox_analysis_stage_seconds": "Time of one stage of an analysis, by stage and task.",
        "aibox_http_request_seconds": "Time from the request's head to the end of the answer.",
        "aibox_http_requests_total": "Requests answered.",
        "aibox_metrics_dropped_label_sets_total":
            "Times a metric was asked for with a label set beyond the bound, or as another kind.",
        "aibox_store_batch_rows": "Writes that shared one transaction.",
        "aibox_store_commit_seconds": "Time of one durable transaction, from BEGIN to the end of the fsync.",
        "aibox_store_failures_total": "Writes that failed with their whole transaction.",
        "aibox_queue_waiting": "Callers waiting for a slot, by queue.",
        "aibox_store_queue_depth": "Writes waiting for a transaction.",
        "aibox_store_rows_total": "Rows stored durably, by table.",
    ]
}
