import Settings
import Testing

@Suite struct SettingsFlagsTests {
    @Test func bothSpellingsOfAValueAreTakenOutTheRestKeepsItsOrder() throws {
        let (flags, rest) = try SettingsFlags.extract(
            from: ["analyze", "--data-dir", "/d", "a.jpg", "--log-level=debug", "--json", "-v", "b.jpg"],
            alsoKnown: ["--json"])
        #expect(flags == ["data_dir": "/d", "log_level": "debug"])
        #expect(rest == ["analyze", "a.jpg", "--json", "-v", "b.jpg"])
    }

    @Test func aValueMayHoldAnEqualsSignTheLastOfARepeatedFlagCounts() throws {
        let (flags, rest) = try SettingsFlags.extract(from: ["--task-models=persons=a", "--port", "1", "--port=2"])
        #expect(flags == ["task_models": "persons=a", "port": "2"])
        #expect(rest.isEmpty)
    }

    @Test func nothingIsAFlagAfterTwoDashes() throws {
        let (flags, rest) = try SettingsFlags.extract(from: ["--port", "1", "--", "--port", "--nonsense"])
        #expect(flags == ["port": "1"])
        #expect(rest == ["--", "--port", "--nonsense"])
    }

    @Test func theCommandsOwnFlagsStayWithOrWithoutAValue() throws {
        let arguments = ["--annotate", "out/", "--report=x.json", "--help"]
        let (flags, rest) = try SettingsFlags.extract(from: arguments, alsoKnown: ["--annotate", "--report", "--help"])
        #expect(flags.isEmpty)
        #expect(rest == arguments)
    }

    @Test(arguments: [
        ("--prot", "--port"), ("--data_dir", "--data-dir"), ("--jsno", "--json"), ("--datadir=/d", "--data-dir"),
    ])
    func anUnknownFlagNamesTheNearestKnownOne(written: String, nearest: String) {
        let error = #expect(throws: SettingsError.self) {
            try SettingsFlags.extract(from: [written], alsoKnown: ["--json"])
        }
        #expect(error?.code == .unknownName)
        #expect(error?.remedy == "the nearest known name is \(nearest)")
    }

    @Test(arguments: [["--port"], ["--port", "--host", "a"], ["--port="], ["--port", ""]])
    func aFlagWithoutItsValueIsAnError(arguments: [String]) {
        let error = #expect(throws: SettingsError.self) { try SettingsFlags.extract(from: arguments) }
        #expect(error?.description == "--port needs a value (--port N)")
    }
}
