import Glibc

/// The writing connection, with what tells its server's present life from another: by it one knows whether a
/// transaction's number may have been given out twice.
struct PostgresLink {
    let connection: PostgresConnection
    /// Timeline and the start of its statistics: another after a fail-over, a restored backup, or recovery from a crash.
    let life: String

    /// Connects, with growing pauses.
    ///
    /// - Parameter whileAway: whether to go on trying while the server does not answer at all; while it starts one
    ///   always does.
    static func open(
        _ options: PostgresConnection.Options, until deadline: ContinuousClock.Instant, whileAway: Bool
    ) throws(PostgresFailure) -> PostgresLink {
        var pause = Duration.milliseconds(10)
        while true {
            do throws(PostgresFailure) {
                let connection = try PostgresConnection.open(options)
                return PostgresLink(connection: connection, life: try connection.prepareForWriting())
            } catch {
                let isWorthTrying = error.isStarting || (whileAway && error.error.code == .unavailable)
                guard isWorthTrying, ContinuousClock.now + pause < deadline else { throw error }
                rest(pause)
                pause = min(pause * 2, .milliseconds(500))
            }
        }
    }

    /// Blocks this thread, which is the writer's own.
    static func rest(_ pause: Duration) {
        var time = timespec(tv_sec: 0, tv_nsec: Int(pause.nanoseconds))
        nanosleep(&time, nil)
    }
}

extension PostgresConnection {
    /// Makes sure that COMMIT waits for the disk, and returns the server's life.
    fileprivate func prepareForWriting() throws(PostgresFailure) -> String {
        beginTransaction()
        var life = ""
        try command(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
        try command(
            "SELECT pg_walfile_name(pg_current_wal_lsn()), stats_reset, pg_is_in_recovery() FROM pg_stat_bgwriter"
        ) { life = "\(($0.text(0, 0) ?? "").prefix(8)) \($0.text(0, 1) ?? "")" }
        try synchronise()
        try drain()
        return life
    }

    /// What became of a transaction.
    enum Fate {
        case committed
        case aborted
        case underWay
        /// The server no longer knows.
        case forgotten
    }

    /// Asks for the fate of a transaction of an earlier connection.
    func fate(of transaction: UInt64) throws(PostgresFailure) -> Fate {
        beginTransaction()
        var status: String?
        do throws(PostgresFailure) {
            try command("SELECT pg_xact_status('\(transaction)'::xid8)") { status = $0.text(0, 0) }
            try synchronise()
            try drain()
        } catch  where error.state == "22023" {
            // In the future: the number was given out before a crash, and nothing of it reached the disk.
            return .aborted
        }
        return switch status {
        case "committed": .committed
        case "aborted": .aborted
        case "in progress": .underWay
        default: .forgotten
        }
    }
}
