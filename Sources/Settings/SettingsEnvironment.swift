/// The variables of ours in the environment. An empty variable counts as not set.
struct SettingsEnvironment {
    private let variables: [String: String]

    private static let prefix = "AIBOX_"
    private static let secretSizeLimit = 64 << 10

    /// - Throws: `.unknownName` for a variable of ours that is no setting and not reserved for tests.
    init(_ environment: [String: String]) throws(SettingsError) {
        variables = environment.filter { $0.key.hasPrefix(Self.prefix) && !$0.value.isEmpty }
        let known = Self.knownVariables
        for variable in environment.keys.sorted() where variable.hasPrefix(Self.prefix) {
            guard known.contains(variable) || Self.isReserved(variable) else {
                throw SettingsError.unknown(variable, written: variable, candidates: known)
            }
        }
    }

    /// Variables that only tests and continuous integration read.
    static func isReserved(_ variable: String) -> Bool {
        variable.hasPrefix("AIBOX_TEST_") || variable == "AIBOX_SHARED" || variable == "AIBOX_CI"
    }

    private static var knownVariables: [String] {
        Setting.table.flatMap { setting in
            let name = setting.name
            return setting.kind.isSecret
                ? [name.environmentVariable, name.secretFileVariable] : [name.environmentVariable]
        }
    }

    /// The value of `setting`; appends to `warnings` when its secret lies open.
    func origin(of setting: Setting, warnings: inout [String]) throws(SettingsError) -> Settings.Origin? {
        let variable = setting.name.environmentVariable
        let direct = variables[variable].map {
            Settings.Origin(text: $0, source: .environment(variable: variable))
        }
        let fileVariable = setting.name.secretFileVariable
        guard setting.kind.isSecret, let path = variables[fileVariable] else { return direct }
        guard direct == nil else {
            throw SettingsError(.conflict, "\(variable) and \(fileVariable) are both set", remedy: "keep one of them")
        }
        return try secret(at: path, variable: fileVariable, warnings: &warnings)
    }

    private func secret(
        at path: String, variable: String, warnings: inout [String]
    ) throws(SettingsError) -> Settings.Origin {
        let file = try BoundedFile(path: path, limit: Self.secretSizeLimit, place: variable)
        // "\r\n" is one Character, so this strips one line end of either kind.
        let text = file.text.last?.isNewline == true ? String(file.text.dropLast()) : file.text
        guard !text.isEmpty else { throw SettingsError(.badValue, "\(variable): \(path) is empty") }
        if file.isWorldReadable {
            warnings.append("\(variable): every user of this machine may read \(path); chmod o-r takes that away")
        }
        return Settings.Origin(text: text, source: .secretFile(path: path, variable: variable))
    }
}
