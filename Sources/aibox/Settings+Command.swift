import ArgumentParser
import Foundation
import Settings

extension Settings {
    /// The settings of a command line's flags, the environment and the file.
    static func load(_ flags: SettingFlags) throws -> Settings {
        do {
            let settings = try Settings.load(flags: flags.values, environment: ProcessInfo.processInfo.environment)
            for warning in settings.warnings { StandardError.write("aibox: warning: \(warning)\n") }
            return settings
        } catch {
            throw CommandFailure("\(error)", .usage)
        }
    }
}

/// The settings on a command line, apart from its other arguments.
struct SettingFlags {
    let values: [String: String]
    let rest: [String]

    init(_ arguments: [String]) throws {
        do {
            (values, rest) = try SettingsFlags.extract(from: arguments)
        } catch {
            throw CommandFailure("\(error)", .usage)
        }
    }

    /// For commands that take no further arguments.
    func requireNothingElse() throws {
        if let word = rest.first { throw CommandFailure("'\(word)' is not expected here; see --help", .usage) }
    }
}
