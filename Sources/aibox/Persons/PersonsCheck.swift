import AIBoxAPI
import AIBoxClient
import ArgumentParser
import Settings

/// `aibox persons check`.
struct PersonsCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Compare the gallery with itself: wrong pairs, strays, the highest stranger.",
        discussion: """
            alike: two persons with faces above the decision point; enrolled twice, or a threshold too low for them.
            stray: a face that resembles no other face of its person; perhaps somebody else's picture.
            highest stranger: the most alike faces of two persons; the further below similarity 0.5, the better.
            Status 1 if there is a pair or a stray.
            """)

    @OptionGroup var login: ServerLogin

    @Option(help: "At most so many pairs and strays, 1–1000.")
    var limit = 100

    @Flag(help: "The report as JSON on standard output.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: "Settings.")
    var arguments: [String] = []

    func validate() throws {
        if !(1...1000).contains(limit) { throw ValidationError("--limit must be within 1–1000") }
    }

    func run() async throws {
        let flags = try SettingFlags(arguments)
        try flags.requireNothingElse()
        try await login.run(try Settings.load(flags)) { box in
            var box = box
            // Every face is compared with every other one.
            box.timeout = .seconds(600)
            let report = try await box.checkGallery(limit: limit)
            if json { try JSONOutput.print(report) } else { try await show(report, box) }
            guard report.alike.isEmpty, report.strays.isEmpty else {
                throw CommandFailure("\(report.alike.count) pairs and \(report.strays.count) strays want a look")
            }
        }
    }

    private func show(_ report: GalleryReport, _ box: AIBoxClient) async throws {
        let pairs = report.alike + [report.highestStranger].compactMap { $0 }
        let ids = pairs.flatMap { [$0.person, $0.otherPerson] } + report.strays.map(\.person)
        var names: [UUIDv7: String] = [:]
        for id in Set(ids) { names[id] = try await name(id, box) }
        func named(_ id: UUIDv7) -> String { names[id].map { "\($0) (\(id))" } ?? "\(id)" }
        print("\(report.persons) persons, \(report.faces) faces")
        for pair in report.alike { print("alike   \(Self.text(pair, named))") }
        for stray in report.strays {
            print("stray   \(named(stray.person)), face \(stray.face), similarity \(stray.similarity.twoDigits)")
        }
        if let pair = report.highestStranger { print("highest stranger: \(Self.text(pair, named))") }
        if report.outdatedFaces > 0 {
            print("\(report.outdatedFaces) faces have no template of the present model: aibox persons re-embed")
        }
    }

    private static func text(_ pair: GalleryReport.Pair, _ named: (UUIDv7) -> String) -> String {
        "\(named(pair.person)), face \(pair.face)  ~  \(named(pair.otherPerson)), face \(pair.otherFace)  "
            + "similarity \(pair.similarity.twoDigits), cosine \(pair.cosine.twoDigits)"
    }

    /// `nil` for a person who has been deleted since.
    private func name(_ id: UUIDv7, _ box: AIBoxClient) async throws -> String? {
        do {
            return try await box.person(id).name
        } catch let problem as Problem where problem.status == 404 {
            return nil
        }
    }
}
