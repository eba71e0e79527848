import AIBoxAPI
import AIBoxClient
import ArgumentParser
import Settings

/// `aibox persons remove`.
struct PersonsRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Delete persons with all their faces, templates and crops.",
        discussion: """
            aibox persons remove 0198a3c4-…
            From then on nobody is recognised as this person, and stored detections of the person are those of a \
            stranger. Persons are named by identifier, since names need not be unique: see 'aibox persons list'.
            """)

    @OptionGroup var login: ServerLogin

    @Argument(parsing: .allUnrecognized, help: "Identifiers of persons. Settings may follow.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        let ids = try flags.rest.map { try PersonIdentifier.read($0) }
        guard !ids.isEmpty else { throw CommandFailure("name at least one person by identifier; see --help", .usage) }
        try await login.run(try Settings.load(flags)) { box in
            var absent = 0
            for id in ids {
                do {
                    try await PatientCall.make { try await box.deletePerson(id) }
                    print("removed  \(id)")
                } catch let problem as Problem where problem.status == 404 {
                    absent += 1
                    print("absent   \(id)")
                }
            }
            if absent > 0 { throw CommandFailure("\(absent) persons were not there") }
        }
    }
}
