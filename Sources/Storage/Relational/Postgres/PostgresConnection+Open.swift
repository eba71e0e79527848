import CPostgres
import Glibc

extension PostgresConnection {
    /// The oldest server that has `pg_current_xact_id`.
    private static let oldestVersion = 130_000

    /// What connections are opened with.
    struct Options: Sendable {
        var target: PostgresTarget
        /// For each host.
        var connectTimeout: Duration
        /// How long the server may be silent while it owes a result.
        var patience: Duration
        var statementLimit: Int
        var isReadOnly = false
    }

    /// Connects and signs in; blocks for at most `connectTimeout` for each host.
    static func open(_ options: Options) throws(PostgresFailure) -> PostgresConnection {
        let target = options.target
        guard let handle = target.withKeywords({ PQconnectStartParams($0, $1, 0) }) else {
            throw .lost("out of memory")
        }
        // Failures of sign-in have their SQLSTATE nowhere but in the long form of their text.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        poll(handle, options)
        guard PQstatus(handle) == CONNECTION_OK else {
            defer { PQfinish(handle) }
            throw refusal(String(cString: PQerrorMessage(handle)), target)
        }
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        let connection = try PostgresConnection(
            adopting: handle, target: target, patience: options.patience, statementLimit: options.statementLimit)
        guard connection.serverVersion >= oldestVersion else {
            throw .lost("\(target.description): PostgreSQL 13 or later is needed")
        }
        if options.isReadOnly { try connection.prepareForReading() }
        return connection
    }

    /// Not by an option of the sign-in: `target_session_attrs=read-write` would take the host for a standby.
    ///
    /// A read of one statement is planned once for all arguments: to find one row in a table of partitions by its key,
    /// planning anew takes longer than the look-up. `ReadTransaction` takes that back for reads that search. Nothing is
    /// compiled (JIT): every read is short, and a page's costs are overestimated, since its limit is not known.
    private func prepareForReading() throws(PostgresFailure) {
        try command("SET default_transaction_read_only = on")
        try command("SET plan_cache_mode = force_generic_plan")
        try command("SET jit = off")
        try synchronise()
        try drain()
        if let failure { throw failure }
    }

    private static func poll(_ handle: OpaquePointer, _ options: Options) {
        var state = PGRES_POLLING_WRITING
        var host = currentHost(handle)
        var deadline = ContinuousClock.now + options.connectTimeout
        let end = ContinuousClock.now + options.connectTimeout * options.target.hostCount
        while PQstatus(handle) != CONNECTION_BAD, state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING {
            let events = Int16(state == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            if !waitForSocket(PQsocket(handle), events, until: min(deadline, end)) {
                guard ContinuousClock.now < end else { return }
                // libpq counts no time here. A socket that is shut fails, and libpq goes on to the next host.
                shutdown(PQsocket(handle), Int32(SHUT_RDWR))
                deadline = end
            }
            state = PQconnectPoll(handle)
            if currentHost(handle) != host {
                host = currentHost(handle)
                deadline = .now + options.connectTimeout
            }
        }
    }

    private static func currentHost(_ handle: OpaquePointer) -> [String] {
        [PQhost(handle), PQhostaddr(handle), PQport(handle)].map { $0.map { String(cString: $0) } ?? "" }
    }

    /// Why there is no connection. Of several hosts the last one that answered counts.
    private static func refusal(_ message: String, _ target: PostgresTarget) -> PostgresFailure {
        let text = target.redacted(message)
        let state = text.matches(of: #/:  ([0-9A-Z]{5}): /#).last.map { String($0.1) }
        let code: StorageError.Code =
            if let state {
                state == "3D000" ? .notFound : StorageError.Code(sqlState: state)
            } else {
                text.contains("SSL") || text.contains("certificate") || text.contains("no password")
                    ? .denied : .unavailable
            }
        let reason = text.isEmpty ? "no answer in time" : text
        return PostgresFailure(StorageError(code, "\(target.description): \(reason)"), state: state, isLost: true)
    }
}

extension PostgresFailure {
    /// The server starts or shuts down, and may take connections soon.
    var isStarting: Bool { state == "57P03" }
}
