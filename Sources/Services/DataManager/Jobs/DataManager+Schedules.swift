import AIBoxAPI
import Storage

extension DataManager {
    /// The schedules that come with the program and those that the settings ask for; `nil`: there is to be none of that
    /// name.
    static func schedules(_ configuration: Configuration) -> [String: JobSchedule?] {
        var backup = configuration.backupSchedule.map { JobSchedule(name: "backup", cron: $0, kind: Job.Kind.backup) }
        // The night that the box was switched off.
        backup?.misfire = .runOnce
        var retention = configuration.detectionsRetention.map { _ in
            JobSchedule(name: "retention", cron: "@hourly", kind: Job.Kind.retention)
        }
        retention?.misfire = .runOnce
        let metadataScrub = configuration.mongodbURL.map { _ in JobSchedule.metadataScrub }
        return [
            "backup": backup, "retention": retention, JobSchedule.blobScrub.name: .blobScrub,
            JobSchedule.metadataScrub.name: metadataScrub,
        ]
    }

    /// - Throws: `DataManagerError` for a cron expression that is none.
    static func save(
        _ schedules: [String: JobSchedule?], at now: Timestamp, in database: any SQLDatabase
    ) async throws {
        for case let schedule? in schedules.values {
            do throws(Problem) { _ = try schedule.next(after: now) } catch {
                throw DataManagerError(
                    code: .setting, message: "\(schedule.name)_schedule: \(error.detail ?? error.title)",
                    remedy: "Give five fields, such as '30 2 * * *', or @daily; times are UTC")
            }
        }
        try await database.write { db in
            for (name, schedule) in schedules {
                if let schedule { try schedule.save(at: now, db) } else { _ = try JobSchedule.delete(name, db) }
            }
        }
    }
}
