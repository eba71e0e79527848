import Yams

/// The settings of one YAML file: a mapping from names to scalars or lists.
public struct SettingsFile: Sendable {
    /// A value in the form that the environment uses, and its line.
    struct Value: Sendable {
        var text: String
        var line: Int
    }

    let path: String
    private(set) var values: [Setting.Name: Value] = [:]
    private(set) var isWorldReadable = false

    private static let sizeLimit = 1 << 20

    /// - Parameter place: what named the file, e.g. `--config`.
    init(path: String, place: String) throws(SettingsError) {
        let file = try BoundedFile(path: path, limit: Self.sizeLimit, place: place)
        try self.init(contents: file.text, path: path)
        isWorldReadable = file.isWorldReadable
    }

    /// - Parameter path: appears in error messages only.
    public init(contents: String, path: String) throws(SettingsError) {
        self.path = path
        for (key, node) in try Self.mapping(contents, path: path) {
            let name = try Self.name(of: key, path: path)
            let line = key.mark?.line ?? 0
            if let text = try Self.text(node, of: Setting[name], place: "\(path):\(line): \(name.rawValue)") {
                values[name] = Value(text: text, line: line)
            }
        }
    }

    private static func mapping(_ contents: String, path: String) throws(SettingsError) -> [(Node, Node)] {
        do {
            guard let root = try Yams.compose(yaml: contents), !root.isNull else { return [] }
            guard case .mapping(let mapping) = root else {
                let line = root.mark?.line ?? 1
                throw SettingsError(.brokenFile, "\(path):\(line): settings are lines like 'port: 8000'")
            }
            return mapping.map { ($0.key, $0.value) }
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError(yaml: error, path: path)
        }
    }

    private static func name(of key: Node, path: String) throws(SettingsError) -> Setting.Name {
        let written = key.string ?? "this key"
        let place = "\(path):\(key.mark?.line ?? 0): \(written)"
        guard let name = Setting.Name(rawValue: written) else {
            throw SettingsError.unknown(place, written: written, candidates: Setting.Name.allCases.map(\.rawValue))
        }
        guard name != .config else {
            throw SettingsError(.conflict, "\(place) cannot stand in the settings file itself")
        }
        return name
    }

    /// `nil` for an empty value, which leaves the setting unset.
    private static func text(_ node: Node, of setting: Setting, place: String) throws(SettingsError) -> String? {
        switch node {
        case .scalar(let scalar):
            return node.isNull ? nil : scalar.string
        case .sequence(let items) where setting.kind.separator != nil:
            return try joined(items.map(\.string), of: setting, place: place)
        case .mapping(let pairs) where setting.kind.isMapping:
            let written = pairs.map { key, value in key.string.flatMap { key in value.string.map { "\(key)=\($0)" } } }
            return try joined(written, of: setting, place: place)
        default:
            throw SettingsError(.badValue, "\(place): a list or mapping is \(setting.kind.complaint)")
        }
    }

    private static func joined(_ items: [String?], of setting: Setting, place: String) throws(SettingsError) -> String {
        let separator = setting.kind.separator ?? ","
        let plain = items.compactMap { item in item.flatMap { $0.contains(separator) ? nil : $0 } }
        guard plain.count == items.count else {
            throw SettingsError(.badValue, "\(place): items are plain texts without '\(separator)'")
        }
        return plain.joined(separator: String(separator))
    }
}

extension Node {
    /// Nothing, `~` or `null`, unquoted.
    fileprivate var isNull: Bool {
        guard case .scalar(let scalar) = self else { return false }
        return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}

extension SettingsError {
    fileprivate init(yaml error: any Error, path: String) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(.brokenFile, "\(path):\(mark.line): not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            self.init(.conflict, "\(path):\(context.mark.line): \(keys.joined(separator: ", ")) is set more than once")
        case .reader(let problem, _, _, _):
            self.init(.brokenFile, "\(path): not YAML: \(problem)")
        default:
            self.init(.brokenFile, "\(path): not YAML: \(error)")
        }
    }
}
