import Crypto
import Foundation

@testable import ModelCatalog

/// A valid catalogue entry as JSON, for tests to change.
func entryJSON(name: String = "sample", version: String = "1") -> [String: Any] {
    [
        "name": name, "version": version, "task": "object_detection", "serves": ["persons"],
        "file": "object_detection/\(name)_\(version).onnx", "sha256": String(repeating: "ab", count: 32), "bytes": 10,
        "licence": ["name": "Apache-2.0", "commercial_use": true], "training_data": "none", "default": false,
        "engines": ["onnxruntime"], "architecture": "none",
        "input": [
            "name": "x", "element": "float32", "layout": "NCHW", "channels": "BGR", "fit": "letterbox", "pad": 0,
            "mean": [0, 0, 0], "std": [1, 1, 1],
            "sizes": ["fast": [320, 320], "balanced": [416, 416], "accurate": [640, 640]],
        ] as [String: Any],
        "decoder": ["kind": "yolox", "strides": [8, 16, 32]] as [String: Any],
        "labels": ["person"], "thresholds": ["score": 0.4, "suppression": 0.6],
        "accuracy": [["data": "here", "metric": "AP50", "value": 0.5]],
        "sources": [[String: Any]](),
    ]
}

func catalogJSON(_ entries: [[String: Any]]) throws -> [UInt8] {
    Array(try JSONSerialization.data(withJSONObject: ["models": entries]))
}

func sha256(_ bytes: some Sequence<UInt8>) -> String {
    SHA256.hash(data: Array(bytes)).map { String(format: "%02x", $0) }.joined()
}

/// An entry whose file has these bytes.
func entry(of content: [UInt8], sources: [CatalogEntry.Source], licence: String? = nil) throws -> CatalogEntry {
    var entry = try Catalog(json: catalogJSON([entryJSON()])).entries[0]
    entry.sha256 = sha256(content)
    entry.bytes = content.count
    entry.sources = sources
    if let licence {
        entry.licence = .init(name: licence, commercialUse: false, note: "of a test")
    }
    return entry
}

/// A source of kind `url` for these bytes.
func source(_ url: String, of content: [UInt8]) -> CatalogEntry.Source {
    .url(.init(url: url, sha256: sha256(content), bytes: content.count, verified: true))
}

/// Runs the body with an empty folder that is removed afterwards.
func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}

/// The package, and the folder of shared models and pictures where there is one.
enum Place {
    static let package: URL = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path), folder.path != "/"
        {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    static let sharedModels: URL? = {
        let shared =
            ProcessInfo.processInfo.environment["AIBOX_SHARED"].map { URL(filePath: $0) }
            ?? package.deletingLastPathComponent().appending(path: "shared")
        let models = shared.appending(path: "models")
        return FileManager.default.fileExists(atPath: models.path) ? models : nil
    }()
}
