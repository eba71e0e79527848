import Testing

@testable import Settings

@Suite struct SettingsMistakesTests {
    /// The error of loading with these variables.
    private func refusal(_ environment: [String: String], flags: [String: String] = [:]) -> SettingsError? {
        do {
            _ = try Settings.load(flags: flags, environment: environment)
            return nil
        } catch {
            return error
        }
    }

    private func refusal(ofFile contents: String) -> SettingsError? {
        do {
            _ = try Settings.load(environment: [:], file: SettingsFile(contents: contents, path: "box.yaml"))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("AIBOX_DATADIR", "AIBOX_DATA_DIR"), ("AIBOX_PROT", "AIBOX_PORT"), ("AIBOX_ENGINES_DIR", "AIBOX_ENGINES"),
        ("AIBOX_ADMIN_PASSWORD_FIEL", "AIBOX_ADMIN_PASSWORD_FILE"), ("AIBOX_PORT_FILE", "AIBOX_PORT"),
        ("AIBOX_LOGLEVEL", "AIBOX_LOG_LEVEL"),
    ])
    func anUnknownVariableOfOursNamesTheNearestKnownOne(written: String, nearest: String) throws {
        let error = try #require(refusal([written: ""]))
        #expect(error.code == .unknownName)
        #expect(error.message == "\(written) is no setting")
        #expect(error.remedy == "the nearest known name is \(nearest)")
    }

    @Test(arguments: ["AIBOX_TESTING", "AIBOX_TEST", "AIBOX_SHARED_", "AIBOX_CI_X", "AIBOX_"])
    func onlyTheExactNamesOfTheTestsAreLeftAlone(written: String) {
        #expect(refusal([written: "1"])?.code == .unknownName)
    }

    @Test func variablesOfTheTestsAndOfOthersAreLeftAlone() throws {
        let others = ["AIBOX_TEST_MODELS": "x", "AIBOX_SHARED": "x", "AIBOX_CI": "1", "AIBOXES": "x", "PORT": "x"]
        #expect(refusal(others) == nil)
    }

    @Test(arguments: [
        ("max_body_bytes", "20 MB of", "'20 MB of' is no size from 1kB to 2GB; examples: 20MB, 512KiB"),
        ("port", "65536", "'65536' is no whole number from 0 to 65535"),
        ("port", "80a", "'80a' is no whole number from 0 to 65535"),
        ("role", "gatway", "'gatway' is none of all, gateway, model-server, data-manager"),
        ("request_timeout", "30", "'30' is no duration from 100ms to 1h; examples: 500ms, 30s, 2m"),
        ("metrics_allow", "localhost", "'localhost' is no list of addresses like 127.0.0.1,10.0.0.0/8"),
        ("metadata_indexes", "site,a..b", "'site,a..b' is no list of paths like site,camera.position"),
        ("metadata_indexes", "$where", "'$where' is no list of paths like site,camera.position"),
        (
            "mongodb_url", "http://u:word@h",
            "the value is no address of MongoDB; example: mongodb://user:password@host/aibox?tls=true"
        ),
        ("detections_retention", "soon", "'soon' is no duration from 1d to 36500d; examples: 36h, 90d"),
        ("model_servers", "ftp://a", "'ftp://a' is no list of http:// or https:// addresses with ',' between"),
        ("task_models", "a=b,a=c", "'a=b,a=c' is no list like persons=yolox_nano_416,faces=yunet_s_dynamic@1"),
        (
            "database_url", "mysql://u:word@h/d",
            "the value is no database address; examples: sqlite:/srv/aibox/aibox.sqlite, postgres://user@host/aibox"
        ),
    ])
    func aBadValueIsToldWithItsPlaceAndWithWhatWasExpected(name: String, text: String, told: String)
        throws
    {
        let setting = try #require(Setting.Name(rawValue: name))
        #expect(refusal([setting.environmentVariable: text])?.message == "\(setting.environmentVariable): \(told)")
        #expect(refusal([:], flags: [name: text])?.message == "\(setting.flag): \(told)")
        #expect(refusal(ofFile: "# first line\n\(name): '\(text)'")?.message == "box.yaml:2: \(name): \(told)")
    }

