/// Turns swift-metrics labels into names that Prometheus accepts and its linter likes.
enum MetricName {
    /// `hb.requests` → `hb_requests_total`.
    static func counter(_ label: String) -> String { suffixed(base(label), "_total") }

    /// `http.server.request.duration` → `http_server_request_duration_seconds`.
    static func timer(_ label: String) -> String { suffixed(base(label), "_seconds") }

    /// A gauge must not look like a counter.
    static func gauge(_ label: String) -> String {
        let name = base(label)
        return name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
    }

    /// Label names beginning with two underscores and the bucket bound `le` belong to Prometheus.
    static func label(_ dimension: String) -> String {
        let name = base(dimension)
        return name == "le" || name == "quantile" || name.hasPrefix("__") ? "exported_\(name)" : name
    }

    /// Snake case of ASCII letters, digits and underscores, not beginning with a digit.
    private static func base(_ label: String) -> String {
        var name: [UInt8] = []
        for byte in label.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): name.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                if let last = name.last, isLowerOrDigit(last) { name.append(UInt8(ascii: "_")) }
                name.append(byte | 0x20)
            default: name.append(UInt8(ascii: "_"))
            }
        }
        if name.first.map({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) ?? true {
            name.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: name, as: UTF8.self)
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { byte != UInt8(ascii: "_") }

    private static func suffixed(_ name: String, _ suffix: String) -> String {
        name.hasSuffix(suffix) ? name : name + suffix
    }
}
