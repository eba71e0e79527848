import Metrics

/// What a database tells about itself. Names are the same for both, so that a dashboard serves either.
struct RelationalMetrics: Sendable {
    let commits = Timer(label: "aibox_store_commit_seconds")
    let batches = Recorder(label: "aibox_store_batch_rows", aggregate: true)
    let failures = Counter(label: "aibox_store_failures_total")
    let queueDepth = Meter(label: "aibox_store_queue_depth")
    let reads = Timer(label: "aibox_store_read_seconds")

    func committed(_ count: Int, in duration: Duration) {
        commits.recordNanoseconds(Int64(duration / .nanoseconds(1)))
        batches.record(count)
    }

    func read(in duration: Duration) {
        reads.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}
