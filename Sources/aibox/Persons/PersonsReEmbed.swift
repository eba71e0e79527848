import AIBoxAPI
import AIBoxClient
import ArgumentParser
import Settings

/// `aibox persons re-embed`.
struct PersonsReEmbed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "re-embed",
        abstract: "Make templates of the present embedding model from the faces that were kept.",
        discussion: """
            For after the embedding model was changed. Works on faces that were enrolled with --save-image \
            (save_image=true); the others are listed, with status 1: enrol these people again. May be run again.
            """)

    @OptionGroup var login: ServerLogin

    @Flag(help: "Also when no face lacks a template of the present model.")
    var all = false

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        try await login.run(try Settings.load(flags)) { box in
            var patient = box
            patient.timeout = .seconds(600)
            let report = try await patient.checkGallery(limit: 1)
            if !all, report.outdatedFaces == 0 {
                return print("every face has a template of the present model, \(report.model)")
            }
            try await reEmbed(box, model: report.model)
        }
    }

    /// - Parameter model: the present one, `name@version`; faces that have its template are left alone unless all are wanted.
    private func reEmbed(_ box: AIBoxClient, model: String) async throws {
        var query = PersonQuery()
        query.limit = 500
        var persons: [Person] = []
        for try await person in box.allPersons(query) where person.faceCount > 0 { persons.append(person) }
        var (made, failed) = (0, 0)
        var bar = ProgressBar(total: persons.count)
        for (number, person) in persons.enumerated() {
            for face in try await PatientCall.make({ try await box.faces(of: person.id) })
            where face.kind == .face && (all || !face.models.contains(model)) {
                do {
                    _ = try await PatientCall.make { try await box.reEmbed(face.id, of: person.id) }
                    made += 1
                } catch let problem as Problem where [404, 409, 422].contains(problem.status) {
                    failed += 1
                    bar.clear()
                    print("not made  \(person.name) (\(person.id)), face \(face.id): \(problem.reason)")
                }
            }
            bar.show(done: number + 1, work: number + 1, note: failed > 0 ? "\(failed) not made" : "")
        }
        bar.clear()
        print("\(made) templates made, \(failed) not")
        if failed > 0 { throw CommandFailure("\(failed) faces have no template of the present model") }
    }
}
