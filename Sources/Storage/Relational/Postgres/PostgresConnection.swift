import CPostgres
import Glibc

/// One connection to a server, in libpq's pipeline mode: statements are sent without waiting, results are read in order.
/// One thread uses it at a time.
///
/// After a statement has failed the server skips what follows up to the next synchronisation point; `failure` tells the
/// first one since `beginTransaction`.
final class PostgresConnection {
    /// Results that may be due before they are read: the server must not wait for a client that only writes.
    private static let pendingLimit = 256
    /// Bytes of arguments that may be under way.
    private static let byteLimit = 1 << 20

    /// A result that is due.
    private struct Pending {
        enum Kind {
            case synchronisation
            case statement
            /// Its failure is nobody's: clearing up.
            case housekeeping
        }

        let kind: Kind
        /// Of which transaction it is.
        let transaction: Int
        /// Called with a result that is no failure; what it throws is the transaction's failure.
        var onResult: ((borrowing PostgresResult) throws(PostgresFailure) -> Void)?
        /// Called when the statement failed or was skipped.
        var onFailure: (() -> Void)?
    }

    let target: PostgresTarget
    private let handle: OpaquePointer
    /// How long the server may be silent while a result is due.
    private let patience: Duration
    private var pending: [Pending] = []
    private var firstPending = 0
    private var pendingBytes = 0
    private var transaction = 0
    private(set) var failure: PostgresFailure?
    private(set) var isLost = false
    private var statements: PostgresStatements
    /// Names of the statements without arguments that `command` has prepared.
    private var commands: [String: String] = [:]

    /// Takes over an open connection that is not in pipeline mode yet.
    init(
        adopting handle: OpaquePointer, target: PostgresTarget, patience: Duration, statementLimit: Int
    ) throws(PostgresFailure) {
        self.handle = handle
        self.target = target
        self.patience = patience
        statements = PostgresStatements(limit: statementLimit)
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else { throw lose() }
    }

    deinit { PQfinish(handle) }

    /// Prepared statements that are kept.
    var statementCount: Int { statements.count }

    /// PostgreSQL 15.3 is 150003.
    var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// Whether results are due.
    var hasPending: Bool { firstPending < pending.count }

    /// Failures from here on are the new transaction's.
    func beginTransaction() {
        transaction += 1
        failure = nil
    }

    // MARK: Sending

    /// The statement for a text: prepared once, which costs a round trip.
    func prepared(_ sql: String) throws(PostgresFailure) -> PostgresStatement {
        if let statement = statements.find(sql) { return statement }
        let name = statements.newName()
        try check(PQsendPrepare(handle, name, PostgresStatement.numbered(sql), 0, nil))
        expect(Pending(kind: .statement, transaction: transaction))
        var statement: PostgresStatement?
        try check(PQsendDescribePrepared(handle, name))
        expect(
            Pending(
                kind: .statement, transaction: transaction,
                onResult: { statement = PostgresStatement(name: name, description: $0) }))
        try settle()
        guard let statement else { throw lose("no description of a statement came") }
        statements.keep(statement, for: sql)
        return statement
    }

    /// Sends a statement. When much is under way already, what is due is read first.
    func send(_ statement: PostgresStatement, _ arguments: PostgresArguments) throws(PostgresFailure) {
        let format: Int32 = statement.isBinary ? 1 : 0
        let isSent = arguments.withPointers { values, lengths, formats in
            PQsendQueryPrepared(handle, statement.name, Int32(values.count), values, lengths, formats, format)
        }
        try check(isSent)
        expect(Pending(kind: .statement, transaction: transaction))
        pendingBytes += arguments.buffer.count
        if pending.count - firstPending >= Self.pendingLimit || pendingBytes >= Self.byteLimit { try settle() }
    }

    /// Sends a statement of this program without arguments, with results in text. It is prepared on the way.
    func command(
        _ sql: String, onResult: ((borrowing PostgresResult) throws(PostgresFailure) -> Void)? = nil
    ) throws(PostgresFailure) {
        let name = commands[sql] ?? "c\(commands.count)"
        if commands[sql] == nil {
            try check(PQsendPrepare(handle, name, sql, 0, nil))
            commands[sql] = name
            expect(
                Pending(
                    kind: .statement, transaction: transaction, onFailure: { [unowned self] in commands[sql] = nil }))
        }
        try check(PQsendQueryPrepared(handle, name, 0, nil, nil, nil, 0))
        expect(Pending(kind: .statement, transaction: transaction, onResult: onResult))
    }

