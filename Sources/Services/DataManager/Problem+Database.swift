import AIBoxAPI
import GRDB

extension Problem {
    /// What the caller of a failed read or write is told. The database's own text goes to the log, not to clients.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as DatabaseError: self = .database(error)
        default: self = Problem(500, "Internal Server Error", detail: "The data manager failed.")
        }
    }

    static let diskFull = Problem(
        507, "Insufficient Storage",
        detail: "The disk of the data folder is full; nothing was stored. Free space on it.",
        type: "/problems/disk-full")

    private static func database(_ error: DatabaseError) -> Problem {
        let code = error.extendedResultCode.rawValue
        return switch error.resultCode {
        case .SQLITE_FULL: .diskFull
        case .SQLITE_CONSTRAINT:
            Problem(409, "Conflict", detail: "A stored row with the same identifier or name contradicts this one.")
        case .SQLITE_TOOBIG: .tooLarge("A stored text may have at most 1 GB.")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            .unavailable(
                "The database file is damaged; restore it from a backup.", type: "/problems/damaged", retryAfter: 60)
        case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN:
            .unavailable(
                "The data folder cannot be read or written (SQLite \(code)); check the disk.",
                type: "/problems/data-folder", retryAfter: 10)
        default: .unavailable("The database did not answer (SQLite \(code)); try again.")
        }
    }
}
