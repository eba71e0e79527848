import Foundation

extension Setting {
    /// What values a setting takes, and the property that gets them.
    struct Kind: Sendable {
        /// Stands for the value in help texts.
        let placeholder: String
        /// Ends the sentence "'x' is …" about a bad value.
        let complaint: String
        /// Between the items of a list, or the pairs of a mapping, when written on one line.
        var separator: Character?
        var isSecret = false
        var isMapping = false
        /// Puts the text into the settings; `false` when it is not of this kind.
        let assign: @Sendable (inout Settings, String, Account) -> Bool
    }
}

extension Setting.Kind {
    typealias Property<Value> = any WritableKeyPath<Settings, Value> & Sendable

    /// Parses with `parse`, which answers `nil` for a bad value, and stores.
    private init<Value>(
        _ placeholder: String, _ complaint: String, _ property: Property<Value>, separator: Character? = nil,
        isSecret: Bool = false, isMapping: Bool = false, parse: @escaping @Sendable (String, Account) -> Value?
    ) {
        self.init(
            placeholder: placeholder, complaint: complaint, separator: separator, isSecret: isSecret,
            isMapping: isMapping
        ) { settings, text, account in
            guard let value = parse(text, account) else { return false }
            settings[keyPath: property] = value
            return true
        }
    }

    /// As above, for a property that may be unset. Apart, lest the `nil` of a bad value be taken for the value "unset".
    private init<Value>(
        _ placeholder: String, _ complaint: String, optional property: Property<Value?>, isSecret: Bool = false,
        parse: @escaping @Sendable (String, Account) -> Value?
    ) {
        self.init(
            placeholder: placeholder, complaint: complaint, separator: nil, isSecret: isSecret, isMapping: false
        ) { settings, text, account in
            guard let value = parse(text, account) else { return false }
            settings[keyPath: property] = value
            return true
        }
    }

    static func string(_ property: Property<String>) -> Self {
        Self("TEXT", "no text of one line", property) { text, _ in text.contains(where: \.isNewline) ? nil : text }
    }

    static func string(_ property: Property<String?>) -> Self {
        Self("TEXT", "no text of one line", optional: property) { text, _ in
            text.contains(where: \.isNewline) ? nil : text
        }
    }

    static func boolean(_ property: Property<Bool>) -> Self {
        Self("true|false", "neither true nor false", property) { text, _ in Bool(text) }
    }

    static func integer(_ range: ClosedRange<Int>, _ property: Property<Int>) -> Self {
        Self("N", "no whole number from \(range.lowerBound) to \(range.upperBound)", property) { text, _ in
            WholeNumber.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static func number(_ range: ClosedRange<Double>, _ property: Property<Double>) -> Self {
        Self("X", "no number from \(range.lowerBound) to \(range.upperBound)", property) { text, _ in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static func bytes(_ range: ClosedRange<Int>, _ property: Property<Int>) -> Self {
        let limits = "\(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
        return Self("SIZE", "no size from \(limits); examples: 20MB, 512KiB", property) { text, _ in
            ByteSize.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static func duration(_ range: ClosedRange<Duration>, _ property: Property<Duration>) -> Self {
        let limits = "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        return Self("TIME", "no duration from \(limits); examples: 500ms, 30s, 2m", property) { text, _ in
            DurationText.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// As above, for a setting that may be unset.
    static func duration(_ range: ClosedRange<Duration>, _ property: Property<Duration?>) -> Self {
        let limits = "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        return Self("TIME", "no duration from \(limits); examples: 36h, 90d", optional: property) { text, _ in
            DurationText.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static func choice<Value: RawRepresentable & CaseIterable & Sendable>(_ property: Property<Value>) -> Self
    where Value.RawValue == String {
        let allowed = Value.allCases.map(\.rawValue)
        return Self(allowed.joined(separator: "|"), "none of \(allowed.joined(separator: ", "))", property) { text, _ in
            Value(rawValue: text)
        }
    }

    static func path(_ property: Property<String>) -> Self {
        Self("PATH", "no path", property) { text, account in account.expanding(text) }
    }

    static func path(_ property: Property<String?>) -> Self {
        Self("PATH", "no path", optional: property) { text, account in account.expanding(text) }
    }

    static func secret(_ property: Property<Secret?>) -> Self {
        Self("TEXT", "no text", optional: property, isSecret: true) { text, _ in Secret(text) }
    }

    static func secret(
        _ property: Property<Secret>, _ complaint: String, _ isValid: @escaping @Sendable (String) -> Bool
    )
        -> Self
    {
        Self("URL", complaint, property, isSecret: true) { text, _ in isValid(text) ? Secret(text) : nil }
    }

    static func secret(
        _ property: Property<Secret?>, _ complaint: String, _ isValid: @escaping @Sendable (String) -> Bool
    ) -> Self {
        Self("URL", complaint, optional: property, isSecret: true) { text, _ in isValid(text) ? Secret(text) : nil }
    }

    static func paths(_ property: Property<[String]>) -> Self {
        Self("PATHS", "no list of folders with ':' between", property, separator: ":") { text, account in
            items(text, ":").map(account.expanding)
        }
    }

    /// Items with `,` between, each of which `isValid`.
    static func list(
        _ placeholder: String, _ complaint: String, _ property: Property<[String]>,
        _ isValid: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Self {
        Self(placeholder, complaint, property, separator: ",") { text, _ in
            let items = items(text, ",")
            return items.allSatisfy(isValid) ? items : nil
        }
    }

    static func addresses(_ property: Property<[String]>) -> Self {
        list("URLS", "no list of http:// or https:// addresses with ',' between", property) { item in
            guard let parts = URLComponents(string: item), let host = parts.host else { return false }
            return ["http", "https"].contains(parts.scheme) && !host.isEmpty
        }
    }

    /// `key=value` with `,` between; a mapping in the file.
    static func mapping(_ property: Property<[String: String]>, example: String) -> Self {
        Self("PAIRS", "no list like \(example)", property, separator: ",", isMapping: true) { text, _ in
            pairs(items(text, ","))
        }
    }

    private static func items(_ text: String, _ separator: Character) -> [String] {
        text.split(separator: separator).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// `nil` when an item is no pair, has an empty half or repeats a key.
    private static func pairs(_ items: [String]) -> [String: String]? {
        var pairs: [String: String] = [:]
        for item in items {
            let halves = item.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else { return nil }
            guard pairs.updateValue(halves[1], forKey: halves[0]) == nil else { return nil }
        }
        return pairs
    }
}
