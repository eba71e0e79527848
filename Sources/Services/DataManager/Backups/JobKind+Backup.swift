import AIBoxAPI
import Foundation
import Logging
import NIOPosix
import Storage

extension JobKind {
    /// Makes a backup of the database, whose identifier is that of the job, and removes the oldest ones beyond the number
    /// that is kept. An attempt that was cut off begins anew: what it had written is removed.
    ///
    /// - Parameter keys: the folder of the persons' keys.
    static func backup(
        _ database: any SQLDatabase, _ folder: BackupFolder, keys: String, clock: @escaping @Sendable () -> Timestamp
    ) -> JobKind {
        var kind = JobKind(
            name: Job.Kind.backup, isRequestable: true,
            check: { payload throws(Problem) in
                guard payload == .object([:]) else { throw .invalid("payload", "must be an empty object") }
            },
            run: { context in
                do {
                    let backup = try await write(database, folder, keys: keys, at: clock(), context)
                    try await context.report(JobProgress(done: Int(backup.bytes), total: Int(backup.bytes)))
                    let removed = try await NIOThreadPool.singleton.runIfActive { try folder.prune() }
                    return .object([
                        "backup_id": .string(backup.id.description), "file": .string(backup.file),
                        "bytes": .integer(backup.bytes), "removed": .integer(Int64(removed)),
                    ])
                } catch let error as StorageError {
                    throw Problem(backup: error)
                }
            })
        kind.ended = { ending, db in
            try EventRows.append(NewEvent(DataBackupCompleted(ending, at: clock()), id: ending.job.id), db)
        }
        return kind
    }

    private static func write(
        _ database: any SQLDatabase, _ folder: BackupFolder, keys: String, at time: Timestamp, _ context: JobContext
    ) async throws -> DatabaseBackup {
        // Cancelled before it began?
        try await context.report()
        let id = context.job.id
        let whole: DatabaseBackup? = try await NIOThreadPool.singleton.runIfActive {
            if let (_, manifest) = folder.find(id) { return manifest }
            try folder.prepare()
            return nil
        }
        // The attempt before came this far.
        if let whole { return whole }
        let file = folder.file(id, .init(database.dialect))
        let draft = try await DatabaseBackup(draft: id, of: database, in: file, keys: keys, at: time)
        return try await context.reporting { note in
            try await database.backUp(to: file, as: draft) { done, total in
                note(JobProgress(done: Int(done), total: total.map { Int($0) }))
            }
        }
    }

    /// Reads a backup again and fails when it is not as it was written. The payload is `{"id": "…"}`.
    static func backupVerification(_ folder: BackupFolder, _ logger: Logger) -> JobKind {
        JobKind(
            name: Job.Kind.backupVerify, isRequestable: true,
            check: { payload throws(Problem) in _ = try identifier(in: payload) },
            run: { context in
                let id = try identifier(in: context.job.payload)
                guard let (file, _) = folder.find(id) else {
                    throw Problem(404, "Not Found", detail: "There is no backup \(id).")
                }
                do {
                    let backup = try await context.reporting { _ in try await file.verify() }
                    return .object(["backup_id": .string("\(id)"), "bytes": .integer(backup.bytes)])
                } catch let error as StorageError {
                    logger.critical("a backup is damaged", metadata: ["backup.id": "\(id)", "error": "\(error)"])
                    throw Problem(backup: error)
                }
            })
    }

    private static func identifier(in payload: JSONValue) throws(Problem) -> UUIDv7 {
        guard case .object(let members) = payload, members.count == 1, case .string(let text) = members["id"],
            let id = UUIDv7(text)
        else { throw .invalid("payload", "must be an object with the id of a backup") }
        return id
    }
}

extension DataBackupCompleted {
    fileprivate init(_ ending: JobEnding, at time: Timestamp) {
        let start = ending.job.startedAt ?? time
        var bytes: Int64 = 0
        if case .object(let members) = ending.result, case .integer(let count) = members["bytes"] { bytes = count }
        self.init(
            backup: ending.job.id, succeeded: ending.state == .done, bytes: bytes,
            durationMS: Double(max(0, time.milliseconds - start.milliseconds)),
            error: ending.state == .done ? nil : ending.error ?? "It was cancelled.")
    }
}

extension Problem {
    /// Whoever asked for a backup may know what stood in its way. What is damaged stays so; the rest is worth another
    /// attempt.
    fileprivate init(backup error: StorageError) {
        switch error.code {
        case .full: self.init(507, "Insufficient Storage", detail: error.message, type: "/problems/disk-full")
        case .damaged: self.init(409, "Conflict", detail: error.message, type: "/problems/damaged")
        default: self.init(500, "Internal Server Error", detail: error.message)
        }
    }
}
