/// Where the time of an analysis went. Stages of several models are added up, so that with work done in parallel
/// the sum may exceed the wall time.
public struct StageTimes: Hashable, Sendable {
    public var decode: Duration = .zero
    public var preprocess: Duration = .zero
    /// Waiting for a slot.
    public var queue: Duration = .zero
    public var inference: Duration = .zero
    public var postprocess: Duration = .zero

    public init() {}

    public static func += (left: inout StageTimes, right: StageTimes) {
        left.decode += right.decode
        left.preprocess += right.preprocess
        left.queue += right.queue
        left.inference += right.inference
        left.postprocess += right.postprocess
    }
}

/// A result with the time it took to get it.
public struct Timed<Value: Sendable>: Sendable {
    public var value: Value
    public var times: StageTimes
}
