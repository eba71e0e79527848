import AIBoxAPI
import AIBoxClient
import ArgumentParser
import Foundation
import NIOCore
import Settings

/// `aibox persons import`.
struct PersonsImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Enrol a folder of people: one folder a person, its name is the person's name.",
        discussion: """
            aibox persons import people/ --jobs 4
            people/Ada Lovelace/1.jpg, people/Ada Lovelace/2.png, people/Alan Turing/a.jpg …

            May be stopped and run again: a person is found by the folder's name as external_id, and what was enrolled \
            stands in a journal (a line a picture, by its SHA-256), so that it is not sent twice. Of pictures that were \
            under way when the command was killed, at most --jobs are enrolled a second time. Refused pictures are \
            listed with the reason and tried again the next time; status 1 if there was one. A busy server is waited \
            for.
            """)

    @OptionGroup var login: ServerLogin

    @Option(help: "Pictures under way at the same time, 1–64.")
    var jobs = 4

    @Option(help: "The journal; left out, .aibox-import.jsonl in the folder.")
    var journal: String?

    @Flag(
        help: """
            Keep each face with as much room around it as it is wide again (JPEG, at most 512 pixels a side), so that \
            another model can be introduced.
            """)
    var saveImage = false

    @Flag(help: "Refuse pictures of prints and screens.")
    var requireLive = false

    @Argument(parsing: .allUnrecognized, help: "The folder. Settings may follow.")
    var arguments: [String] = []

    func validate() throws {
        if !(1...64).contains(jobs) { throw ValidationError("--jobs must be within 1–64") }
    }

    func run() async throws {
        let flags = try SettingFlags(arguments)
        guard let folder = flags.rest.first, flags.rest.count == 1 else {
            throw CommandFailure("name one folder; see --help", .usage)
        }
        let pictures = try PeopleFolder.pictures(in: folder)
        let journal = try ImportJournal(journal ?? folder + "/.aibox-import.jsonl")
        try await login.run(try Settings.load(flags)) { box in
            let people = ImportedPeople(box: box)
            var report = ImportReport(total: pictures.count)
            try await withThrowingTaskGroup(of: (PeopleFolder.Picture, ImportOutcome).self) { tasks in
                var waiting = pictures[...]
                func start() {
                    guard let picture = waiting.popFirst() else { return }
                    tasks.addTask { (picture, try await enrol(picture, box, people, journal)) }
                }
                for _ in 0..<jobs { start() }
                while let (picture, outcome) = try await tasks.next() {
                    report.add(picture, outcome)
                    start()
                }
            }
            try report.end()
        }
    }

    private func enrol(
        _ picture: PeopleFolder.Picture, _ box: AIBoxClient, _ people: ImportedPeople, _ journal: ImportJournal
    ) async throws -> ImportOutcome {
        do {
            let bytes = try PictureBytes.read(picture.path)
            let person = try await people.person(named: picture.person)
            guard let claim = await journal.claim(bytes, of: person.id, present: person.faces) else { return .known }
            let answer = try await PatientCall.make {
                try await box.enrol(
                    ByteBuffer(bytes: bytes), as: person.id, savesCrop: saveImage, requireLive: requireLive)
            }
            try await journal.write(claim, face: answer.face.id, file: picture.path)
            return .enrolled(answer.duplicates)
        } catch let problem as Problem where problem.isAboutOnePicture || problem.status == 404 {
            return .refused(problem.reason)
        }
    }
}

/// What became of one picture.
enum ImportOutcome: Sendable {
    case enrolled(_ duplicates: [FaceMatch])
    /// Enrolled by an earlier run, or the same picture twice.
    case known
    case refused(String)
}

/// Tells what happens, and keeps the account.
struct ImportReport {
    private var (enrolled, known, refused) = (0, 0, 0)
    private var bar: ProgressBar

    init(total: Int) { bar = ProgressBar(total: total) }

    mutating func add(_ picture: PeopleFolder.Picture, _ outcome: ImportOutcome) {
        switch outcome {
        case .enrolled(let duplicates):
            enrolled += 1
            for match in duplicates { say(match.warning(picture.path)) }
        case .known: known += 1
        case .refused(let reason):
            refused += 1
            say("refused   \(picture.path): \(reason)")
        }
        bar.show(
            done: enrolled + known + refused, work: enrolled + refused, note: refused > 0 ? "\(refused) refused" : "")
    }

    /// - Throws: `CommandFailure` when a picture was refused.
    func end() throws {
        bar.clear()
        print("\(enrolled) enrolled, \(known) already there, \(refused) refused")
        if refused > 0 { throw CommandFailure("\(refused) pictures were refused; the lines above say why") }
    }

    private func say(_ line: String) {
        bar.clear()
        print(line)
    }
}
