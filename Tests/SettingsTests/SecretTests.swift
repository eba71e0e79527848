import Testing

@testable import Settings

@Suite struct SecretTests {
    @Test(arguments: [("pass\n", "pass"), ("pass\r\n", "pass"), ("pass", "pass"), ("two\nlines\n\n", "two\nlines\n")])
    func aSecretMayLieInAFileWithoutItsLastLineEnd(contents: String, secret: String) throws {
        try withFolder { folder in
            let path = try folder.file("password", contents)
            let settings = try Settings.load(environment: ["AIBOX_ADMIN_PASSWORD_FILE": path])
            #expect(settings.adminPassword?.value == secret)
            #expect(settings.warnings.isEmpty)
            let source = SettingSource.secretFile(path: path, variable: "AIBOX_ADMIN_PASSWORD_FILE")
            #expect(settings.source(of: .adminPassword) == source)
        }
    }

    @Test func bothVariablesOfASecretAreAConflictEvenWhenAFlagDecides() throws {
        let environment = ["AIBOX_INTERNAL_SECRET": "a", "AIBOX_INTERNAL_SECRET_FILE": "/b"]
        for flags in [[:], ["internal_secret": "c"]] {
            let error = #expect(throws: SettingsError.self) {
                try Settings.load(flags: flags, environment: environment)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test func aSecretThatEveryUserMayReadGivesAWarning() throws {
        try withFolder { folder in
            let path = try folder.file("password", "pass", mode: 0o644)
            let settings = try Settings.load(environment: ["AIBOX_ADMIN_PASSWORD_FILE": path])
            #expect(settings.warnings.count == 1)
            #expect(settings.warnings.first?.contains(path) == true)
        }
    }

    @Test(arguments: [(0o644, "admin_password: pass", 1), (0o600, "admin_password: pass", 0), (0o644, "port: 1", 0)])
    func aSettingsFileThatEveryUserMayReadGivesAWarningWhenItHoldsASecret(
        mode: Int, contents: String, warnings: Int
    ) throws {
        try withFolder { folder in
            let path = try folder.file("box.yaml", contents, mode: mode)
            let settings = try Settings.load(flags: ["config": path], environment: [:])
            #expect(settings.warnings.count == warnings)
            #expect(settings.warnings.allSatisfy { $0.contains("admin_password") })
        }
    }

    @Test func anAbsentEmptyTooLargeOrBinaryFileOfASecretIsAnError() throws {
        try withFolder { folder in
            let paths = [
                "\(folder.path)/absent", folder.path, try folder.file("empty", "\n"),
                try folder.file("large", String(repeating: "x", count: 70_000)), try folder.file("binary", [0xFF]),
            ]
            for path in paths {
                let error = #expect(throws: SettingsError.self) {
                    try Settings.load(environment: ["AIBOX_ADMIN_PASSWORD_FILE": path])
                }
                #expect(error?.message.hasPrefix("AIBOX_ADMIN_PASSWORD_FILE: \(path) ") == true)
            }
        }
    }

    @Test func aSecretShowsItselfNowhereButInItsValue() throws {
        let settings = try Settings.load(environment: ["AIBOX_ADMIN_PASSWORD": "pa55word"])
        let secret = try #require(settings.adminPassword)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(secret.value == "pa55word")
        #expect(settings.display(of: .adminPassword) == "(secret)")
        for shown in ["\(secret)", String(reflecting: secret), dumped] { #expect(!shown.contains("pa55word")) }
    }

    @Test func printingAllSettingsShowsNoSecret() throws {
        let settings = try Settings.load(environment: ["AIBOX_ADMIN_PASSWORD": "pa55word"])
        var dumped = ""
        dump(settings, to: &dumped)
        for shown in ["\(settings)", String(reflecting: settings), dumped] { #expect(!shown.contains("pa55word")) }
    }
}
