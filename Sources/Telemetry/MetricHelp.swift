/// The `# HELP` text of every metric, in one table.
enum MetricHelp {
    static func text(_ name: String) -> String {
        table[name] ?? "See the documentation of the library that records it."
    }

    private static let table: [String: String] = [
        "aibox_metrics_dropped_label_sets_total":
            "Times a metric was asked for with a label set beyond the bound, or as another kind.",
        "aibox_store_batch_rows": "Writes that shared one transaction.",
        "aibox_store_commit_seconds": "Time of one durable commit, from BEGIN to the end of the fsync.",
        "aibox_store_failures_total": "Writes that failed, by reason.",
        "aibox_store_queue_depth": "Writes waiting for a transaction.",
        "aibox_store_rows_total": "Rows stored durably, by table.",
        "hb_request_errors_total": "Requests that ended in a thrown error.",
        "hb_requests_total": "Requests answered.",
        "http_server_active_requests": "Requests being answered now.",
        "http_server_request_duration_seconds": "Time from the request's head to the end of the answer.",
    ]
}
