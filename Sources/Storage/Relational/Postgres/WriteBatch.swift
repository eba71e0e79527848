/// Stores one batch of writes, in one transaction if it can be.
///
/// A batch of which one write fails is divided in two until that one is alone. What the writes are not to blame for (a
/// broken connection before COMMIT, a deadlock, tables that were changed, the month's partition missing) is mended and
/// the batch run again.
struct WriteBatch {
    /// How often a transaction that lost against others is run again.
    private static let conflictLimit = 5
    /// Partitions that one batch may bring about.
    private static let partitionLimit = 120

    /// The connection, made when there is none.
    private(set) var link: PostgresLink?
    let options: PostgresConnection.Options
    let position: PrimaryPosition?
    let deadline: ContinuousClock.Instant
    private var conflicts = 0
    private var isPreparedAnew = false
    private var partitions: Set<MonthlyPartition> = []

    init(
        link: PostgresLink?, options: PostgresConnection.Options, position: PrimaryPosition?,
        deadline: ContinuousClock.Instant
    ) {
        self.link = link
        self.options = options
        self.position = position
        self.deadline = deadline
    }

    /// For each write what to call after the commit, or why it was not stored.
    mutating func store(_ writes: ArraySlice<PostgresWriter.Write>) -> [PostgresWriter.Outcome] {
        do {
            return try run(writes).map { .success($0) }
        } catch let failure as PostgresFailure {
            return writes.map { _ in .failure(failure.error) }
        } catch {
            if writes.count == 1 { return [.failure(error)] }
            let middle = writes.startIndex + writes.count / 2
            return store(writes[..<middle]) + store(writes[middle...])
        }
    }

    /// Runs a transaction until it is stored or the writes are to blame.
    private mutating func run(_ writes: ArraySlice<PostgresWriter.Write>) throws -> [@Sendable () -> Void] {
        while true {
            let link = try connected()
            switch WriteTransaction(link.connection, position).run(writes) {
            case .stored(let resumes): return resumes
            case .refused(let error, let cause):
                if let cause {
                    if try mend(cause, link) { continue }
                    if cause.isOfDatabase { throw cause }
                }
                throw error
            case .unanswered(let transaction, let resumes):
                self.link = nil
                if try isStored(transaction, link) { return resumes }
            }
        }
    }

    private mutating func connected() throws(PostgresFailure) -> PostgresLink {
        if let link, link.connection.isAlive() { return link }
        link = nil
        let opened = try PostgresLink.open(options, until: deadline, whileAway: true)
        PostgresMetrics.reconnects.increment()
        link = opened
        return opened
    }

    /// Whether something was done by which the same transaction may succeed.
    private mutating func mend(_ cause: PostgresFailure, _ link: PostgresLink) throws(PostgresFailure) -> Bool {
        if cause.isLost { return ContinuousClock.now < deadline }
        if cause.isSerialization {
            conflicts += 1
            return conflicts <= Self.conflictLimit
        }
        if cause.isStalePlan, !isPreparedAnew {
            isPreparedAnew = true
            link.connection.forgetStatements()
            return true
        }
        guard let month = cause.missingPartition, partitions.count < Self.partitionLimit,
            partitions.insert(month).inserted
        else { return false }
        let create: PostgresWriter.Write = { session in
            try session.execute(month.statement)
            return {}
        }
        guard case .stored = WriteTransaction(link.connection, nil).run([create]) else { return false }
        return true
    }

    /// Finds out whether a transaction whose COMMIT was sent and not answered is stored.
    ///
    /// - Throws: `.outcomeUnknown`.
    private mutating func isStored(_ transaction: UInt64?, _ former: PostgresLink) throws(PostgresFailure) -> Bool {
        let unknown = PostgresFailure(
            StorageError(.outcomeUnknown, "the connection broke while the commit was under way"))
        guard let transaction else { throw unknown }
        var pause = Duration.milliseconds(10)
        while ContinuousClock.now + pause < deadline {
            guard let link = try? connected(), let fate = try? link.connection.fate(of: transaction) else {
                if self.link == nil { throw unknown }
                continue
            }
            switch fate {
            case .committed:
                // A number whose transaction did not reach the disk before a crash is given out again.
                guard link.life == former.life else { throw unknown }
                return true
            case .aborted: return false
            case .underWay: PostgresLink.rest(pause)
            case .forgotten: throw unknown
            }
            pause = min(pause * 2, .milliseconds(500))
        }
        throw unknown
    }
}
