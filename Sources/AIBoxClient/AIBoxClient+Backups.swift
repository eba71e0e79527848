import AIBoxAPI

/// Backups of the database, for administrators.
extension AIBoxClient {
    /// Those that are whole, newest first.
    public func backups() async throws -> [DatabaseBackup] {
        let page: Page<DatabaseBackup> = try decode(try await send(Call(.GET, "/system/backups")))
        return page.items
    }

    /// Asks for a backup, whose identifier is that of the job.
    public func createBackup() async throws -> Job {
        try decode(try await send(Call(.POST, "/system/backups")))
    }

    /// Asks for a backup to be read again; the job fails when it is damaged.
    public func verifyBackup(_ id: UUIDv7) async throws -> Job {
        try decode(try await send(Call(.POST, "/system/backups/\(id)/verify")))
    }
}
