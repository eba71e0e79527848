import AIBoxAPI
import Foundation

/// A failed call on a file of the spool.
struct FileFailure: Error {
    let path: String
    /// `errno`.
    let reason: CInt

    /// Throws when `result` says that the call has failed.
    static func check(_ result: some SignedInteger, _ path: String) throws(FileFailure) {
        if result < 0 { throw FileFailure(path: path, reason: errno) }
    }

    var isDiskFull: Bool { reason == ENOSPC || reason == EDQUOT }

    /// What a caller is told whose record does not lie on the disk.
    var problem: Problem {
        if isDiskFull {
            return Problem(
                507, "Insufficient Storage",
                detail: "The disk of the gateway's data folder is full; nothing was stored. Free space on it.",
                type: "/problems/disk-full")
        }
        return .unavailable(
            "The spool cannot be written (\(String(cString: strerror(reason)))); check the disk of the data folder.",
            type: "/problems/data-folder", retryAfter: 10)
    }

    /// What the operator is told whose gateway cannot start.
    var startProblem: Problem {
        Problem(
            500, "Spool unusable",
            detail: "\(path) cannot be used: \(String(cString: strerror(reason))). Give the user who runs aibox the "
                + "right to write there, or start with another --data-dir.")
    }
}
