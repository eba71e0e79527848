import AIBoxAPI
import Synchronization

/// What a handler tells the access log. One per request, shared by all copies of its context.
public final class RequestJournal: Sendable {
    public let startedAt = ContinuousClock.now
    private let noted = Mutex<StageTiming?>(nil)

    public init() {}

    /// The stages of the analysis, when there was one.
    public var timing: StageTiming? {
        get { noted.withLock { $0 } }
        set { noted.withLock { $0 = newValue } }
    }

    /// Time since the head of the request was read.
    public var elapsed: Duration { ContinuousClock.now - startedAt }
}

extension Duration {
    /// To a hundredth, as answers and logs show times.
    public var milliseconds: Double { (self / .microseconds(10)).rounded() / 100 }
}
