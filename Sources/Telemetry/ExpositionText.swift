/// Names and values of a sample's labels, sorted by name, each name once.
struct LabelSet: Hashable, Sendable {
    private var pairs: [Pair]

    private struct Pair: Hashable {
        let name: String
        let value: String
    }

    /// Label names are made valid; of two dimensions that then have the same name the first stays.
    init(_ dimensions: [(String, String)]) {
        var seen: Set<String> = []
        pairs = dimensions.map { Pair(name: MetricName.label($0.0), value: $0.1) }
            .filter { seen.insert($0.name).inserted }
            .sorted { $0.name < $1.name }
    }

    /// With one more label at the end; `name` is taken as it is.
    func adding(_ name: String, _ value: String) -> LabelSet {
        var copy = self
        copy.pairs.append(Pair(name: name, value: value))
        return copy
    }

    /// `{a="1",b="2"}`, or nothing when there are none.
    var text: String {
        guard !pairs.isEmpty else { return "" }
        return "{" + pairs.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    static func < (left: LabelSet, right: LabelSet) -> Bool {
        left.pairs.lexicographicallyPrecedes(right.pairs) { ($0.name, $0.value) < ($1.name, $1.value) }
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

/// Builds the Prometheus text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
struct ExpositionText {
    private(set) var text = ""

    mutating func header(_ name: String, type: String, help: String) {
        let help = help.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: LabelSet, _ value: Int64) {
        text += "\(name)\(labels.text) \(value)\n"
    }

    mutating func sample(_ name: String, _ labels: LabelSet, _ value: Double) {
        text += "\(name)\(labels.text) \(Self.number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return value.description
    }
}
