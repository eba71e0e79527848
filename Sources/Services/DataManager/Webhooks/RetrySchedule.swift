/// When a failed delivery is tried again: after 15 s, then three times as long after each further failure, at most
/// 12 h; ten attempts over about 26 hours.
///
/// A fifth of each pause is left to chance, so that deliveries that failed together do not come back together.
enum RetrySchedule {
    static let attempts = 10
    private static let first = 15.0
    private static let longest = 43_200.0
    /// A receiver's `Retry-After` beyond a day is taken for a day.
    private static let longestWish = 86_400

    /// The pause after a number of attempts; `nil`: no further one.
    /// - Parameters:
    ///   - wish: the receiver's `Retry-After`, seconds; the pause is at least as long.
    ///   - chance: 0–1.
    static func pause(after attempts: Int, wish: Int?, chance: Double = .random(in: 0...1)) -> Duration? {
        guard attempts < Self.attempts else { return nil }
        var seconds = first
        for _ in 1..<max(attempts, 1) { seconds = min(seconds * 3, longest) }
        seconds *= 0.9 + 0.2 * chance
        return .seconds(max(seconds, Double(min(wish ?? 0, longestWish))))
    }
}
