import Foundation
import Logging

@testable import DataManager

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
    convenience init(_ folder: TestFolder, queueLimit: Int = 4096, batchLimit: Int = 512) throws {
        var configuration = Configuration(folder: folder.path)
        (configuration.queueLimit, configuration.batchLimit) = (queueLimit, batchLimit)
        try self.init(configuration, logger: .silent)
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Runs `body` with a data manager on a new folder and closes it.
func withDataManager(
    queueLimit: Int = 4096, batchLimit: Int = 512, _ body: (DataManager, TestFolder) async throws -> Void
) async throws {
    let folder = try TestFolder()
    let manager = try DataManager(folder, queueLimit: queueLimit, batchLimit: batchLimit)
    try await body(manager, folder)
    await manager.store.close()
}