    @Test(arguments: [
        ("host: a\nprot: 80", SettingsError.Code.unknownName, "box.yaml:2: prot is no setting"),
        ("host: a\n\nport: 1\nhost: b", .conflict, "box.yaml:1: host is set more than once"),
        ("port: [1, 2]", .badValue, "box.yaml:1: port: a list or mapping is no whole number from 0 to 65535"),
        ("\nport: {a: 1}", .badValue, "box.yaml:2: port: a list or mapping is no whole number from 0 to 65535"),
        ("models: [[a]]", .badValue, "box.yaml:1: models: items are plain texts without ':'"),
        ("models: [\"a:b\"]", .badValue, "box.yaml:1: models: items are plain texts without ':'"),
        ("task_models: {a: [b]}", .badValue, "box.yaml:1: task_models: items are plain texts without ','"),
        ("config: x", .conflict, "box.yaml:1: config cannot stand in the settings file itself"),
        ("- port", .brokenFile, "box.yaml:1: settings are lines like 'port: 8000'"),
        ("just text", .brokenFile, "box.yaml:1: settings are lines like 'port: 8000'"),
    ])
    func aMistakeInTheFileIsToldWithItsLine(contents: String, code: SettingsError.Code, message: String) {
        #expect(refusal(ofFile: contents)?.code == code)
        #expect(refusal(ofFile: contents)?.message == message)
    }

    @Test(arguments: ["port: [1", "a: b: c", "port: 1\n\tx: 2", "\"", "port: 1\n---\nport: 2", "&a [*a]", "? [a]\n: b"])
    func whatIsNoYAMLOfOursIsAnErrorThatNamesTheFile(contents: String) throws {
        #expect(try #require(refusal(ofFile: contents)).message.hasPrefix("box.yaml:"))
    }

    @Test func aSettingsFileThatDoesNotExistIsAnError() throws {
        let error = try #require(refusal([:], flags: ["config": "/nowhere/box.yaml"]))
        #expect(error.code == .unreadableFile)
        #expect(error.message == "--config: /nowhere/box.yaml cannot be read: there is no such file")
        #expect(refusal(["AIBOX_CONFIG": "/nowhere/x"])?.message.hasPrefix("AIBOX_CONFIG: /nowhere/x") == true)
    }

    @Test func aSettingsFileThatIsAFolderTooLargeOrNoTextIsAnError() throws {
        try withFolder { folder in
            let large = try folder.file("large.yaml", String(repeating: "# 34567\n", count: 200_000))
            let binary = try folder.file("binary.yaml", [0x70, 0xFF, 0xFE])
            for path in [folder.path, large, binary] {
                let error = try #require(refusal([:], flags: ["config": path]))
                #expect(error.code == .unreadableFile)
                #expect(error.message.hasPrefix("--config: \(path) "))
            }
        }
    }

    @Test func flagsAreLookedUpByTheNamesOfTheTable() {
        #expect(refusal([:], flags: ["prot": "80"])?.remedy == "the nearest known name is port")
    }

    @Test func keysComeFromOnePlace() {
        let (key, command) = ("AIBOX_ENCRYPTION_KEY", "AIBOX_ENCRYPTION_KEY_COMMAND")
        let both = refusal([key: "k", command: "vault"])
        #expect(
            both?.code == .conflict && both?.message.contains(key) == true && both?.message.contains(command) == true)
        let none = refusal(["AIBOX_ENCRYPTION_REQUIRE_SEALED": "true"])
        #expect(none?.code == .conflict && none?.message.contains("encryption_key") == true)
        #expect(refusal(["AIBOX_ENCRYPTION_REQUIRE_SEALED": "yes", key: "k"])?.code == .badValue)
        #expect(refusal(["AIBOX_ENCRYPTION_REQUIRE_SEALED": "true", key: "k"]) == nil)
    }
}
