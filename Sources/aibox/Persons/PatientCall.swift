import AIBoxAPI

/// Calls that wait when the server asks for it.
enum PatientCall {
    private static let attempts = 12
    private static let longestWait = 120
    /// Kinds of 503 that no waiting mends.
    private static let lasting: Set<String> = [
        "/problems/model-missing", "/problems/no-gallery", "/problems/inference-failed", "/problems/damaged",
    ]

    /// Makes the call again after the seconds of `Retry-After` when the answer is 429 or 503.
    static func make<Value>(_ call: () async throws -> Value) async throws -> Value {
        for _ in 1..<attempts {
            do {
                return try await call()
            } catch let problem as Problem where isBusy(problem) {
                try await Task.sleep(for: .seconds(min(longestWait, max(1, problem.retryAfter ?? 1))))
            }
        }
        return try await call()
    }

    private static func isBusy(_ problem: Problem) -> Bool {
        problem.status == 429 || (problem.status == 503 && !lasting.contains(problem.type))
    }
}
