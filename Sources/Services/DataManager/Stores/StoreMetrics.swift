import Metrics

/// What the data manager tells of what it stores; the database tells of itself.
struct StoreMetrics: Sendable {
    private let inferences = Counter(label: "aibox_store_rows_total", dimensions: [("table", "inferences")])
    private let detections = Counter(label: "aibox_store_rows_total", dimensions: [("table", "detections")])

    func stored(detections count: Int) {
        inferences.increment()
        detections.increment(by: count)
    }
}

/// What the data manager tells of the events that it passes on.
struct RelayMetrics: Sendable {
    let relayed = Counter(label: "aibox_events_relayed_total")
    let failures = Counter(label: "aibox_events_relay_failures_total")
    let behind = Gauge(label: "aibox_events_relay_behind")
}

/// What the data manager tells of what it sends to webhooks.
struct WebhookMetrics: Sendable {
    private let succeeded = Counter(label: "aibox_webhook_attempts_total", dimensions: [("outcome", "succeeded")])
    private let failed = Counter(label: "aibox_webhook_attempts_total", dimensions: [("outcome", "failed")])

    func attempted(_ outcome: WebhookOutcome) { (outcome.isSuccess ? succeeded : failed).increment() }
}
