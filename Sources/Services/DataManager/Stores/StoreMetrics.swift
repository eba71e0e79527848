import Metrics

/// What the store tells about itself.
struct StoreMetrics: Sendable {
    let commits = Timer(label: "aibox_store_commit_seconds")
    let batches = Recorder(label: "aibox_store_batch_rows", aggregate: true)
    let failures = Counter(label: "aibox_store_failures_total")
    let queueDepth = Meter(label: "aibox_store_queue_depth")
    private let inferences = Counter(label: "aibox_store_rows_total", dimensions: [("table", "inferences")])
    private let detections = Counter(label: "aibox_store_rows_total", dimensions: [("table", "detections")])

    func committed(_ count: Int, in duration: Duration) {
        commits.recordNanoseconds(Int64(duration / .nanoseconds(1)))
        batches.record(count)
    }

    func stored(detections count: Int) {
        inferences.increment()
        detections.increment(by: count)
    }
}
