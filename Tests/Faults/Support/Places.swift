import Foundation
import TestSupport

enum Places {
    static let binary: URL = {
        let value = ProcessInfo.processInfo.environment["AIBOX_BINARY"] ?? ""
        return value.isEmpty ? TestPlaces.packageRoot.appending(path: ".build/release/aibox") : URL(filePath: value)
    }()
    static let shims = TestPlaces.packageRoot.appending(path: "Tests/Faults/shims")

    static let hasBinary = FileManager.default.fileExists(atPath: binary.path)
    static let noBinary = "the release binary is absent: make build"

    /// A program of the search path.
    static func program(_ name: String) -> URL? {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return (folders + ["/usr/sbin", "/sbin"]).map { URL(filePath: "\($0)/\(name)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}

/// Runs `body` with a folder of its own, removed afterwards.
@discardableResult
func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-faults-\(UUID().uuidString)")
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

/// What a test could not set up or wait for.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Looks again and again until `look` finds something, for at most `deadline`.
@discardableResult
func wait<Value>(
    for what: String, within deadline: Duration = .seconds(60), _ look: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < deadline {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(5))  // stalls: between two looks, bounded by the deadline
    }
    throw Failure("\(what): not within \(deadline)")
}

/// Numbers that are the same in every run (SplitMix64, Steele et al. 2014).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
