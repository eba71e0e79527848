import Crypto
import Foundation
import Metrics

/// What an answer was computed from.
public struct QueryKey: Hashable, Sendable {
    /// The query's name: `detections.count`.
    public let name: String
    /// Everything that the answer depends on, in a form that is the same for the same arguments; the caller's rights
    /// belong to it.
    public let arguments: [UInt8]
    /// Of the tables that the answer was computed from. A change of them is another key: nothing is invalidated.
    public let revision: UInt64

    public init(_ name: String, arguments: [UInt8], revision: UInt64) {
        self.name = name
        self.arguments = arguments
        self.revision = revision
    }

    /// The key in a store: a digest, in which no part can run into the next.
    var storeKey: String {
        var digest = SHA256()
        digest.update(data: Data("\(name.utf8.count) \(name) \(revision) ".utf8))
        digest.update(data: arguments)
        return QueryCache.prefix + digest.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Encoded answers, kept in a key-value store. Concurrent misses of one key are computed once in this process. Failures
/// of the store never reach the caller: the answer is computed instead.
public final class QueryCache: Sendable {
    static let prefix = "query:"

    private let store: any KeyValueStore
    private let expiry: Duration
    private let flights = SingleFlight<String>()
    private let hits = Counter(label: "aibox_query_cache_total", dimensions: [("outcome", "hit")])
    private let misses = Counter(label: "aibox_query_cache_total", dimensions: [("outcome", "miss")])
    private let shares = Counter(label: "aibox_query_cache_total", dimensions: [("outcome", "shared")])
    private let failures = Counter(label: "aibox_query_cache_store_failures_total")

    /// - Parameter expiry: how long an answer of a revision that stays is kept.
    public init(store: any KeyValueStore, expiry: Duration) {
        self.store = store
        self.expiry = expiry
    }

    /// Whether a key of the store is one of an answer, which can be computed again.
    public static func keeps(_ key: String) -> Bool { key.hasPrefix(prefix) }

    /// The answer kept under `key`, else the one that `compute` returns. Answers above `KeyValueLimits.value` are not
    /// kept.
    ///
    /// - Throws: what `compute` throws, to all who wait for it, or `CancellationError` when this task was cancelled.
    public func answer(
        to key: QueryKey, compute: @Sendable () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        let name = key.storeKey
        let (answer, isShared) = try await flights.run(name) { try await self.find(name, compute) }
        if isShared { shares.increment() }
        return answer
    }

    private func find(_ name: String, _ compute: @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        if let kept = await kept(name) {
            hits.increment()
            return kept
        }
        misses.increment()
        let answer = try await compute()
        if answer.count <= KeyValueLimits.value { await keep(answer, name) }
        return answer
    }

    private func kept(_ name: String) async -> [UInt8]? {
        do {
            return try await store.value(of: name)
        } catch {
            failures.increment()
            return nil
        }
    }

    private func keep(_ answer: [UInt8], _ name: String) async {
        do {
            try await store.set(name, to: answer, expiry: expiry)
        } catch {
            failures.increment()
        }
    }
}
