import Foundation

/// Runs `body` with a folder of its own, removed afterwards.
@discardableResult
public func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// Runs blocking work on a thread of its own, so that tests do not starve the cooperative pool.
public func offPool<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// What a test could not set up or wait for.
public struct Failure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Looks again and again until `look` finds something, for at most `deadline`.
@discardableResult
public func wait<Value>(
    for what: String, within deadline: Duration = .seconds(60), _ look: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < deadline {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(5))  // stalls: between two looks, bounded by the deadline
    }
    throw Failure("\(what): not within \(deadline)")
}
