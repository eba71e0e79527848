import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import TestSupport
import Testing

extension LiveTests {
    /// Field report BL-06 with the real thing: whoever is deleted is gone, whoever is enrolled is known.
    @Suite(
        .enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)),
        .enabled(if: Portraits.arePresent, "../shared/data/faces-dev is absent"), .timeLimit(.minutes(3)))
    struct ErasureTests {
        /// What the clients saw, by the time at which each asked.
        private actor Journal {
            private(set) var answers: [(asked: ContinuousClock.Instant, names: [String])] = []
            private(set) var problems: [String] = []
            func add(_ asked: ContinuousClock.Instant, _ names: [String]) { answers.append((asked, names)) }
            func add(_ problem: String) { problems.append(problem) }
        }

        @Test func ofADeletedPersonNothingIsLeft() async throws {
            let name = "Zyprian Quellenreuther"
            try await withTemporaryFolder { folder in
                try await withServer(in: folder) { server in
                    let box = AIBoxClient(address: "http://127.0.0.1:\(server.port)")
                    try await box.login(username: "admin", password: Server.password)
                    let portraits = try await Portraits.enrollable(box, people: 1)[0]
                    let probe = portraits.pictures[0]
                    let stranger = try await box.recognize(probe)
                    #expect(stranger.faces?.isEmpty == false && stranger.faces?.compactMap(\.person).isEmpty == true)

                    let person = try await box.createPerson(NewPerson(name: name, externalID: "key-4711-\(name)"))
                    var traces = [Data(name.utf8)]
                    for picture in portraits.pictures {
                        let face = try await box.enrol(picture, as: person.id, savesCrop: true).face
                        let crop = Data(buffer: try await box.picture(ofFace: face.id, of: person.id))
                        traces += [crop.suffix(32), crop.dropFirst(crop.count / 2).prefix(32)]
                    }
                    for _ in 0..<20 {
                        let found = try await box.recognize(probe).faces?.compactMap(\.person?.name)
                        #expect(found == [name])
                    }
                    let data = folder.appending(path: "data")
                    #expect(try Self.found(traces, below: data) == traces.count, "the search finds what is there")

                    let deleted = try await delete(person.id, while: probe, name, box)
                    #expect(try Self.found(traces, below: data) == 0, "nothing is left")
                    for try await row in box.allDetections() { #expect(row.details.person == nil) }
                    let gone = try await box.recognize(probe)
                    #expect(gone.faces?.compactMap(\.person).isEmpty == true)
                    #expect(deleted > 0)

                    let other = try await box.createPerson(NewPerson(name: "another"))
                    _ = try await box.enrol(probe, as: other.id)
                    #expect(try await box.recognize(probe).faces?.compactMap(\.person?.id) == [other.id])

                    #expect(try await server.stop() == 0)
                    #expect(try Self.found(traces, below: data) == 0)
                    #expect(!server.child.errors.contains(name) && !server.child.output.contains(name))
                }
            }
        }

        /// Deletes a person while eight clients send the face; returns how many answers named the person before.
        private func delete(
            _ person: UUIDv7, while probe: ByteBuffer, _ name: String, _ box: AIBoxClient
        ) async throws -> Int {
            let journal = Journal()
            let end = try await withThrowingTaskGroup(of: Void.self) { clients in
                for _ in 0..<8 { clients.addTask { await Self.send(probe, box, journal) } }
                try await wait(for: "answers") { await journal.answers.count >= 24 ? () : nil }
                try await box.deletePerson(person)
                let end = ContinuousClock.now
                try await wait(for: "answers after the deletion") {
                    await journal.answers.filter { $0.asked > end }.count >= 24 ? () : nil
                }
                clients.cancelAll()
                try await clients.waitForAll()
                return end
            }
            let (answers, problems) = (await journal.answers, await journal.problems)
            #expect(problems.isEmpty, "\(problems)")
            for answer in answers where answer.asked > end { #expect(answer.names.isEmpty) }
            #expect(answers.allSatisfy { $0.names.allSatisfy { $0 == name } })
            return answers.filter { !$0.names.isEmpty }.count
        }

        private static func send(_ probe: ByteBuffer, _ box: AIBoxClient, _ journal: Journal) async {
            while !Task.isCancelled {
                let asked = ContinuousClock.now
                do {
                    let answer = try await box.recognize(probe)
                    await journal.add(asked, (answer.faces ?? []).compactMap(\.person?.name))
                } catch {
                    if !Task.isCancelled { await journal.add("\(error)") }
                }
            }
        }

        /// How many of the byte sequences occur in any file.
        private static func found(_ traces: [Data], below folder: URL) throws -> Int {
            let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            let files = try paths.compactMap { path -> Data? in
                let file = folder.appending(path: path)
                let isFile = try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
                return isFile ? try Data(contentsOf: file) : nil
            }
            return traces.filter { trace in files.contains { $0.range(of: trace) != nil } }.count
        }
    }
}
