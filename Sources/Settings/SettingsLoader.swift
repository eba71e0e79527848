/// Goes through the table once, setting by setting.
struct SettingsLoader {
    private let flags: [Setting.Name: String]
    private let environment: SettingsEnvironment
    private let file: SettingsFile?
    private let account: Account
    private var result = Settings()

    init(
        flags: [String: String], environment: [String: String], file: SettingsFile?, account: Account
    ) throws(SettingsError) {
        self.flags = try Self.named(flags)
        self.environment = try SettingsEnvironment(environment)
        self.file = file
        self.account = account
    }

    private static func named(_ flags: [String: String]) throws(SettingsError) -> [Setting.Name: String] {
        var named: [Setting.Name: String] = [:]
        for (written, text) in flags.sorted(by: { $0.key < $1.key }) {
            guard let name = Setting.Name(rawValue: written) else {
                throw SettingsError.unknown(
                    written, written: written, candidates: Setting.Name.allCases.map(\.rawValue))
            }
            named[name] = text
        }
        return named
    }

    mutating func settings() throws(SettingsError) -> Settings {
        for setting in Setting.table {
            guard let origin = try origin(of: setting) ?? fallback(of: setting) else { continue }
            guard setting.kind.assign(&result, origin.text, account) else {
                throw Self.badValue(origin, of: setting)
            }
            let shown = setting.kind.isSecret ? "(secret)" : origin.text
            result.origins[setting.name] = Settings.Origin(text: shown, source: origin.source)
        }
        try refuseContradictions()
        warnAboutOpenFile()
        return result
    }

    /// Settings that are right each for itself and not together.
    private func refuseContradictions() throws(SettingsError) {
        let (key, command) = (Setting.Name.encryptionKey, Setting.Name.encryptionKeyCommand)
        let hasKey = (result.encryptionKey != nil, result.encryptionKeyCommand != nil)
        if hasKey == (true, true) {
            throw SettingsError(
                .conflict,
                "\(result.source(of: key)) and \(result.source(of: command)): keys come from \(key.rawValue) or from "
                    + "\(command.rawValue), not from both")
        }
        if result.encryptionRequireSealed, hasKey == (false, false) {
            let place = result.source(of: .encryptionRequireSealed)
            throw SettingsError(.conflict, "\(place): nothing is sealed without \(key.rawValue) or \(command.rawValue)")
        }
    }

    /// What an operator wrote for `setting`, from the place that goes first.
    mutating func origin(of setting: Setting) throws(SettingsError) -> Settings.Origin? {
        // Asked even when a flag decides, because two variables that contradict one another are an error by themselves.
        let variable = try environment.origin(of: setting, warnings: &result.warnings)
        if let text = flags[setting.name] {
            return Settings.Origin(text: text, source: .flag(setting.name.flag))
        }
        return variable ?? fileOrigin(of: setting)
    }

    private func fileOrigin(of setting: Setting) -> Settings.Origin? {
        guard let file, let value = file.values[setting.name] else { return nil }
        return Settings.Origin(text: value.text, source: .file(path: file.path, line: value.line))
    }

    private func fallback(of setting: Setting) -> Settings.Origin? {
        setting.defaultText(after: result, account: account).map { Settings.Origin(text: $0, source: .default) }
    }

    private static func badValue(_ origin: Settings.Origin, of setting: Setting) -> SettingsError {
        let shown = setting.kind.isSecret ? "the value" : "'\(origin.text.prefix(100))'"
        let place =
            switch origin.source {
            case .file: "\(origin.source): \(setting.name.rawValue)"
            default: "\(origin.source)"
            }
        return SettingsError(.badValue, "\(place): \(shown) is \(setting.kind.complaint)")
    }

    private mutating func warnAboutOpenFile() {
        guard let file, file.isWorldReadable else { return }
        let secrets = Setting.table.filter { $0.kind.isSecret && file.values[$0.name] != nil }.map(\.name.rawValue)
        guard !secrets.isEmpty else { return }
        result.warnings.append(
            "every user of this machine may read \(file.path), which holds \(secrets.joined(separator: ", "));"
                + " chmod o-r takes that away")
    }
}