    /// Ends what a failure makes the server skip. Outside of BEGIN and COMMIT it also commits.
    func synchronise() throws(PostgresFailure) {
        try check(PQpipelineSync(handle))
        expect(Pending(kind: .synchronisation, transaction: transaction))
    }

    /// Asks the server to send the results it has, without waiting for them.
    func requestResults() throws(PostgresFailure) {
        try check(PQsendFlushRequest(handle))
    }

    /// Lets the server drop the statements that made room for others. Sent behind a transaction.
    func releaseUnusedStatements() throws(PostgresFailure) {
        let names = statements.unused
        statements.unused = []
        for name in names {
            try check(PQsendQueryParams(handle, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 0))
            expect(Pending(kind: .housekeeping, transaction: transaction))
        }
    }

    /// Forgets all prepared statements, which no longer fit the tables.
    func forgetStatements() { statements.forget() }

    /// Hands what is buffered to the network, as far as it takes it now.
    func flush() throws(PostgresFailure) {
        if PQflush(handle) < 0 { throw lose() }
    }

    private func expect(_ result: Pending) { pending.append(result) }

    private func check(_ isSent: Int32) throws(PostgresFailure) {
        if isSent != 1 { throw lose() }
    }

    // MARK: Receiving

    /// Reads every result that is due, the server being asked for them.
    ///
    /// - Returns: the last one.
    /// - Throws: the first failure of this transaction.
    @discardableResult
    func settle() throws(PostgresFailure) -> PostgresResult? {
        try requestResults()
        return try drain()
    }

    /// Reads every result that is due; the last thing sent is a synchronisation or a request for results.
    @discardableResult
    func drain() throws(PostgresFailure) -> PostgresResult? {
        var last: PostgresResult?
        while hasPending {
            let expected = pending[firstPending]
            guard let result = try receive() else { throw lose() }
            firstPending += 1
            // The end of a statement's results is a null pointer; a synchronisation has none.
            if expected.kind != .synchronisation { try receiveEnd() }
            try note(result, for: expected)
            if expected.kind == .statement { last = consume result }
        }
        pending.removeAll(keepingCapacity: true)
        firstPending = 0
        pendingBytes = 0
        if let failure { throw failure }
        return last
    }

