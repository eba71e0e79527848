import Testing

@testable import Settings

@Suite struct SettingsDefaultsTests {
    @Test(arguments: [
        (Settings.Role.all, 8000), (.gateway, 8000), (.modelServer, 8001), (.dataManager, 8002),
    ])
    func thePortFollowsFromTheRole(role: Settings.Role, port: Int) throws {
        let settings = try Settings.load(flags: ["role": role.rawValue], environment: [:])
        #expect(settings.role == role)
        #expect(settings.port == port)
        #expect(settings.display(of: .port) == "\(port)")
    }

    @Test(arguments: [
        (true, ["HOME": "/root", "XDG_DATA_HOME": "/x"], "/var/lib/aibox"),
        (false, ["HOME": "/home/ann"], "/home/ann/.local/share/aibox"),
        (false, ["HOME": "/home/ann", "XDG_DATA_HOME": "/srv/ann"], "/srv/ann/aibox"),
        (false, ["HOME": "/home/ann", "XDG_DATA_HOME": "relative"], "/home/ann/.local/share/aibox"),
        (false, ["HOME": "/home/ann", "XDG_DATA_HOME": ""], "/home/ann/.local/share/aibox"),
        (false, ["HOME": "/home/ann", "AIBOX_DATA_DIR": "/mnt/box"], "/mnt/box"),
        (false, ["HOME": "/home/ann", "AIBOX_DATA_DIR": "~/box"], "/home/ann/box"),
    ])
    func theDataFolderFollowsFromTheAccount(isRoot: Bool, environment: [String: String], expected: String)
        throws
    {
        let account = Account(environment: environment, isRoot: isRoot)
        let settings = try Settings.load(flags: [:], environment: environment, file: nil, account: account)
        #expect(settings.dataDirectory == expected)
        #expect(settings.modelCache == "\(expected)/models")
        #expect(settings.engines == ["\(expected)/engines"])
        #expect(settings.databaseURL.value == "sqlite:\(expected)/aibox.sqlite")
    }

    @Test func theTableHasEveryNameOnce() {
        #expect(Setting.table.map(\.name.rawValue).sorted() == Setting.Name.allCases.map(\.rawValue).sorted())
        for name in Setting.Name.allCases { #expect(Setting[name].name == name) }
    }

    @Test func theThreeFormsOfAName() {
        #expect(Setting.Name.threadsPerSession.rawValue == "threads_per_session")
        #expect(Setting.Name.threadsPerSession.flag == "--threads-per-session")
        #expect(Setting.Name.threadsPerSession.environmentVariable == "AIBOX_THREADS_PER_SESSION")
    }

    @Test func noIgnoredVariableOfTheTestsIsASetting() {
        for name in Setting.Name.allCases {
            #expect(!SettingsEnvironment.isReserved(name.environmentVariable))
            #expect(!SettingsEnvironment.isReserved(name.secretFileVariable))
        }
    }
}
