extension Settings {
    /// Reads all settings: a flag goes before the environment, the environment before the file, the file before the
    /// default. The file is the one that `--config` or `AIBOX_CONFIG` names. Blocks on the files it reads.
    ///
    /// - Parameter flags: by setting name (`data_dir`), as ``SettingsFlags/extract(from:alsoKnown:)`` returns them.
    /// - Throws: the first thing wrong: unknown names, values of another kind, files that cannot be used.
    public static func load(
        flags: [String: String] = [:], environment: [String: String]
    ) throws(SettingsError) -> Settings {
        let account = Account(environment: environment)
        var finder = try SettingsLoader(flags: flags, environment: environment, file: nil, account: account)
        let named = try finder.origin(of: Setting[.config])
        guard let named else { return try load(flags: flags, environment: environment, file: nil) }
        let file = try SettingsFile(path: account.expanding(named.text), place: named.source.description)
        return try load(flags: flags, environment: environment, file: file)
    }

    /// As ``load(flags:environment:)``, with a file that is already read.
    public static func load(
        flags: [String: String] = [:], environment: [String: String], file: SettingsFile?
    ) throws(SettingsError) -> Settings {
        try load(flags: flags, environment: environment, file: file, account: Account(environment: environment))
    }

    static func load(
        flags: [String: String], environment: [String: String], file: SettingsFile?, account: Account
    ) throws(SettingsError) -> Settings {
        var loader = try SettingsLoader(flags: flags, environment: environment, file: file, account: account)
        return try loader.settings()
    }
}
