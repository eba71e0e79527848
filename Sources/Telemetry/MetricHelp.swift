/// The `# HELP` text of every metric, in one table.
enum MetricHelp {
    static func text(_ name: String) -> String {
        table[name] ?? "See the documentation of the library that records it."
    }

    static let table: [String: String] = [
        "aibox_analysis_stage_seconds": "Time of one stage of an analysis, by stage and task.",
        "aibox_events_relay_behind": "Events stored and not yet passed on to Redis.",
        "aibox_events_relay_failures_total": "Attempts to pass events on to Redis that failed.",
        "aibox_events_relayed_total": "Events passed on to Redis, repetitions included.",
        "aibox_http_request_seconds": "Time from the request's head to the end of the answer.",
        "aibox_http_requests_total": "Requests answered.",
        "aibox_metrics_dropped_label_sets_total":
            "Times a metric was asked for with a label set beyond the bound, or as another kind.",
        "aibox_spool_appended_total": "Records written to the spool, fsynced.",
        "aibox_spool_bytes": "Bytes of records that wait in the spool.",
        "aibox_spool_drained_total": "Records of the spool that the data manager has stored.",
        "aibox_spool_oldest_age_seconds": "Time for which the oldest record of the spool has waited.",
        "aibox_spool_records": "Records that wait in the spool.",
        "aibox_spool_refused_total": "Analyses refused because the spool was full.",
        "aibox_spool_rejected_total": "Records of the spool that the data manager refused; they were set aside.",
        "aibox_spool_sync_seconds": "Time of one durable write to the spool, which concurrent records share.",
        "aibox_store_batch_rows": "Writes that shared one transaction.",
        "aibox_store_commit_seconds": "Time of one durable transaction, from BEGIN to the end of the fsync.",
        "aibox_store_failures_total": "Writes that failed with their whole transaction.",
        "aibox_query_cache_store_failures_total": "Calls of the query cache to its store that failed.",
        "aibox_query_cache_total":
            "Answers of the query cache: kept (hit), computed (miss), or computed for another (shared).",
        "aibox_queue_waiting": "Callers waiting for a slot, by queue.",
        "aibox_store_queue_depth": "Writes waiting for a transaction.",
        "aibox_store_rows_total": "Rows stored durably, by table.",
        "aibox_webhook_attempts_total": "Attempts to send an event to a webhook, by outcome.",
    ]
}
