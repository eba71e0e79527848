import AIBoxAPI
import Foundation
import Storage
import Testing

@testable import DataManager

@Suite(.timeLimit(.minutes(1))) struct EventRowsTests {
    private struct Deliberate: Error {}

    @Test(arguments: TestRows.here)
    func sequenceHasNoGapsWhateverFailsBetweenConcurrentWriters(_ rows: TestRows) async throws {
        try await withDataManager(on: rows, batchLimit: 7) { manager, _ in
            let taken = InferenceRecord.example()
            try await manager.store(taken, picture: nil)
            let stored = await withTaskGroup(of: Int.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        var stored = 0
                        for index in 0..<25 {
                            let isStored = await problem { try await write(writer * 25 + index, taken, manager) } == nil
                            stored += isStored ? 1 : 0
                        }
                        return stored
                    }
                }
                return await group.reduce(1, +)
            }
            let events = try await all(manager)
            #expect(stored == 1 + 100 && events.count == stored)
            #expect(events.map(\.sequence) == (1...Int64(stored)).map { $0 })
            #expect(Set(events.map(\.id)).count == stored)
        }
    }

    /// Half of the writes succeed; a quarter breaks a key, a quarter throws after its event was written.
    private func write(_ index: Int, _ taken: InferenceRecord, _ manager: DataManager) async throws {
        switch index % 4 {
        case 0, 1: try await manager.store(.example(), picture: nil)
        case 2: try await manager.store(.example(taken.detections), picture: nil)
        default:
            try await manager.write { db in
                try EventRows.append(KnownPlatesChanged(.created, plate: UUIDv7()), db)
                throw Deliberate()
            }
        }
    }

    @Test func eventIsThereExactlyWhenItsCauseIs() async throws {
        try await withDataManager { manager, _ in
            let record = InferenceRecord.example()
            try await manager.store(record, picture: nil)
            let plate = KnownPlate(plateNumber: "A1", label: "", list: .watch)
            try await manager.createKnownPlate(plate)
            let refused = await problem {
                try await manager.createKnownPlate(KnownPlate(plateNumber: "a-1", label: "", list: .watch))
            }
            #expect(refused?.status == 409)
            #expect(try await manager.deleteKnownPlate(UUIDv7()) == false)
            #expect(try await all(manager).map(\.subject) == [record.id.description, plate.id.description])
        }
    }

    @Test(arguments: TestRows.here)
    func galleryTellsWhatChangedButNoNames(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let person = Person(name: "Nguyễn Văn A", externalID: "staff-7")
            try await manager.createPerson(person)
            let face = EnrolledFace.example(of: person.id)
            _ = try await manager.addFace(face, template: .example(1), crop: nil)
            _ = try await manager.addFace(face, template: .example(1), crop: nil)  // a retry adds no event
            _ = try await manager.addTemplate(.example(2, model: "other@1"), toFace: face.id)
            _ = try await manager.updatePerson(person.id, PersonChange(name: "Trần Thị B"))
            try await manager.store(.example([.face(of: person), .plate, .example(label: "person")]), picture: nil)
            _ = try await manager.deleteFace(face.id, ofPerson: person.id)
            _ = try await manager.deletePerson(person.id)
            let events = try await all(manager)
            let changes = try events.filter { $0.type == "GalleryChanged" }.map { try $0.decode(GalleryChanged.self) }
            #expect(
                changes == [
                    GalleryChanged(.personCreated, person: person.id),
                    GalleryChanged(.faceAdded, person: person.id, face: face.id),
                    GalleryChanged(.faceUpdated, person: person.id, face: face.id),
                    GalleryChanged(.personUpdated, person: person.id),
                    GalleryChanged(.faceRemoved, person: person.id, face: face.id),
                    GalleryChanged(.personDeleted, person: person.id),
                ])
            let inference = try #require(events.first { $0.type == "ModelInferenceCompleted" })
            #expect(
                try inference.decode(ModelInferenceCompleted.self).counts == ["face": 1, "plate": 1, "person": 1])
            let text = String(decoding: try JSONEncoder().encode(events), as: UTF8.self)
            for secret in ["Nguyễn", "Trần", "staff-7", "51F12345", "ignored"] { #expect(!text.contains(secret)) }
        }
    }

    @Test func sequenceGoesOnAfterAKillAndAfterAPurgeOfEverything() async throws {
        let (first, second) = (try TestFolder(), try TestFolder())
        let killed = try await DataManager(first)
        for _ in 0..<5 { try await killed.store(.example(), picture: nil) }
        // What the disk has when the process is killed: the journal is not yet in the database.
        for file in ["aibox.sqlite", "aibox.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(first.path)/\(file)", toPath: "\(second.path)/\(file)")
        }
        await killed.close()
        let manager = try await DataManager(second)
        #expect(try await all(manager).map(\.sequence) == [1, 2, 3, 4, 5])
        let purged = try await manager.write { try EventRows.purge(before: .now + 1000, $0) }
        #expect(purged == 5)
        try await manager.store(.example(), picture: nil)
        #expect(try await all(manager).map(\.sequence) == [6])
        await manager.close()
    }

    @Test(arguments: TestRows.here)
    func purgeTakesTheOldestAndReadersAreToldOfTheGap(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            for _ in 0..<10 { try await manager.store(.example(), picture: nil) }
            let byCount = try await manager.write { try EventRows.purge(before: .now + -60_000, keeping: 6, $0) }
            #expect(byCount == 4)
            let nothing = try await manager.write { try EventRows.purge(before: .now + -60_000, keeping: 6, $0) }
            #expect(nothing == 0)
            let behind = try await manager.events(EventQuery(after: 3))
            #expect(behind.hasGap && behind.events.first?.sequence == 5 && behind.next == 10)
            let atTheEdge = try await manager.events(EventQuery(after: 4))
            #expect(!atTheEdge.hasGap && atTheEdge.events.count == 6)
            let bounded = try await manager.write { try EventRows.purge(before: .now + 1000, limit: 2, $0) }
            #expect(bounded == 2)
            try await EventRetention(manager.database, .silent).purge(at: .now)
            #expect(try await manager.events(EventQuery(after: 6)).events.count == 4)
        }
    }

    @Test(arguments: TestRows.here)
    func consumerMovesOnWithItsEffectsAndNeverBack(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let consumer = EventConsumerRows(name: "test")
            let position = { try await manager.read { try consumer.position($0) } }
            #expect(try await position() == 0)
            try await manager.write { try consumer.advance(to: 5, $0) }
            try await manager.write { try consumer.advance(to: 3, $0) }
            #expect(try await position() == 5)
            _ = await problem {
                try await manager.write { db in
                    try consumer.advance(to: 9, db)
                    throw Problem.notFound
                }
            }
            #expect(try await position() == 5)
        }
    }

    @Test(arguments: TestRows.here)
    func leaseIsWithOneHolderUntilItEnds(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let consumer = EventConsumerRows(name: "test")
            let (one, two, now) = (UUIDv7(), UUIDv7(), Timestamp.now)
            let steps: [(UUIDv7, Int64, Bool)] = [
                (one, 0, true), (two, 99, false), (one, 50, true), (two, 149, false), (two, 150, true),
                (one, 151, false),
            ]
            for (holder, time, expected) in steps {
                let isLeased = try await manager.write {
                    try consumer.lease(to: holder, at: now + time, until: now + (time + 100), $0)
                }
                #expect(isLeased == expected, "at \(time)")
            }
        }
    }

    private func all(_ manager: DataManager) async throws -> [Event] {
        try await manager.read { try EventRows.after(0, limit: 1000, $0) }
    }
}

extension Event {
    func decode<Data: EventData>(_ type: Data.Type) throws -> Data {
        try JSONDecoder().decode(type, from: JSONEncoder().encode(data))
    }
}
