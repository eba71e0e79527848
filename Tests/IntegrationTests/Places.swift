import Foundation

/// Where these tests find what they run and what is not committed.
enum Places {
    static let packageRoot = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let binary = place("AIBOX_BINARY", else: ".build/release/aibox")
    static let engines = place("AIBOX_ENGINES", else: ".aibox/engines")
    static let shared = place("AIBOX_SHARED", else: "../shared")
    static let models = place("AIBOX_MODELS", else: "../shared/models")

    /// Photographs of number plates, each with its reading as the file's name.
    static let plates = shared.appending(path: "data/plates-dev/br")

    static let hasBinary = exists(binary)
    static let canServe = hasBinary && exists(models) && exists(engines.appending(path: "libonnxruntime.so"))
    static let hasPhotographs = exists(plates)

    static let noBinary = "the release binary is absent: make build"
    static let cannotServe = "the release binary, engines or models are absent: make build models"
    static let noPhotographs = "the photographs of ../shared/data are absent"

    /// A program of the search path.
    static func program(_ name: String) -> URL? {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.map { URL(filePath: "\($0)/\(name)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    private static func place(_ variable: String, else path: String) -> URL {
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return URL(filePath: value) }
        return packageRoot.appending(path: path).standardizedFileURL
    }
}

/// Runs `body` with a folder of its own, removed afterwards.
@discardableResult
func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-integration-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// Runs blocking work on a thread of its own, so that tests do not starve the cooperative pool.
func offPool<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

struct Timeout: Error, CustomStringConvertible {
    var description: String
}

/// Looks again and again until `look` finds something, for at most `deadline`.
@discardableResult
func wait<Value>(
    for what: String, within deadline: Duration = .seconds(60), _ look: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < deadline {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(20))  // stalls: between two looks, bounded by the deadline
    }
    throw Timeout(description: "\(what): not within \(deadline)")
}
