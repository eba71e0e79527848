import AIBoxAPI

/// The part of the data manager that knows of backups. They are made and verified by jobs (`Job.Kind`).
public protocol BackupKeeping: Sendable {
    /// The backups in its folder that are whole, newest first.
    func backups() async throws -> [DatabaseBackup]
}
