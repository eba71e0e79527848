import DataManager
import Foundation
import KeyValue
import Logging
import NIOPosix
import Settings
import Storage

/// The database that the settings name: whether it answers, its version and schema, replicas, space.
struct DatabaseExamination {
    private static let lagLimit = 60.0
    private static let remedy = "see that it runs and that database_url is right; 'aibox db check' reads all of it"

    let settings: Settings

    func findings() async -> [Finding] {
        do {
            let configuration = try DataManager.Configuration(settings)
            if case .sqlite(let path) = configuration.database {
                let file = path ?? configuration.folder + "/aibox.sqlite"
                guard FileManager.default.fileExists(atPath: file) else {
                    return [Finding(level: .notice, subject: "database", text: "\(file): made at the first start")]
                }
            }
            return try await examine(configuration) + (await replicas(configuration))
        } catch {
            return [Finding(level: .problem, subject: "database", text: "\(error)", remedy: Self.remedy)]
        }
    }

    private func examine(_ configuration: DataManager.Configuration) async throws -> [Finding] {
        try await Database.use(configuration) { database in
            let isSQLite = database.dialect == .sqlite
            let version: String =
                try await database.read {
                    try $0.value(
                        isSQLite ? "SELECT 'SQLite ' || sqlite_version()" : "SELECT split_part(version(), ' on ', 1)")
                } ?? ""
            var findings = [
                Finding(level: .fine, subject: "database", text: "\(configuration.name) answers, \(version)")
            ]
            if let failure = await database.failure() {
                findings.append(
                    Finding(level: .problem, subject: "database", text: failure.message, remedy: Self.remedy))
            }
            findings.append(try await schema(of: database))
            if case .sqlite(let path) = configuration.database {
                findings.append(space(for: path ?? configuration.folder + "/aibox.sqlite"))
            }
            return findings
        }
    }

    private func schema(of database: any SQLDatabase) async throws -> Finding {
        let status = try await DataManager.schema.status(of: database)
        if let later = status.unknown.last {
            return Finding(
                level: .problem, subject: "schema", text: "of a later version of aibox (\(later))",
                remedy: "start that version, or restore a backup made before the upgrade")
        }
        let missing = status.steps.filter { $0.appliedAt == nil }
        return Finding(
            level: missing.isEmpty ? .fine : .notice, subject: "schema",
            text: missing.isEmpty
                ? "up to date, \(status.steps.last?.identifier ?? "")" : "\(missing.count) migrations behind",
            remedy: missing.isEmpty ? nil : "the next start applies them, or 'aibox db migrate'; back up before")
    }

    /// A backup beside it needs as much again.
    private func space(for file: String) -> Finding {
        let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: settings.backupDirectory)
        let folder = (file as NSString).deletingLastPathComponent
        let own = try? FileManager.default.attributesOfFileSystem(forPath: folder.isEmpty ? "." : folder)
        let free = (attributes ?? own)?[.systemFreeSize] as? Int ?? 0
        let text = "\(size >> 20) MB, and \(free >> 20) MB free for backups"
        return Finding(
            level: free > size ? .fine : .notice, subject: "database", text: text,
            remedy: free > size ? nil : "a backup does not fit: set backup_dir to a folder of another disk")
    }

    private func replicas(_ configuration: DataManager.Configuration) async -> [Finding] {
        guard case .postgres(_, let urls) = configuration.database else { return [] }
        var findings: [Finding] = []
        for (index, url) in urls.enumerated() {
            let name = "replica \(index + 1)"
            do {
                guard let behind = try await PostgresDatabase.secondsBehind(replica: url) else {
                    findings.append(
                        Finding(
                            level: .notice, subject: name, text: "is no streaming replica",
                            remedy: "take it out of database_replicas"))
                    continue
                }
                findings.append(
                    Finding(
                        level: behind < Self.lagLimit ? .fine : .notice, subject: name, text: "\(Int(behind)) s behind",
                        remedy: behind < Self.lagLimit ? nil : "reads go to the primary meanwhile: look at its log"))
            } catch {
                findings.append(
                    Finding(
                        level: .notice, subject: name, text: (error as? StorageError)?.message ?? "\(error)",
                        remedy:
                            "reads go to the primary meanwhile: see that it runs, or take it out of database_replicas"))
            }
        }
        return findings
    }
}

/// What is shared with other machines, where the settings name it.
struct SharedExamination {
    let settings: Settings

    func findings() async -> [Finding] { await [redis(), bucket(), keys()].compactMap(\.self) }

    private func redis() async -> Finding? {
        guard let url = settings.redisURL?.value else { return nil }
        let remedy =
            "see that Redis runs and that redis_url is right; the box goes on without, see docs/operations.md, Redis"
        do {
            let client = try RedisClient(
                RedisConfiguration(url: url), group: MultiThreadedEventLoopGroup.singleton, logger: Database.quiet)
            let health = await withTaskGroup(of: KeyValueHealth?.self) { group in
                group.addTask {
                    await client.run()
                    return nil
                }
                group.addTask { await RedisKeyValueStore(client).health() }
                defer { group.cancelAll() }
                for await health in group { if let health { return health } }
                return KeyValueHealth(.unavailable)
            }
            if health.condition == .ok { return Finding(level: .fine, subject: "Redis", text: "answers") }
            return Finding(
                level: .notice, subject: "Redis", text: health.reason ?? health.condition.rawValue, remedy: remedy)
        } catch {
            return Finding(level: .problem, subject: "Redis", text: error.message, remedy: remedy)
        }
    }

    private func bucket() async -> Finding? {
        guard let url = settings.s3URL?.value else { return nil }
        do {
            let store = try S3BlobStore(
                S3Configuration(url: url, environment: ProcessInfo.processInfo.environment))
            let answer: Result<BlobSpace?, any Error>
            do { answer = .success(try await store.check()) } catch { answer = .failure(error) }
            await store.close()
            _ = try answer.get()
            return Finding(level: .fine, subject: "S3", text: "the bucket answers")
        } catch {
            return Finding(
                level: .problem, subject: "S3", text: (error as? StorageError)?.message ?? "\(error)",
                remedy:
                    "see that the bucket is there, that the key may list, read and write it, and that s3_url is right")
        }
    }

    private func keys() async -> Finding? {
        let folder = settings.dataDirectory + "/keys"
        guard let source = KeySource(settings) else {
            guard SubjectKeys.exist(in: folder) else { return nil }
            return Finding(
                level: .problem, subject: "keys",
                text: "there are keys in \(folder), and no key is set that opens them",
                remedy: "set encryption_key or encryption_key_command")
        }
        do {
            let ring = try await source.load(acceptingPlain: !settings.encryptionRequireSealed)
            let erased = try SubjectKeys.erasures(in: folder)?.count
            let ledger = erased.map { "\($0) persons in the ledger of erasures" } ?? "no ledger yet"
            return Finding(level: .fine, subject: "keys", text: "the current one is \(ring.current.id); \(ledger)")
        } catch {
            return Finding(
                level: .problem, subject: "keys", text: (error as? StorageError)?.message ?? "\(error)",
                remedy: "see docs/operations.md, Encryption; 'aibox keys status' tells more with the server stopped")
        }
    }
}
