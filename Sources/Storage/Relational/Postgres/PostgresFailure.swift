import CPostgres

/// What the server, or the connection to it, answered instead of a result.
struct PostgresFailure: Error, Sendable {
    /// What the caller is told.
    let error: StorageError
    /// The SQLSTATE; `nil` when the connection broke without one.
    let state: String?
    /// Whether the connection is of no further use.
    let isLost: Bool
    /// The month that a partitioned table lacks for the row that was to be added.
    var missingPartition: MonthlyPartition?
    /// Whether a replica has not replayed enough for a read.
    private(set) var isBehind = false

    /// The first statement of a read that was sent alone although others follow.
    private(set) var hastyStatement: String?

    init(_ error: StorageError, state: String? = nil, isLost: Bool = false) {
        self.error = error
        self.state = state
        self.isLost = isLost
    }

    static func lost(_ message: String, state: String? = nil) -> PostgresFailure {
        PostgresFailure(StorageError(.unavailable, message), state: state, isLost: true)
    }

    static let behind = {
        var failure = PostgresFailure(StorageError(.unavailable, "the replica is behind"))
        failure.isBehind = true
        return failure
    }()

    static func hasty(_ statement: String) -> PostgresFailure {
        var failure = PostgresFailure(StorageError(.busy, "a read needs a snapshot"))
        failure.hastyStatement = statement
        return failure
    }

    /// Whether the same transaction may succeed when it is simply run again: it lost against another one.
    var isSerialization: Bool { state == "40001" || state == "40P01" }

    /// Whether a prepared statement no longer fits the tables (or is gone), so that preparing it anew may help.
    var isStalePlan: Bool { state == "26000" || (state == "0A000" && error.message.contains("cached plan")) }
}

extension PostgresFailure {
    /// The failure that a result reports.
    init(_ result: borrowing PostgresResult, isLost: Bool, target: PostgresTarget) {
        let state = result.diagnostic(.state)
        let message = target.redacted(result.diagnostic(.message) ?? result.message)
        let code = state.map(StorageError.Code.init(sqlState:)) ?? .unavailable
        self.init(StorageError(code, message), state: state, isLost: isLost)
        // A check constraint bears a name; the lack of a partition does not.
        if state == "23514", result.diagnostic(.constraint) == nil, let table = result.diagnostic(.table),
            let detail = result.diagnostic(.detail)
        {
            missingPartition = MonthlyPartition(of: table, holdingKeyIn: detail)
        }
    }
}

extension StorageError.Code {
    /// What an SQLSTATE means for the caller (PostgreSQL manual, appendix A).
    init(sqlState state: String) {
        switch state {
        case "57014": self = .timeout
        case "55P03": self = .busy
        case "53100": self = .full
        case "53400": self = .tooLarge
        case "42501": self = .denied
        case "XX001", "XX002": self = .damaged
        case "25P03": self = .unavailable
        case "58030", "58P01", "58P02": self = .inputOutput
        case "40001", "40P01": self = .busy
        default: self = Self(sqlStateClass: state.prefix(2))
        }
    }

    private init(sqlStateClass: Substring) {
        switch sqlStateClass {
        case "08", "53", "57": self = .unavailable
        case "22": self = .invalid
        case "23": self = .conflict
        case "28": self = .denied
        case "54": self = .tooLarge
        case "XX": self = .damaged
        default: self = .statement
        }
    }
}
