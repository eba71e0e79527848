import AIBoxAPI
import Foundation
import GRDB
import Logging
import NIOCore
import TestSupport
import Testing

@testable import Gateway
@testable import Storage

extension Faults {
    /// Rows that another program, or an older one, has left in a queue or a database: they are set aside with a reason,
    /// and the others arrive (field report BL-15).
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(5)))
    struct BrokenRowTests {
        private static let count = 499

        @Test(arguments: WorldKind.usable)
        func oneBrokenRecordOfTheSpoolIsSetAsideAndTheOthersArrive(at kind: WorldKind) async throws {
            try await withTemporaryFolder { folder in
                let data = folder.appending(path: "gateway")
                let journal = Journal(seed: 61)
                var broken = journal.next().record
                try await fill(data.appending(path: "spool")) { spool in
                    for number in 0..<Self.count {
                        if number == 250 {
                            broken.cameraID = "a\0b"
                            try await spool.append(broken, picture: nil)
                        }
                        let entry = journal.next()
                        try await spool.append(entry.record, picture: entry.picture)
                        journal.acknowledge(entry.record.id)
                    }
                }
                try await kind.make(in: folder).withBox { box in
                    try await PublicBox.with(before: box, ["AIBOX_DATA_DIR": data.path], in: folder) { gateway in
                        try await gateway.untilDrained()
                    }
                    let after = await journal.comparison(with: box.manager)
                    #expect(after.isWhole && after.read == Self.count, "\(after)")
                }
                try expectSetAside(broken.id, in: data.appending(path: "spool/rejected"))
            }
        }

        /// Hands out a spool whose records nobody takes, and leaves them in `folder`.
        private func fill(_ folder: URL, _ body: (InferenceSpool) async throws -> Void) async throws {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let spool = try InferenceSpool(.init(folder: folder.path, maximumBytes: 1 << 28), logger: logger) { _, _ in
                throw Problem.unavailable("nobody is there")
            }
            try await body(spool)
            let end = Task { await spool.run() }
            end.cancel()
            await end.value
        }

        /// The record and, for people, why.
        private func expectSetAside(_ id: UUIDv7, in folder: URL) throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names.map { URL(filePath: $0).pathExtension } == ["json", "spool"])
            let reason = try String(contentsOf: folder.appending(path: names.first ?? ""), encoding: .utf8)
            #expect(reason.contains("\(id)") && reason.contains("camera_id") && reason.contains("422"), "\(reason)")
        }

        @Test(.enabled(if: PostgresWorld.isSupported, PostgresWorld.absence))
        func aCopyToPostgreSQLSetsRowsAsideThatNoTextOfItCanHold() async throws {
            try await withTemporaryFolder { folder in
                let journal = Journal(seed: 62)
                let world = try EmbeddedWorld(folder: folder)
                var broken: [UUIDv7] = []
                try await world.withBox { box in
                    while journal.acknowledgedCount < Self.count { await journal.send(journal.next(), to: box.manager) }
                    // Without detections, which would have to stay behind with it.
                    for _ in Self.texts {
                        var record = journal.next().record
                        record.detections = []
                        record.hasImage = false
                        try await box.manager.store(record, picture: nil)
                        broken.append(record.id)
                    }
                    #expect(try await box.stop() == 0)
                }
                try breakTexts(of: broken, in: world.folder.appending(path: "data/aibox.sqlite"))
                let other = try await PostgresWorld(folder: folder.appending(path: "other"))
                try await other.start([:])
                do {
                    try await copy(world, other, broken)
                } catch {
                    try await other.kill()
                    throw error
                }
                try await other.kill()
                // Pictures and files are not in the database.
                try FileManager.default.copyItem(
                    at: world.folder.appending(path: "data"), to: other.folder.appending(path: "data"))
                try await other.withBox { box in
                    let after = await journal.comparison(with: box.manager)
                    #expect(after.isWhole && after.read == Self.count, "\(after)")
                    for id in broken {
                        let found = try await box.manager.inference(id)
                        #expect(found == nil)
                    }
                }
            }
        }

        /// As expressions of SQLite, with what the copy says of them.
        private static let texts = [
            (expression: "'a' || char(0) || 'b'", reason: "U+0000"),
            (expression: "CAST(x'61FFFE62' AS TEXT)", reason: "UTF-8"),
        ]

        /// As a version would have stored them that did not look, or a program that writes to the file.
        private func breakTexts(of ids: [UUIDv7], in file: URL) throws {
            let database = try SQLiteDatabase(.init(path: file.path))
            try database.pool.write { db in
                for (id, text) in zip(ids, Self.texts) {
                    try db.execute(
                        sql: "UPDATE inferences SET camera_id = \(text.expression) WHERE id = ?",
                        arguments: [Data(id.bytes)])
                }
            }
            try database.pool.close()
        }

        private func copy(_ world: EmbeddedWorld, _ other: PostgresWorld, _ broken: [UUIDv7]) async throws {
            let address = try #require(other.settings["AIBOX_DATABASE_URL"])
            let child = try Child.start(
                Places.binary, ["db", "copy", "--to", address], environment: world.settings,
                in: world.folder.deletingLastPathComponent())
            #expect(try await child.end() == 1)
            let lines = child.output.split(separator: "\n").filter { $0.hasPrefix("refused:") }
            #expect(lines.count == broken.count, "\(child.output) \(child.errors)")
            for text in Self.texts {
                #expect(lines.contains { $0.contains("inferences") && $0.contains(text.reason) }, "\(lines)")
            }
            #expect(!child.output.contains("DIFFERENT"), "\(child.output)")
        }
    }
}
