/// Takes the flags that are settings out of a command line.
public enum SettingsFlags {
    /// - Parameters:
    ///   - arguments: without the program's name. After `--` nothing is a flag.
    ///   - alsoKnown: flags (`--json`) that the command reads itself; they stay in `rest`.
    /// - Returns: values by setting name (`data_dir`), the last one where a flag is repeated; and everything else in
    ///   its order.
    /// - Throws: `.unknownName` for a flag that nobody reads, `.badValue` for one without its value.
    public static func extract(
        from arguments: [String], alsoKnown: Set<String> = ["--help", "--version"]
    ) throws(SettingsError) -> (flags: [String: String], rest: [String]) {
        var flags: [String: String] = [:]
        var rest: [String] = []
        var remaining = arguments[...]
        while let argument = remaining.popFirst() {
            guard argument != "--" else { return (flags, rest + [argument] + remaining) }
            guard argument.hasPrefix("--") else {
                rest.append(argument)
                continue
            }
            let halves = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if let name = names[halves[0]] {
                flags[name.rawValue] = try value(of: name, written: halves.dropFirst().first, remaining: &remaining)
            } else if alsoKnown.contains(halves[0]) {
                rest.append(argument)
            } else {
                throw SettingsError.unknown(
                    halves[0], written: halves[0], candidates: names.keys.sorted() + alsoKnown.sorted())
            }
        }
        return (flags, rest)
    }

    private static let names = Dictionary(uniqueKeysWithValues: Setting.Name.allCases.map { ($0.flag, $0) })

    private static func value(
        of name: Setting.Name, written: String?, remaining: inout ArraySlice<String>
    ) throws(SettingsError) -> String {
        let next = remaining.first.flatMap { $0.hasPrefix("--") ? nil : $0 }
        guard let value = written ?? next, !value.isEmpty else {
            let kind = Setting[name].kind
            throw SettingsError(.badValue, "\(name.flag) needs a value", remedy: "\(name.flag) \(kind.placeholder)")
        }
        if written == nil { remaining.removeFirst() }
        return value
    }
}
