import Settings
import Testing

@Suite struct SettingsPrecedenceTests {
    static let file = "host: 10.0.0.3\nport: 3003\nlog_level: error\nqueue_limit: 3\n"

    @Test func aFlagGoesBeforeTheEnvironmentTheEnvironmentBeforeTheFileTheFileBeforeTheDefault()
        throws
    {
        let settings = try Settings.load(
            flags: ["host": "10.0.0.1"],
            environment: ["AIBOX_HOST": "10.0.0.2", "AIBOX_PORT": "2002"],
            file: SettingsFile(contents: Self.file, path: "box.yaml"))
        #expect(settings.host == "10.0.0.1")
        #expect(settings.port == 2002)
        #expect(settings.logLevel == .error)
        #expect(settings.maxBodyBytes == 20_000_000)
    }

    @Test func eachValueKnowsWhereItCameFrom() throws {
        let settings = try Settings.load(
            flags: ["host": "10.0.0.1"], environment: ["AIBOX_PORT": "2002"],
            file: SettingsFile(contents: Self.file, path: "box.yaml"))
        #expect(settings.source(of: .host) == .flag("--host"))
        #expect(settings.source(of: .port) == .environment(variable: "AIBOX_PORT"))
        #expect(settings.source(of: .logLevel) == .file(path: "box.yaml", line: 3))
        #expect(settings.source(of: .logLevel).description == "box.yaml:3")
        #expect(settings.source(of: .engine) == .default)
        #expect(settings.display(of: .port) == "2002")
        #expect(settings.display(of: .catalog) == nil)
    }

    @Test func anEmptyVariableAndAnEmptyKeyLeaveASettingUnset() throws {
        let file = try SettingsFile(contents: "host:\nport: ~\nqueue_limit: null\nlog_format: json", path: "box.yaml")
        let settings = try Settings.load(environment: ["AIBOX_HOST": "", "AIBOX_LOG_FORMAT": ""], file: file)
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 8000)
        #expect(settings.queueLimit == 64)
        #expect(settings.logFormat == .json)
    }

    @Test func anEmptyFileAndOneOfCommentsSetNothing() throws {
        for contents in ["", "\n", "# nothing yet\n", "---\n"] {
            let settings = try Settings.load(environment: [:], file: SettingsFile(contents: contents, path: "box.yaml"))
            #expect(settings.source(of: .host) == .default)
        }
    }

    @Test func theFileMayBeNamedByTheFlagOrByTheEnvironmentTheFlagGoingFirst() throws {
        try withFolder { folder in
            let first = try folder.file("first.yaml", "port: 1001")
            let second = try folder.file("second.yaml", "port: 1002")
            let byFlag = try Settings.load(flags: ["config": first], environment: ["AIBOX_CONFIG": second])
            let byVariable = try Settings.load(environment: ["AIBOX_CONFIG": second])
            #expect(byFlag.port == 1001 && byFlag.config == first)
            #expect(byVariable.port == 1002)
            #expect(byVariable.source(of: .port) == .file(path: second, line: 1))
        }
    }

    @Test func aTildeInTheNameOfTheFileIsTheHomeFolder() throws {
        try withFolder { folder in
            _ = try folder.file("box.yaml", "port: 1003")
            let settings = try Settings.load(environment: ["AIBOX_CONFIG": "~/box.yaml", "HOME": folder.path])
            #expect(settings.port == 1003)
        }
    }

    @Test func theDefaultsAreOfTheirKindAndInTheirRange() throws {
        let settings = try Settings.load(environment: [:])
        for setting in Setting.table { #expect(settings.source(of: setting.name) == .default) }
        #expect(settings.requestTimeout == .seconds(30))
        #expect(settings.maxPixels == 50_000_000)
        #expect(settings.metricsAllow == ["127.0.0.1", "::1"])
        #expect(settings.warnings.isEmpty)
    }
}