    private func note(_ result: borrowing PostgresResult, for expected: Pending) throws(PostgresFailure) {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            guard expected.kind != .synchronisation else { throw lose("a result came that was not asked for") }
            do throws(PostgresFailure) { try expected.onResult?(result) } catch { fail(error, expected) }
        case PGRES_PIPELINE_SYNC:
            guard expected.kind == .synchronisation else { throw lose("a result is missing") }
        case PGRES_PIPELINE_ABORTED:
            expected.onFailure?()
        default:
            let failure = failure(of: result)
            if failure.isLost { throw lose(failure) }
            expected.onFailure?()
            fail(failure, expected)
        }
    }

    /// The first failure of the transaction under way counts.
    private func fail(_ failure: PostgresFailure, _ expected: Pending) {
        if expected.kind == .statement, expected.transaction == transaction, self.failure == nil {
            self.failure = failure
        }
    }

    private func failure(of result: borrowing PostgresResult) -> PostgresFailure {
        let severity = result.diagnostic(.severity)
        let isLost = severity == "FATAL" || severity == "PANIC" || PQstatus(handle) == CONNECTION_BAD
        return PostgresFailure(result, isLost: isLost, target: target)
    }

    /// The next result, `nil` at the end of a statement's results. Writes while it waits.
    private func receive() throws(PostgresFailure) -> PostgresResult? {
        let deadline = ContinuousClock.now + patience
        while PQisBusy(handle) == 1 {
            let unsent = PQflush(handle)
            let events = Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0)
            guard waitForSocket(PQsocket(handle), events, until: deadline) else {
                throw lose("the server was silent for \(patience.milliseconds / 1000) s")
            }
            // A broken connection: what has come before is still told.
            if PQconsumeInput(handle) == 0 { break }
        }
        guard let result = PQgetResult(handle) else { return nil }
        return PostgresResult(adopting: result)
    }

    /// The end of the results of one statement.
    private func receiveEnd() throws(PostgresFailure) {
        guard let result = try receive() else { return }
        throw lose(result.message)
    }

    /// Whether the server has not closed the connection while nobody looked. Only between transactions.
    func isAlive() -> Bool {
        // What comes unasked: notices, changed settings, and the end.
        while !isLost, waitForSocket(PQsocket(handle), Int16(POLLIN), until: .now) {
            if PQconsumeInput(handle) == 0 { isLost = true }
        }
        return !isLost
    }

    /// Marks the connection as broken.
    private func lose(_ message: String? = nil) -> PostgresFailure {
        lose(.lost(message ?? target.redacted(String(cString: PQerrorMessage(handle)))))
    }

    private func lose(_ failure: PostgresFailure) -> PostgresFailure {
        isLost = true
        pending = []
        firstPending = 0
        return failure
    }

    // MARK: COPY

    /// Sends `data` through `COPY … FROM STDIN`, within the transaction under way. Pipeline mode, in which there is no
    /// COPY, is left for it.
    ///
    /// - Returns: rows added.
    func copy(_ statement: String, _ data: [UInt8]) throws(PostgresFailure) -> Int {
        try synchronise()
        try drain()
        guard PQexitPipelineMode(handle) == 1 else { throw lose() }
        let outcome = Result { () throws(PostgresFailure) in try sendCopy(statement, data) }
        if case .failure(let failure) = outcome, failure.isLost { throw lose(failure) }
        guard PQenterPipelineMode(handle) == 1 else { throw lose() }
        do { return try outcome.get() } catch {
            failure = error
            throw error
        }
    }

    private func sendCopy(_ statement: String, _ data: [UInt8]) throws(PostgresFailure) -> Int {
        try check(PQsendQuery(handle, statement))
        try receiveCopyResult(PGRES_COPY_IN)
        var sent = 0
        while sent < data.count {
            let chunk = min(data.count - sent, 64 << 10)
            let isTaken = data.withUnsafeBytes { bytes in
                PQputCopyData(
                    handle, bytes.baseAddress?.advanced(by: sent).assumingMemoryBound(to: CChar.self), Int32(chunk))
            }
            if isTaken < 0 { throw lose() }
            if isTaken == 1 { sent += chunk }
            try waitUntilSent()
        }
        if PQputCopyEnd(handle, nil) != 1 { throw lose() }
        let added = try receiveCopyResult(PGRES_COMMAND_OK)
        try receiveEnd()
        return added
    }

    /// One result of COPY; a failure is followed by the end of the results.
    @discardableResult
    private func receiveCopyResult(_ wanted: ExecStatusType) throws(PostgresFailure) -> Int {
        guard let result = try receive() else { throw lose() }
        if result.status == wanted { return result.changedRows }
        let failure = failure(of: result)
        if !failure.isLost { try receiveEnd() }
        throw failure
    }

    private func waitUntilSent() throws(PostgresFailure) {
        let deadline = ContinuousClock.now + patience
        while true {
            let unsent = PQflush(handle)
            if unsent < 0 { throw lose() }
            if unsent == 0 { return }
            guard waitForSocket(PQsocket(handle), Int16(POLLIN) | Int16(POLLOUT), until: deadline) else {
                throw lose("the server took no data for \(patience.milliseconds / 1000) s")
            }
            if PQconsumeInput(handle) == 0 { throw lose() }
        }
    }
}

/// Waits for one of `events` (poll(2)); `false` when the time is over.
func waitForSocket(_ socket: Int32, _ events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
    var descriptor = pollfd(fd: socket, events: events, revents: 0)
    while true {
        let left = deadline - .now
        let ready = poll(&descriptor, 1, left > .zero ? Int32(clamping: left.milliseconds + 1) : 0)
        // A failure of poll itself shows at the next call of libpq.
        if ready > 0 || (ready < 0 && errno != EINTR) { return true }
        if left <= .zero { return false }
    }
}
