extension Array where Element: Sendable {
    /// Runs `work` on every element, as many at a time as the model has slots: one picture never fills the queue that
    /// others wait in. Results in order, times added up.
    func gathered<Result: Sendable>(
        _ slots: Int, _ work: @escaping @Sendable (Element) async throws -> Timed<Result>
    ) async throws -> Timed<[Result]> {
        try await withThrowingTaskGroup(of: (Int, Timed<Result>).self) { group in
            var times = StageTimes()
            var results = [Result?](repeating: nil, count: count)
            func take(_ done: (Int, Timed<Result>)) {
                times += done.1.times
                results[done.0] = done.1.value
            }
            for (index, element) in enumerated() {
                if index >= slots, let done = try await group.next() { take(done) }
                group.addTask { (index, try await work(element)) }
            }
            for try await done in group { take(done) }
            return Timed(value: results.compactMap { $0 }, times: times)
        }
    }
}
