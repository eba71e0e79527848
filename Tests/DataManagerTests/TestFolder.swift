import Foundation
import Logging
import TestSupport
import Testing

@testable import DataManager
@testable import Storage

/// A new folder, removed with the object.
final class TestFolder: Sendable {
    let path = NSTemporaryDirectory() + "/aibox-data-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/aibox.sqlite" }

    /// Paths of the files below, relative to the folder.
    func files(below folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(path)/\(folder)").filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\(folder)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }
}

extension DataManager {
    convenience init(
        _ folder: TestFolder, on rows: TestRows = .sqlite, queueLimit: Int = 4096, batchLimit: Int = 512
    ) async throws {
        var configuration = Configuration(folder: folder.path)
        if rows.isPostgres {
            configuration.database = .postgres(url: try TestPostgres.shared().newDatabase(), replicas: [])
        }
        if rows.isEncrypted { configuration.keys = .test }
        configuration.metadataIndexes = ["site", "lane", "night", "camera.position"]
        (configuration.queueLimit, configuration.batchLimit) = (queueLimit, batchLimit)
        try await self.init(configuration, logger: .silent)
    }

    /// The embedded database, which these tests run on.
    var sqlite: SQLiteDatabase {
        get throws { try #require(database as? SQLiteDatabase) }
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension KeySource {
    private static let line = WrappingKey().line

    /// The same key for the whole test run.
    static var test: KeySource { .value(line, name: "the tests' key") }
}

/// Which database a test runs on, and whether it is encrypted.
enum TestRows: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, sqliteEncrypted, postgres, postgresEncrypted

    /// PostgreSQL only where its programs are: a test that runs on one database alone says so by its arguments.
    static var here: [TestRows] { TestPostgres.isInstalled ? allCases : embedded }
    static let embedded: [TestRows] = [.sqlite, .sqliteEncrypted]
    /// One of each database, for what encryption does not touch.
    static var plain: [TestRows] { here.filter { !$0.isEncrypted } }

    var isPostgres: Bool { self == .postgres || self == .postgresEncrypted }
    var isEncrypted: Bool { self == .sqliteEncrypted || self == .postgresEncrypted }

    var testDescription: String { rawValue }
}

/// Runs `body` with a data manager on a new folder and closes it.
func withDataManager(
    on rows: TestRows = .sqlite, queueLimit: Int = 4096, batchLimit: Int = 512,
    _ body: (DataManager, TestFolder) async throws -> Void
) async throws {
    let folder = try TestFolder()
    let manager = try await DataManager(folder, on: rows, queueLimit: queueLimit, batchLimit: batchLimit)
    try await body(manager, folder)
    await manager.close()
}
