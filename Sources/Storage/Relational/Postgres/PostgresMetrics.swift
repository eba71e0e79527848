import Metrics

/// What only the PostgreSQL side has to tell, beside `RelationalMetrics`.
struct PostgresMetrics: Sendable {
    /// From sending a statement to having its result, with what was sent before it.
    static let queries = Timer(label: "aibox_store_query_seconds")
    static let reconnects = Counter(label: "aibox_store_reconnects_total")
    static let replicaReads = Counter(label: "aibox_store_replica_reads_total")

    private let size: Meter
    private let idle: Meter
    private let waiting: Meter

    /// - Parameter pool: `primary`, `replica-0` …
    init(pool: String) {
        let dimensions = [("pool", pool)]
        size = Meter(label: "aibox_store_pool_connections", dimensions: dimensions)
        idle = Meter(label: "aibox_store_pool_idle", dimensions: dimensions)
        waiting = Meter(label: "aibox_store_pool_waiting", dimensions: dimensions)
    }

    func pool(size: Int, idle: Int, waiting: Int) {
        self.size.set(size)
        self.idle.set(idle)
        self.waiting.set(waiting)
    }
}
