import AIBoxAPI
import Metrics

/// What the spool tells of itself.
struct SpoolMetrics: Sendable {
    private let records = Meter(label: "aibox_spool_records")
    private let bytes = Meter(label: "aibox_spool_bytes")
    private let age = Meter(label: "aibox_spool_oldest_age_seconds")
    private let syncs = Timer(label: "aibox_spool_sync_seconds")
    private let appended = Counter(label: "aibox_spool_appended_total")
    private let drained = Counter(label: "aibox_spool_drained_total")
    private let rejected = Counter(label: "aibox_spool_rejected_total")
    private let refused = Counter(label: "aibox_spool_refused_total")

    func written(_ count: Int, in duration: Duration) {
        appended.increment(by: count)
        syncs.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }

    func stored(_ count: Int) { drained.increment(by: count) }

    func setAside() { rejected.increment() }

    func refusedOne() { refused.increment() }

    func show(_ status: SpoolIndex.Status) {
        records.set(status.records)
        bytes.set(status.bytes)
        age.set(status.age)
    }
}

extension SpoolIndex.Status {
    /// Seconds for which the oldest record has waited.
    var age: Double {
        guard let oldest else { return 0 }
        return max(0, Double(Timestamp.now.milliseconds - oldest.milliseconds) / 1000)
    }

    /// The health check `spool`.
    var check: String {
        if isFull { return "full: \(records) waiting, oldest \(Int(age)) s; is the data manager up?" }
        return records == 0 ? "ok" : "\(records) waiting, oldest \(Int(age)) s"
    }
}
