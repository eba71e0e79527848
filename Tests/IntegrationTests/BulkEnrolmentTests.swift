import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import TestSupport
import Testing

extension LiveTests {
    /// Field report BL-07 in small; `scripts/soak` has it in full.
    @Suite(
        .enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)),
        .enabled(if: Portraits.arePresent, "../shared/data/faces-dev is absent"), .timeLimit(.minutes(5)))
    struct BulkEnrolmentTests {
        private struct Job: Sendable {
            var person: Person
            var picture: ByteBuffer
        }

        /// What is to be sent and what was acknowledged.
        private actor Work {
            private var jobs: [Job]
            private(set) var acknowledged: [UUIDv7: UUIDv7] = [:]
            private(set) var refusedForGood = 0
            private(set) var faults: [String] = []
            /// The first acknowledged picture of all.
            private(set) var first: Job?

            init(_ jobs: [Job]) { self.jobs = jobs }

            func next() -> Job? { jobs.popLast() }
            func back(_ job: Job) { jobs.append(job) }
            func refused() { refusedForGood += 1 }
            func fault(_ text: String) { faults.append(text) }

            func add(_ face: UUIDv7, _ job: Job) {
                if acknowledged.updateValue(job.person.id, forKey: face) != nil { faults.append("\(face) twice") }
                first = first ?? job
            }
        }

        private static let clients = 16

        @Test func everyAcknowledgedFaceIsThereOnceAfterAKillInTheMiddle() async throws {
            try await withTemporaryFolder { folder in
                let (work, box, port) = try await withServer(in: folder) { server in
                    let box = AIBoxClient(address: "http://127.0.0.1:\(server.port)")
                    try await box.login(username: "admin", password: Server.password)
                    let work = Work(try await Self.jobs(box))
                    try await withThrowingTaskGroup(of: Void.self) { clients in
                        for _ in 0..<Self.clients { clients.addTask { await Self.enrol(work, box) } }
                        try await wait(for: "half of the acknowledgements", within: .seconds(120)) {
                            await work.acknowledged.count >= 60 ? () : nil
                        }
                        try await server.kill()
                        clients.cancelAll()  // a client would go on looking for the server
                        try await clients.waitForAll()
                    }
                    return (work, box, server.port)
                }
                let known = try #require(await work.first)
                let statuses = Task { try await Self.statusesUntilReady(port) }
                try await withServer(["--port", "\(port)"], in: folder) { server in
                    // The same login: the first thing that is asked of the gallery.
                    let faces = try await box.recognize(known.picture).faces ?? []
                    #expect(faces.contains { $0.person?.id == known.person.id })
                    let seen = Set(try await statuses.value)
                    #expect(seen.isSubset(of: [200, 503]))
                    let before = await work.acknowledged.count
                    try await withThrowingTaskGroup(of: Void.self) { clients in
                        for _ in 0..<Self.clients { clients.addTask { await Self.enrol(work, box) } }
                        try await clients.waitForAll()
                    }
                    #expect(await work.acknowledged.count > before)
                    try await Self.expectAll(work, box)
                    #expect(try await server.stop() == 0)
                }
                try await withServer(["--port", "\(port)"], in: folder) { _ in
                    let faces = try await box.recognize(known.picture).faces ?? []
                    #expect(faces.contains { $0.person?.id == known.person.id })
                    try await Self.expectAll(work, box)
                }
                let faults = await work.faults
                #expect(faults.isEmpty, "\(faults)")
            }
        }

        /// Three faces of each of forty persons.
        private static func jobs(_ box: AIBoxClient) async throws -> [Job] {
            var jobs: [Job] = []
            for portraits in try Portraits.people() {
                let person = try await box.createPerson(NewPerson(name: portraits.name))
                jobs += portraits.pictures.map { Job(person: person, picture: $0) }
            }
            return jobs
        }

        /// Enrols until there is no more work or no more server.
        private static func enrol(_ work: Work, _ box: AIBoxClient) async {
            while let job = await work.next() {
                do {
                    let answer = try await box.enrol(job.picture, as: job.person.id)
                    await work.add(answer.face.id, job)
                } catch let problem as Problem {
                    switch problem.status {
                    case 422: await work.refused()
                    case 429, 503:
                        if problem.retryAfter == nil { await work.fault("no Retry-After: \(problem)") }
                        await work.back(job)
                    default: await work.fault("\(problem)")
                    }
                } catch {  // the server is killed under the call
                    await work.back(job)
                    return
                }
            }
        }

        /// Each acknowledged face once with its person; beyond those at most what was under way at the kill.
        private static func expectAll(_ work: Work, _ box: AIBoxClient) async throws {
            var stored: [UUIDv7: UUIDv7] = [:]
            var count = 0
            for try await person in box.allPersons() {
                let faces = try await box.faces(of: person.id)
                #expect(faces.count == person.faceCount)
                count += faces.count
                for face in faces { stored[face.id] = person.id }
            }
            let acknowledged = await work.acknowledged
            #expect(stored.count == count, "no face twice")
            for (face, person) in acknowledged { #expect(stored[face] == person) }
            #expect(count <= acknowledged.count + clients, "\(count) of \(acknowledged.count)")
            #expect(acknowledged.count + (await work.refusedForGood) == 120)
        }

        /// What `/health/ready` says from now on, without refused connections.
        private static func statusesUntilReady(_ port: Int) async throws -> [Int] {
            var statuses: [Int] = []
            try await wait(for: "/health/ready") {
                guard let answer = try? await Caller(port: port).get("/health/ready") else { return nil as Void? }
                statuses.append(answer.status)
                return answer.status == 200 ? () : nil
            }
            return statuses
        }
    }
}
