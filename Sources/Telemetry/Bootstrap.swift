import Logging
import Metrics

/// Installs the process-wide backends of swift-log and swift-metrics. Called once, by main, before the first logger
/// or metric is made: `Telemetry.bootstrap(…)`.
public func bootstrap(logLevel: Logger.Level, logFormat: LogFormat, registry: PrometheusRegistry) {
    LoggingSystem.bootstrap { label in LineLogHandler(label: label, level: logLevel, format: logFormat) }
    MetricsSystem.bootstrap(registry)
}
