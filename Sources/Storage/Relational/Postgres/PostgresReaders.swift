import Dispatch
import Foundation
import Synchronization

/// Threads with a reading connection each, opened when first needed, and the reads that wait for one.
final class PostgresReaders: Sendable {
    private struct Read: Sendable {
        let run: @Sendable (inout PostgresConnection?) -> Void
        let refuse: @Sendable (StorageError) -> Void
        let deadline: ContinuousClock.Instant
    }

    private struct State {
        /// In order of arrival, which is that of their deadlines.
        var waiting: [Read] = []
        var idle = 0
        var open = 0
        var isClosed = false
        /// Whether the deadline of the first one is watched.
        var isWatched = false
    }

    private static let busy = StorageError(.busy, "more is to be read than there are connections for")
    private static let closed = StorageError(.closed, "the database is closed")

    private let options: PostgresConnection.Options
    private let count: Int
    private let queueLimit: Int
    private let waitLimit: Duration
    private let metrics: PostgresMetrics
    private let longReads = LongReads()
    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)
    private let threads = DispatchGroup()

    /// - Parameters:
    ///   - name: `primary`, `replica-0` … for metrics and the names of threads.
    ///   - count: connections.
    ///   - queueLimit: reads that may wait for one; one beyond it is refused as `.busy`.
    ///   - waitLimit: how long one may wait.
    init(name: String, options: PostgresConnection.Options, count: Int, queueLimit: Int, waitLimit: Duration) {
        self.options = options
        self.count = count
        self.queueLimit = queueLimit
        self.waitLimit = waitLimit
        metrics = PostgresMetrics(pool: name)
        for number in 0..<count {
            threads.enter()
            let thread = Thread { [self] in
                serve()
                threads.leave()
            }
            thread.name = "pg-\(name)-\(number)"
            thread.start()
        }
    }

    /// Reads that wait for a connection.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` on a snapshot. A read whose connection broke is run once more on a new one.
    ///
    /// - Parameter minimum: what the server, a replica, must have replayed.
    /// - Throws: `PostgresFailure` when it could not be run, else what `body` throws.
    func read<Value: Sendable>(
        minimum: Int64? = nil, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            enqueue(
                Read(
                    run: { continuation.resume(returning: self.run(body, minimum, on: &$0)) },
                    refuse: { continuation.resume(returning: .failure(PostgresFailure($0))) },
                    deadline: .now + waitLimit))
        }
        return try result.get()
    }

    /// Tells whether the server takes connections; opens one if need be.
    func probe(_ answer: @escaping @Sendable (Bool) -> Void) {
        enqueue(
            Read(
                run: { connection in answer((try? self.open(&connection)) != nil) }, refuse: { _ in answer(false) },
                deadline: .now + waitLimit))
    }

    /// Refuses those that wait, and returns when the threads have ended.
    func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for read in waiting { read.refuse(Self.closed) }
        for _ in 0..<count { arrivals.signal() }
        await withCheckedContinuation { continuation in
            threads.notify(queue: .global()) { continuation.resume() }
        }
    }

    // MARK: Waiting

    private func enqueue(_ read: Read) {
        let refusal: StorageError? = state.withLock {
            if $0.isClosed { return Self.closed }
            guard $0.waiting.count < queueLimit + $0.idle else { return Self.busy }
            $0.waiting.append(read)
            return nil
        }
        if let refusal { return read.refuse(refusal) }
        arrivals.signal()
        watch()
    }

    /// Has the first one that waits refused when its time is over: one timer at most is under way.
    private func watch() {
        let deadline: ContinuousClock.Instant? = state.withLock { state in
            guard !state.isWatched, state.waiting.count > state.idle, let first = state.waiting.first else {
                return nil
            }
            state.isWatched = true
            return first.deadline
        }
        guard let deadline else { return }
        let pause = max(0, (deadline - .now).nanoseconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(pause))) { [self] in
            refuseLate()
            watch()
        }
    }

    private func refuseLate() {
        let late = state.withLock { state in
            state.isWatched = false
            let now = ContinuousClock.now
            let late = state.waiting.prefix { $0.deadline <= now }
            state.waiting.removeFirst(late.count)
            return late
        }
        for read in late { read.refuse(Self.busy) }
    }

    // MARK: Reading

    private func serve() {
        var connection: PostgresConnection?
        while waitForArrival() { takeFirst()?.run(&connection) }
    }

    /// `false` when the threads are to end.
    private func waitForArrival() -> Bool {
        state.withLock { $0.idle += 1 }
        arrivals.wait()
        return state.withLock {
            $0.idle -= 1
            return !$0.isClosed
        }
    }

    /// `nil` when the one that arrived was refused meanwhile.
    private func takeFirst() -> Read? {
        let (read, size, idle, waiting) = state.withLock { state in
            let read = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            return (read, state.open, state.idle, state.waiting.count)
        }
        metrics.pool(size: size, idle: idle, waiting: waiting)
        return read
    }

    private func run<Value>(
        _ body: (any SQLSession) throws -> Value, _ minimum: Int64?, on connection: inout PostgresConnection?
    ) -> Result<Value, any Error> {
        var isRepeated = false
        while true {
            do throws(PostgresFailure) {
                let current = try open(&connection)
                switch ReadTransaction(current, minimum: minimum, longReads).run(body) {
                case .answered(let result): return result
                case .failed(let failure):
                    if failure.hastyStatement != nil { continue }
                    if failure.isStalePlan { current.forgetStatements() }
                    if isRepeated || failure.isBehind { throw failure }
                    isRepeated = true
                }
            } catch {
                return .failure(error)
            }
        }
    }

    private func open(_ connection: inout PostgresConnection?) throws(PostgresFailure) -> PostgresConnection {
        if let connection, !connection.isLost { return connection }
        if connection != nil {
            connection = nil
            state.withLock { $0.open -= 1 }
            PostgresMetrics.reconnects.increment()
        }
        let opened = try PostgresConnection.open(options)
        state.withLock { $0.open += 1 }
        connection = opened
        return opened
    }
}
