import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import DataManager
@testable import Storage

/// Backups as jobs, their schedule, and what a restored one starts with.
@Suite(.timeLimit(.minutes(3))) struct BackupTests {
    /// Runs the job to its end.
    private func run(_ job: Job, _ manager: DataManager) async throws -> Job {
        let job = try await manager.createJob(job)
        return try await manager.doing { try await manager.ended(job.id) }
    }

    @Test(arguments: TestRows.here) func aJobMakesOneThatIsListedVerifiedAndTold(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, folder in
            try await manager.store(.example(), picture: nil)
            let job = try await run(Job(kind: Job.Kind.backup), manager)
            #expect(job.state == .done, "\(job.error ?? "")")
            let backup = try #require(try await manager.backups().first)
            #expect(backup.id == job.id && job.progress.done == Int(backup.bytes) && job.progress.total != nil)
            #expect(backup.schema == DataManager.schema.migrations.last?.identifier)
            #expect((backup.keyStore != nil) == rows.isEncrypted && (backup.erasures != nil) == rows.isEncrypted)
            #expect(try folder.files(below: "backups").sorted() == [backup.file, backup.file + ".json"].sorted())
            #expect(backup.form == (rows.isPostgres ? .postgres : .sqlite))
            #expect(rows.isPostgres || backup.rows?["inferences"] == 1)

            let payload = JSONValue.object(["id": .string(backup.id.description)])
            let verified = try await run(Job(kind: Job.Kind.backupVerify, payload: payload), manager)
            #expect(verified.state == .done)
            let events = try await manager.read { try EventRows.after(0, limit: 100, $0) }
            let event = try #require(events.last { $0.type == EventType.dataBackupCompleted.rawValue })
            #expect(event.subject == backup.id.description)
            let members: [String: JSONValue] = try JSONColumn.value(JSONColumn.text(event.data, field: "data"))
            #expect(members["succeeded"] == .bool(true) && members["bytes"] == .integer(backup.bytes))
        }
    }

    @Test func aDamagedOneFailsItsVerificationAndRaisesAnAlert() async throws {
        try await withDataManager { manager, folder in
            let job = try await run(Job(kind: Job.Kind.backup), manager)
            let backup = try #require(try await manager.backups().first)
            let path = URL(filePath: "\(folder.path)/backups/\(backup.file)")
            var content = try Data(contentsOf: path)
            content[content.count / 2] ^= 1
            try content.write(to: path)
            let payload = JSONValue.object(["id": .string(job.id.description)])
            let verified = try await run(Job(kind: Job.Kind.backupVerify, payload: payload), manager)
            #expect(verified.state == .failed && verified.attempts == 1 && verified.error?.contains("damaged") == true)
            let alerts = try await manager.alerts(SystemAlertQuery()).items
            #expect(alerts.map(\.kind) == [.jobFailed] && alerts[0].subject == verified.id.description)
        }
    }

    @Test func oneThatCannotBeWrittenFailsAndIsTold() async throws {
        try await withDataManager { manager, folder in
            try Data().write(to: URL(filePath: folder.path + "/backups"))
            let job = try await manager.createJob(Job(kind: Job.Kind.backup))
            try await manager.write { [id = job.id] in
                try $0.execute("UPDATE jobs SET max_attempts = 1 WHERE id = ?", [id])
            }
            let failed = try await manager.doing { try await manager.ended(job.id) }
            #expect(failed.state == .failed && failed.error?.isEmpty == false)
            let events = try await manager.read { try EventRows.after(0, limit: 100, $0) }
            let types = [EventType.systemAlertTriggered, .dataBackupCompleted].map(\.rawValue)
            #expect(events.map(\.type) == types)
            let members: [String: JSONValue] = try JSONColumn.value(JSONColumn.text(events[1].data, field: "data"))
            #expect(members["succeeded"] == .bool(false) && members["error"] == failed.error.map(JSONValue.string))
        }
    }

    @Test func theNewestOnesAreKept() async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        configuration.backupsKept = 2
        let manager = try await DataManager(configuration, logger: .silent)
        var made: [UUIDv7] = []
        for _ in 0..<4 { made.append(try await run(Job(kind: Job.Kind.backup), manager).id) }
        #expect(try await manager.backups().map(\.id) == made.suffix(2).reversed())
        #expect(try folder.files(below: "backups").count == 4)
        await manager.close()
    }

    @Test func aScheduleOfTheSettingsQueuesThemAndGoesWithTheSetting() async throws {
        let folder = try TestFolder()
        var configuration = DataManager.Configuration(folder: folder.path)
        configuration.backupSchedule = "30 2 * * *"
        configuration.detectionsRetention = .seconds(90 * 86_400)
        let now = try #require(Timestamp("2026-11-25T02:29:00Z"))
        configuration.clock = { now }
        let manager = try await DataManager(configuration, logger: .silent)
        let next = try await manager.read { try JobSchedule.find("backup", $0)?.nextRun }
        #expect(next == Timestamp("2026-11-25T02:30:00Z"))
        #expect(try await manager.read { try JobSchedule.find("retention", $0) } != nil)
        await manager.close()

        configuration.clock = { now + 61_000 }
        let later = try await DataManager(configuration, logger: .silent)
        try await later.enqueueScheduledJobs()
        #expect(try await later.jobs(JobQuery()).items.map(\.kind) == [Job.Kind.backup])
        await later.close()

        (configuration.backupSchedule, configuration.detectionsRetention) = (nil, nil)
        let without = try await DataManager(configuration, logger: .silent)
        let names: [String] = try await without.read { try $0.values("SELECT name FROM job_schedules") }
        #expect(names == ["blob-scrub"])
        await without.close()

        configuration.backupSchedule = "every night"
        let refused = await #expect(throws: DataManagerError.self) {
            try await DataManager(configuration, logger: .silent)
        }
        #expect(refused?.code == .setting && refused?.message.contains("backup_schedule") == true)
    }

    @Test(arguments: TestRows.here) func aRestoredOneHasWhatWasStored(_ rows: TestRows) async throws {
        let (folder, other) = (try TestFolder(), try TestFolder())
        let manager = try await DataManager(folder, on: rows)
        let record = InferenceRecord.example([.plate])
        try await manager.store(record, picture: nil)
        let job = try await run(Job(kind: Job.Kind.backup), manager)
        let file = try #require(manager.backupFolder.find(job.id)).file
        await manager.close()
        if rows.isEncrypted {
            try FileManager.default.copyItem(atPath: folder.path + "/keys", toPath: other.path + "/keys")
        }
        var configuration = DataManager.Configuration(folder: other.path)
        configuration.keys = rows.isEncrypted ? .test : nil
        if rows.isPostgres {
            configuration.database = .postgres(url: try TestPostgres.shared().newDatabase(), replicas: [])
        }
        let done = try await configuration.restore(file, logger: .silent)
        #expect(done.personsErasedAgain == 0 && done.backup.id == job.id)
        let again = await #expect(throws: StorageError.self) { try await configuration.restore(file, logger: .silent) }
        #expect(again?.code == .conflict)
        let restored = try await DataManager(configuration, logger: .silent)
        #expect(try await restored.inference(record.id)?.detections.count == 1)
        await restored.close()
    }

    @Test(arguments: TestRows.here.filter(\.isEncrypted))
    func whoWasErasedSinceTheBackupIsErasedAgain(_ rows: TestRows) async throws {
        let (folder, other) = (try TestFolder(), try TestFolder())
        let manager = try await DataManager(folder, on: rows)
        let (gone, stays) = (Person(name: "gone"), Person(name: "stays"))
        for person in [gone, stays] { try await manager.createPerson(person) }
        let job = try await run(Job(kind: Job.Kind.backup), manager)
        let file = try #require(manager.backupFolder.find(job.id)).file
        #expect(try await manager.deletePerson(gone.id))
        await manager.close()

        var configuration = DataManager.Configuration(folder: other.path)
        configuration.keys = .test
        if rows.isPostgres {
            configuration.database = .postgres(url: try TestPostgres.shared().newDatabase(), replicas: [])
        }
        let refused = await #expect(throws: StorageError.self) {
            try await configuration.restore(file, logger: .silent)
        }
        #expect(refused?.code == .denied && refused?.message.contains("ledger") == true)
        try FileManager.default.copyItem(atPath: folder.path + "/keys", toPath: other.path + "/keys")
        #expect(try await configuration.restore(file, logger: .silent).personsErasedAgain == 1)
        let restored = try await DataManager(configuration, logger: .silent)
        #expect(try await restored.person(gone.id) == nil)
        #expect(try await restored.person(stays.id)?.name == "stays")
        #expect(restored.personsErasedAgain == 0)
        await restored.close()
    }

    @Test func aCancelledOneLeavesNothing() async throws {
        try await withDataManager { manager, folder in
            let job = try await manager.createJob(Job(kind: Job.Kind.backup))
            // Nobody runs jobs: it is claimed here, and cancelled before its first report.
            let claim = try #require(try await manager.jobs.queue.claim(kinds: [Job.Kind.backup]))
            _ = try await manager.cancelJob(job.id)
            let context = JobContext(claim, manager.jobs.queue)
            let kind = try #require(manager.jobs.kinds[Job.Kind.backup])
            try await context.renew()
            await #expect(throws: CancellationError.self) { _ = try await kind.run(context) }
            #expect(context.ending == .cancelled)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/backups"))
        }
    }
}

extension DataManager {
    /// Does its jobs while `body` runs.
    func doing<Value: Sendable>(_ body: @Sendable @escaping () async throws -> Value) async throws -> Value {
        // A runner runs once.
        let runner = JobRunner(
            queue: jobs.queue, kinds: Array(jobs.kinds.values), workers: 2, interval: .milliseconds(20),
            logger: .silent)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                await runner.run()
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            for try await value in group { if let value { return value } }
            throw CancellationError()
        }
    }

    /// The job when it has ended.
    func ended(_ id: UUIDv7) async throws -> Job {
        try await wait(for: "the end of the job") {
            guard let job = try await self.job(id), job.state.isFinal else { return nil }
            return job
        }
    }
}
