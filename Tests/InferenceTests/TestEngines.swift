import Foundation
import Inference
import TestSupport

extension TestPlaces {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
}

/// The engines that the tests run, loaded once.
enum TestEngines {
    static let names = ["onnxruntime", "openvino"]
    static let all = Engines.load(folders: [TestPlaces.engines])
    static let arePresent = all.available.count == names.count
    static let absence = "engines are absent: scripts/fetch-engines .aibox/engines, or set AIBOX_ENGINES"
}

/// Runs `body` with a folder of its own, removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-inference-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
