import Metrics
import Synchronization

/// The swift-metrics backend: keeps every metric of the process and writes them as Prometheus text.
///
/// A metric made twice with the same label and dimensions is the same value. The number of label sets of one name is
/// bounded; what is beyond is not kept, and counted in `aibox_metrics_dropped_label_sets_total`.
public final class PrometheusRegistry: MetricsFactory {
    /// For the `Content-Type` header of an answer with `exposition()`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let labelSetLimit: Int
    private let version: String
    private let families = Mutex<[String: MetricFamily]>([:])

    /// - Parameters:
    ///   - version: of the product, shown as `aibox_build_info{version="…"}`.
    ///   - labelSetLimit: label sets kept for one metric name.
    public init(version: String, labelSetLimit: Int = 1000) {
        self.version = version
        self.labelSetLimit = labelSetLimit
    }

    /// All metrics and the figures of the process, sorted by name.
    public func exposition() -> String {
        var text = ExpositionText()
        ProcessFigures.read().write(to: &text)
        text.header("aibox_build_info", type: "gauge", help: "The running version; always 1.")
        text.sample("aibox_build_info", LabelSet([("version", version)]), Int64(1))
        let families = families.withLock { $0 }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) { family.write(name: name, to: &text) }
        return text.text
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(MetricName.counter(label), .counter, dimensions) { CounterCell() } ?? NOOPMetricsHandler.instance
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        cell(MetricName.counter(label), .counter, dimensions) { NumberCell() } ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(MetricName.gauge(label), .gauge, dimensions) { NumberCell() } ?? NOOPMetricsHandler.instance
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let name = MetricName.gauge(label)
        guard aggregate else {
            return cell(name, .gauge, dimensions) { NumberCell() } ?? NOOPMetricsHandler.instance
        }
        return cell(name, .histogram, dimensions) { HistogramCell(bounds: HistogramCell.sizes) }
            ?? NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(MetricName.timer(label), .histogram, dimensions) { HistogramCell(bounds: HistogramCell.seconds) }
            ?? NOOPMetricsHandler.instance
    }

    // A value outlives the object that changed it: the same label later goes on from there.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The cell of `name` with these dimensions; `nil` when it may not be kept: too many label sets, or the name is
    /// already that of another kind of metric.
    private func cell<Cell: MetricCell>(
        _ name: String, _ kind: MetricFamily.Kind, _ dimensions: [(String, String)], make: () -> Cell
    ) -> Cell? {
        let labels = LabelSet(dimensions)
        let cell = families.withLock { families in
            families[name, default: MetricFamily(kind: kind)].cell(labels, kind, limit: labelSetLimit, make: make)
        }
        if cell == nil { countDropped(name) }
        return cell
    }

    /// Metric names come from code, not from requests: this family needs no bound of its own.
    private func countDropped(_ name: String) {
        let counter = families.withLock {
            $0["aibox_metrics_dropped_label_sets_total", default: MetricFamily(kind: .counter)]
                .cell(LabelSet([("metric", name)]), .counter, limit: .max) { CounterCell() }
        }
        counter?.increment(by: 1)
    }
}
