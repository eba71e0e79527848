import Foundation

/// Numbers as reports write them: three decimals, no exponent, the point as the separator everywhere.
enum Figures {
    static func text(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return fixed(value, 3)
    }

    static func text(_ interval: Interval?) -> String {
        interval.map { "\(fixed($0.low, 3))–\(fixed($0.high, 3))" } ?? "–"
    }

    /// `.950 (19/20)`.
    static func text(_ rate: Rate) -> String { "\(text(rate.value)) (\(rate.hits)/\(rate.count))" }

    static func milliseconds(_ value: Double) -> String { fixed(value, 1) }

    static func fixed(_ value: Double, _ decimals: Int) -> String {
        String(format: "%.\(decimals)f", locale: Locale(identifier: "en_US_POSIX"), value)
    }

    /// `1e-3` for powers of ten, else as short as it goes.
    static func rate(_ value: Double) -> String {
        let exponent = log10(value).rounded()
        return abs(value - pow(10, exponent)) < value * 1e-9 ? "1e\(Int(exponent))" : "\(value)"
    }
}
