import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import TestSupport
import Testing

extension LiveTests {
    /// `aibox persons …` against the real thing.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(2)))
    struct PersonsCommandTests {
        private static let people = Places.shared.appending(path: "data/faces-dev")
        private static let hasPeople = FileManager.default.fileExists(atPath: people.path)
        private static let canImport = ConditionTrait.enabled(
            if: Places.canServe && hasPeople, "the binary, engines, models or ../shared/data/faces-dev are absent")
        private static let login = ["AIBOX_ADMIN_PASSWORD": Server.password]

        private static let wrongUses: [(arguments: [String], status: Int32)] = [
            (["list", "--server", "http://127.0.0.1:9"], 3), (["list", "--server", "ftp://x"], 2),
            (["import"], 2), (["import", "/nowhere"], 3), (["import", ".", "--jobs", "0"], 2), (["remove", "x"], 2),
            (["remove"], 2), (["add"], 2), (["check", "--limit", "0"], 2), (["list", "extra"], 2),
            (["list", "--password-file", "/nowhere"], 3), (["nonsense"], 2),
        ]

        /// A folder of three people with their pictures, and a file that is none.
        private static func copyPeople(to folder: URL) throws -> Int {
            let manager = FileManager.default
            try manager.createDirectory(at: folder, withIntermediateDirectories: true)
            let names = try manager.contentsOfDirectory(atPath: people.path).sorted().prefix(3)
            for name in names {
                try manager.copyItem(at: people.appending(path: name), to: folder.appending(path: name))
            }
            let first = folder.appending(path: names[0])
            try Data("no picture".utf8).write(to: first.appending(path: "broken.jpg"))
            try Data("notes".utf8).write(to: first.appending(path: "notes.txt"))
            return names.count
        }

        /// The number before a word of the last line.
        private static func count(_ word: String, in output: String) -> Int? {
            let parts = output.split(separator: "\n").last?.split(separator: ", ") ?? []
            let part = parts.first { $0.hasSuffix(" \(word)") }
            return part?.split(separator: " ").first.flatMap { Int($0) }
        }

        @Test(canImport) func importedPeopleAreRecognisedAndNotSentTwice() async throws {
            try await withTemporaryFolder { folder in
                let people = folder.appending(path: "people")
                let persons = try Self.copyPeople(to: people)
                try await withServer(in: folder) { server in
                    let address = "http://127.0.0.1:\(server.port)"
                    let arguments = ["persons", "import", people.path, "--server", address]
                    let first = try Child.start(arguments, environment: Self.login, in: folder)
                    #expect(try await first.end() == 1, "the broken picture was refused")
                    #expect(first.output.contains("broken.jpg") && !first.output.contains("notes.txt"))
                    let enrolled = try #require(Self.count("enrolled", in: first.output))
                    #expect(enrolled >= persons, "\(first.output)\(first.errors)")

                    let box = AIBoxClient(address: address)
                    try await box.login(username: "admin", password: Server.password)
                    func faces() async throws -> Int { try await box.persons().items.reduce(0) { $0 + $1.faceCount } }
                    #expect(try await box.persons().items.count == persons)
                    #expect(try await faces() == enrolled)

                    let second = try Child.start(arguments, environment: Self.login, in: folder)
                    #expect(try await second.end() == 1)
                    #expect(Self.count("enrolled", in: second.output) == 0)
                    #expect(Self.count("already there", in: second.output) == enrolled)
                    #expect(try await faces() == enrolled)

                    let list = try await aibox(
                        "persons", "list", "--json", "--server", address, environment: Self.login, in: folder)
                    let listed = try JSONDecoder().decode([Person].self, from: Data(list.output.utf8))
                    #expect(list.status == 0 && listed.count == persons)
                    let gone = try #require(listed.first)
                    let removed = try await aibox(
                        "persons", "remove", gone.id.description, "--server", address, environment: Self.login,
                        in: folder)
                    #expect(removed.status == 0, "\(removed)")

                    // Who was deleted is enrolled anew, whatever the journal says.
                    let third = try Child.start(arguments, environment: Self.login, in: folder)
                    #expect(try await third.end() == 1)
                    #expect(Self.count("enrolled", in: third.output) == gone.faceCount)
                }
            }
        }

        @Test(canImport) func personOfWhomNothingWasEnrolledIsRemovedAgain() async throws {
            try await withTemporaryFolder { folder in
                try Data("no picture".utf8).write(to: folder.appending(path: "bad.jpg"))
                try await withServer(in: folder) { server in
                    let address = "http://127.0.0.1:\(server.port)"
                    let box = AIBoxClient(address: address)
                    try await box.login(username: "admin", password: Server.password)
                    let bad = folder.appending(path: "bad.jpg").path
                    func add(_ arguments: String...) async throws -> CommandResult {
                        let child = try Child.start(
                            ["persons", "add"] + arguments + ["--server", address], environment: Self.login, in: folder)
                        return CommandResult(status: try await child.end(), output: child.output, errors: child.errors)
                    }
                    let refused = try await add("Ghost", bad)
                    #expect(refused.status == 1 && refused.output.contains("removed   "), "\(refused)")
                    #expect(try await box.persons().items.isEmpty)

                    let known = try await box.createPerson(NewPerson(name: "Ada")).id
                    let again = try await add("--person", known.description, bad)
                    #expect(again.status == 1 && !again.output.contains("removed"), "\(again)")
                    #expect(try await add("Berta").status == 0, "a person may be made without pictures")
                    #expect(try await box.persons().items.count == 2)
                }
            }
        }

        @Test func closedPortEndsTheCommandInClearWords() async throws {
            try await withTemporaryFolder { folder in
                let result = try await aibox(
                    "persons", "list", "--server", "http://127.0.0.1:9", environment: Self.login, in: folder)
                #expect(result.status == 3 && result.errors.contains("(connection refused)"), "\(result)")
            }
        }

        @Test(arguments: wrongUses)
        func wrongUseEndsWithAMessage(arguments: [String], status: Int32) async throws {
            try await withTemporaryFolder { folder in
                let child = try Child.start(["persons"] + arguments, environment: Self.login, in: folder)
                #expect(try await child.end() == status, "\(child.errors)")
                #expect(!child.errors.isEmpty && child.output.isEmpty)
            }
        }

        @Test func withoutATerminalAPasswordMustBeGiven() async throws {
            try await withTemporaryFolder { folder in
                let result = try await aibox("persons", "list", in: folder)
                #expect(result.status == 2 && result.errors.contains("--password-file"), "\(result)")
            }
        }
    }
}
