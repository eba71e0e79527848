import ArgumentParser
import DataManager
import Foundation
import Gateway
import Logging
import Settings

/// `aibox users …`.
struct Users: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Users of a box whose data folder is here.", subcommands: [UsersResetPassword.self])
}

/// `aibox users reset-password`: the way back in when a password is lost.
struct UsersResetPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-password", abstract: "Give a user a new random password and end all sessions of the user.",
        discussion: "Works on the data folder itself: stop the server that uses it first.")

    @Argument(parsing: .allUnrecognized, help: "The user's name. Settings may follow.")
    var arguments: [String] = []

    func run() async throws {
        umask(0o077)
        let flags = try SettingFlags(arguments)
        guard let name = flags.rest.first, flags.rest.count == 1 else {
            throw CommandFailure("name one user; see --help", .usage)
        }
        let settings = try Settings.load(flags)
        guard FileManager.default.fileExists(atPath: settings.dataDirectory) else {
            throw CommandFailure(
                "there is no data folder \(settings.dataDirectory); choose it with --data-dir", .absent)
        }
        let password: String
        do {
            let data = try await DataManager(DataManager.Configuration(settings), logger: .silent)
            do {
                password = try await reset(name, in: data)
            } catch {
                await data.close()
                throw error
            }
            await data.close()
        } catch let error as DataManagerError {
            throw CommandFailure("\(error)")
        }
        print("\(name) / \(password)   (shown once; change it after the login)")
    }

    private func reset(_ name: String, in data: DataManager) async throws -> String {
        guard let stored = try await data.credential(username: name) else {
            throw CommandFailure("there is no user '\(name)'")
        }
        let password = Gateway.makePassword()
        _ = try await data.setPassword(
            Gateway.passwordHash(password), mustChange: true, ofUser: stored.user.id, keeping: nil)
        return password
    }
}

extension Logger {
    /// For commands whose words go to the person in front of them.
    static var silent: Logger { Logger(label: "aibox") { _ in SwiftLogNoOpLogHandler() } }
}
