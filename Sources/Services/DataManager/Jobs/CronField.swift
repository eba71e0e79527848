/// One of the five fields of a cron expression.
enum CronField: Int, CaseIterable {
    case minute, hour, dayOfMonth, month, dayOfWeek

    private var name: String {
        switch self {
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day of the month"
        case .month: "month"
        case .dayOfWeek: "day of the week"
        }
    }

    private var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    /// Names of the values from the range's first on.
    private var names: [String] {
        switch self {
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        default: []
        }
    }

    func values(_ text: Substring) throws(CronError) -> BitSet {
        var values = BitSet()
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let (bounds, isSpan) = try span(parts[0], item)
            var step = 1
            if parts.count == 2 {
                guard isSpan, let value = number(parts[1]), value >= 1 else {
                    throw CronError("has the \(name) '\(item)'; a step is a number behind * or a range")
                }
                step = value
            }
            for value in stride(from: bounds.lowerBound, through: bounds.upperBound, by: step) {
                values.insert(self == .dayOfWeek && value == 7 ? 0 : value)
            }
        }
        return values
    }

    private func span(_ text: Substring, _ item: Substring) throws(CronError) -> (ClosedRange<Int>, isSpan: Bool) {
        if text == "*" { return (self == .dayOfWeek ? 0...6 : range, true) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let values = ends.compactMap(value)
        guard values.count == ends.count, let first = values.first, let last = values.last, first <= last else {
            let hint = names.isEmpty ? "" : " or names like \(names[0])"
            throw CronError(
                "has the \(name) '\(item)'; it takes \(range.lowerBound) to \(range.upperBound)\(hint), lesser first")
        }
        return (first...last, ends.count == 2)
    }

    private func value(_ text: Substring) -> Int? {
        if let index = names.firstIndex(of: text.lowercased()) { return range.lowerBound + index }
        return number(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private func number(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
