import Metrics
import Synchronization

/// A value that one label set of a metric stands for.
protocol MetricCell: AnyObject, Sendable {
    /// Appends the sample lines of this cell.
    func write(name: String, labels: LabelSet, to text: inout ExpositionText)
}

/// Counts whole things; one atomic addition each.
final class CounterCell: MetricCell, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }

    /// Prometheus reads a falling counter as a restarted process, so that a reset is understood.
    func reset() { value.store(0, ordering: .relaxed) }

    func write(name: String, labels: LabelSet, to text: inout ExpositionText) {
        text.sample(name, labels, value.load(ordering: .relaxed))
    }
}

/// A floating-point number changed by compare and exchange: a counter of fractions or a gauge.
final class NumberCell: MetricCell, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func set(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func record(_ value: Int64) { set(Double(value)) }
    func reset() { set(0.0) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func write(name: String, labels: LabelSet, to text: inout ExpositionText) {
        text.sample(name, labels, Double(bitPattern: bits.load(ordering: .relaxed)))
    }
}

/// A distribution over fixed buckets: durations in seconds, or plain sizes.
final class HistogramCell: MetricCell, TimerHandler, RecorderHandler {
    static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    static let sizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096]

    private struct State {
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: ascending inclusive upper bounds; the last bucket, without bound, is added.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    func write(name: String, labels: LabelSet, to text: inout ExpositionText) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            text.sample(name + "_bucket", labels.adding("le", ExpositionText.number(bound)), Int64(clamping: total))
        }
        text.sample(name + "_sum", labels, sum)
        text.sample(name + "_count", labels, Int64(clamping: total))
    }
}
