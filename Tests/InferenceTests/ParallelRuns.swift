import Foundation
import Inference
import Synchronization

/// Runs requests on a thread each.
enum ParallelRuns {
    /// How often `body`, called 50 times for each request, threw or answered `false`.
    static func countFailures(
        of requests: [any InferenceRequest], _ body: @escaping @Sendable (Int, any InferenceRequest) throws -> Bool
    ) -> Int {
        let failures = Atomic(0)
        // safe: each request is used by one thread only
        nonisolated(unsafe) let requests = requests
        DispatchQueue.concurrentPerform(iterations: requests.count) { index in
            for _ in 0..<50 where (try? body(index, requests[index])) != true {
                failures.add(1, ordering: .relaxed)
            }
        }
        return failures.load(ordering: .relaxed)
    }
}
