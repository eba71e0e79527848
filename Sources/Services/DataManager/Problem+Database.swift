import AIBoxAPI
import Storage

extension Problem {
    /// What the caller of a failed read or write is told. The store's own text goes to the log, not to clients.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as StorageError: self = .storage(error)
        default: self = Problem(500, "Internal Server Error", detail: "The data manager failed.")
        }
    }

    static let diskFull = Problem(
        507, "Insufficient Storage",
        detail: "The disk of the data folder is full; nothing was stored. Free space on it.",
        type: "/problems/disk-full")

    private static func storage(_ error: StorageError) -> Problem {
        switch error.code {
        case .full: .diskFull
        case .conflict:
            Problem(409, "Conflict", detail: "A stored row with the same identifier or name contradicts this one.")
        case .invalid:
            Problem(
                422, "Unprocessable Content", detail: "A value cannot be stored, such as a text with U+0000.",
                type: "/problems/invalid")
        case .tooLarge: .tooLarge("A stored value is larger than the store takes.")
        case .damaged:
            .unavailable(
                "What is stored is damaged; run `aibox db check`, or restore a backup.", type: "/problems/damaged",
                retryAfter: 60)
        case .lost:
            .unavailable(
                "The journal was damaged and acknowledged writes are lost; `aibox db check` names what was kept of it.",
                type: "/problems/writes-lost")
        case .inputOutput:
            .unavailable(
                "The data folder cannot be read or written; check the disk. The log says more.",
                type: "/problems/data-folder", retryAfter: 10)
        case .busy:
            .unavailable("More is to be stored than the disk takes; try again.", type: "/problems/store-busy")
        case .closed: .unavailable("The data manager is shutting down.")
        case .denied:
            .unavailable(
                "The database refuses the user of AIBOX_DATABASE_URL; the log says why.",
                type: "/problems/database-denied", retryAfter: 10)
        case .outcomeUnknown:
            .unavailable(
                "The connection to the database broke; this may be stored or not. Repeat it with the same id.",
                type: "/problems/outcome-unknown")
        case .notFound: .notFound
        case .unavailable, .timeout, .newer:
            .unavailable("The database did not answer; try again.", type: "/problems/database-away")
        case .statement: Problem(500, "Internal Server Error", detail: "The data manager failed.")
        }
    }
}
