import ArgumentParser
import Foundation
import Settings

/// `aibox serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the services: all in this process, or one role of several.",
        discussion: """
            Every setting is a flag, an environment variable and a line of the file that --config names; the flag
            goes before the variable, the variable before the file.

            \(SettingsReference.flagHelp)
            """)

    @Option(help: ArgumentHelp("A picture for the line that says how to try.", visibility: .hidden))
    var trySample: String?

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings, see below.", visibility: .hidden))
    var flags: [String] = []

    func run() async throws {
        // Passwords and faces: what this process makes is for its user alone.
        umask(0o077)
        DescriptorLimit.raise()
        let flags = try SettingFlags(flags)
        try flags.requireNothingElse()
        try await Box(settings: try Settings.load(flags), trySample: trySample).run()
    }
}
