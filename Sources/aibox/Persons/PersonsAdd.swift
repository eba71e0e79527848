import AIBoxAPI
import AIBoxClient
import ArgumentParser
import Foundation
import NIOCore
import Settings

/// `aibox persons add`.
struct PersonsAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a person, or pictures to a person.",
        discussion: """
            aibox persons add "Ada Lovelace" ada1.jpg ada2.jpg
            aibox persons add --person 0198a3c4-… ada3.jpg
            Names need not be unique: without --person a new person is made each time, and removed again when none of \
            the pictures could be enrolled. Prints the person's identifier; status 1 if a picture was refused, with the \
            reason of each.
            """)

    @OptionGroup var login: ServerLogin

    @Option(help: "Identifier of a person who is there already; then only pictures follow.")
    var person: String?

    @Option(help: "Your own key of the new person; no two persons have the same.")
    var externalID: String?

    @Flag(
        help: """
            Keep each face with as much room around it as it is wide again (JPEG, at most 512 pixels a side), so that \
            another model can be introduced.
            """)
    var saveImage = false

    @Flag(help: "Refuse pictures of prints and screens.")
    var requireLive = false

    @Argument(parsing: .allUnrecognized, help: "The name, then pictures. Settings may follow.")
    var arguments: [String] = []

    func run() async throws {
        let flags = try SettingFlags(arguments)
        var pictures = flags.rest[...]
        let name = person == nil ? pictures.popFirst() : nil
        if person == nil, name == nil { throw CommandFailure("name the person; see --help", .usage) }
        if person != nil, externalID != nil {
            throw CommandFailure("--external-id is for a new person, not with --person", .usage)
        }
        let files = pictures.isEmpty && person == nil ? [] : try PictureFiles.find(Array(pictures))
        let known = try person.map { try PersonIdentifier.read($0) }
        try await login.run(try Settings.load(flags)) { box in
            if let known {
                let id = try await box.person(known).id
                print(id)
                return try await enrol(files, as: id, box)
            }
            let id = try await box.createPerson(NewPerson(name: name ?? "", externalID: externalID)).id
            print(id)
            do {
                try await enrol(files, as: id, box)
            } catch {
                await removeFaceless(id, box)
                throw error
            }
        }
    }

    /// Nobody is recognised as a person without a face, and the next attempt would make another one.
    private func removeFaceless(_ id: UUIDv7, _ box: AIBoxClient) async {
        do {
            guard try await box.person(id).faceCount == 0 else { return }
            try await box.deletePerson(id)
            print("removed   \(id): none of the pictures could be enrolled")
        } catch {
            print("left      \(id), perhaps without a face: see 'aibox persons list'")
        }
    }

    private func enrol(_ files: [String], as person: UUIDv7, _ box: AIBoxClient) async throws {
        var refused = 0
        for file in files {
            do {
                let picture = ByteBuffer(bytes: try PictureBytes.read(file))
                let answer = try await PatientCall.make {
                    try await box.enrol(picture, as: person, savesCrop: saveImage, requireLive: requireLive)
                }
                print("enrolled  \(file)  quality \(answer.face.quality.twoDigits)")
                for match in answer.duplicates { print(match.warning(file)) }
            } catch let problem as Problem where problem.isAboutOnePicture {
                refused += 1
                print("refused   \(file): \(problem.reason)")
            }
        }
        if refused > 0 { throw CommandFailure("\(refused) pictures were refused; the lines above say why") }
    }
}

enum PersonIdentifier {
    static func read(_ text: String) throws -> UUIDv7 {
        guard let id = UUIDv7(text) else {
            throw CommandFailure("'\(text)' is no identifier of a person; 'aibox persons list' shows them", .usage)
        }
        return id
    }
}

enum PictureBytes {
    static func read(_ file: String) throws(Problem) -> Data {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw Problem(422, "Not readable", detail: "the file cannot be read")
        }
        return bytes
    }
}

extension Problem {
    /// Whether other pictures may fare better.
    var isAboutOnePicture: Bool { [400, 413, 415, 422].contains(status) }
}

extension FaceMatch {
    func warning(_ file: String) -> String {
        "alike     \(file): looks like \(name) (\(id)), similarity \(similarity.twoDigits); enrolled twice?"
    }
}

extension Double {
    var twoDigits: String { "\((self * 100).rounded() / 100)" }
}
