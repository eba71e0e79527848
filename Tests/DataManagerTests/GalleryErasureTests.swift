import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Testing

@testable import DataManager

/// The bytes of deleted persons are nowhere in the data folder (field report BL-06).
@Suite struct GalleryErasureTests {
    private struct Enrolled {
        let person: Person
        let template: FaceTemplate
        let crop: Data
        var names: [String]

        /// Whatever of the person a look through the files could show; the last name is the present one.
        var traces: [Data] {
            let vector = FloatBytes.data(template.vector)
            return names.map { Data($0.utf8) } + [
                Data((person.externalID ?? "").utf8), Data(secret.utf8), vector.prefix(16), vector.suffix(16),
                crop.prefix(24), crop.suffix(24), crop.dropFirst(crop.count / 2).prefix(24),
            ]
        }

        var secret: String {
            guard case .string(let text) = person.metadata["note"] else { return "" }
            return text
        }
    }

    @Test(arguments: [UInt64(1), 2], TestRows.embedded)
    func nothingOfDeletedPersonsIsLeftInAnyFile(_ seed: UInt64, _ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, folder in
            var random = SplitMix(seed)
            var (living, gone): ([Enrolled], [Enrolled]) = ([], [])
            for number in 0..<600 {
                switch UInt8.random(in: 0..<10, using: &random) {
                case 0..<3 where !living.isEmpty:
                    let enrolled = living.remove(at: .random(in: living.indices, using: &random))
                    #expect(try await manager.deletePerson(enrolled.person.id))
                    gone.append(enrolled)
                case 3..<5 where !living.isEmpty:
                    let index = Int.random(in: living.indices, using: &random)
                    living[index].names.append(Self.name(&random))
                    _ = try await manager.updatePerson(
                        living[index].person.id, PersonChange(name: living[index].names.last))
                default: living.append(try await enrol(UInt64(number), manager, &random))
                }
            }
            // After the first deletion that follows a rename the old name is gone too.
            let last = living.removeLast()
            #expect(try await manager.deletePerson(last.person.id))
            gone.append(last)
            let files = try self.files(folder)
            let dead = gone.flatMap(\.traces) + living.flatMap { $0.names.dropLast().map { Data($0.utf8) } }
            #expect(dead.count > 1000 && Self.found(dead, in: files).isEmpty)
            let alive = Set(living.flatMap { $0.traces.dropFirst($0.names.count - 1) })
            let found = Self.found(Array(alive), in: files)
            #expect(found == (rows.isEncrypted ? [] : alive), "living persons can be read only where nothing is sealed")
        }
    }

    @Test func aDeletedFaceIsGoneFromAllFilesAndTheOthersStay() async throws {
        try await withDataManager { manager, folder in
            let person = Person(name: "one of two")
            try await manager.createPerson(person)
            let (deleted, kept) = (EnrolledFace.example(of: person.id), EnrolledFace.example(of: person.id))
            _ = try await manager.addFace(
                deleted, template: .example(1, count: 512), crop: ByteBuffer(string: "crop-1"))
            _ = try await manager.addFace(kept, template: .example(2, count: 512), crop: ByteBuffer(string: "crop-2"))
            #expect(try await manager.deleteFace(deleted.id, ofPerson: person.id))
            let files = try self.files(folder)
            #expect(files.range(of: Data("crop-1".utf8)) == nil && files.range(of: Data("crop-2".utf8)) != nil)
            #expect(files.range(of: FloatBytes.data(FaceTemplate.example(1, count: 512).vector).prefix(16)) == nil)
            #expect(files.range(of: FloatBytes.data(FaceTemplate.example(2, count: 512).vector)) != nil)
        }
    }

    @Test func aReplacedTemplateIsGoneOnceTheJournalIsEmptied() async throws {
        try await withDataManager { manager, folder in
            let face = EnrolledFace.example(of: UUIDv7())
            try await manager.createPerson(Person(id: face.personID, name: "x"))
            _ = try await manager.addFace(face, template: .example(1, count: 512), crop: nil)
            #expect(try await manager.addTemplate(.example(2, count: 512), toFace: face.id))
            #expect(await manager.database.eraseJournal())
            let changes = try await manager.galleryChanges(since: 0, limit: 10)
            #expect(changes.faces.first?.templates == [.example(2, count: 512)])
            let old = FloatBytes.data(FaceTemplate.example(1, count: 512).vector).prefix(16)
            #expect(try self.files(folder).range(of: old) == nil)
        }
    }

    @Test(arguments: TestRows.embedded) func deletionsSucceedWhileOthersReadAndWrite(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, folder in
            let persons = (0..<20).map { Person(name: "under way \($0)") }
            for person in persons { try await manager.createPerson(person) }
            let isDone = Done()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        while !isDone.isSet {
                            _ = try await manager.personNames(persons.map(\.id))
                            try await manager.store(.example(persons.map { .face(of: $0) }), picture: nil)
                        }
                    }
                }
                for person in persons {
                    #expect(try await manager.deletePerson(person.id))
                    #expect(try await manager.personNames([person.id]).isEmpty)
                }
                isDone.set()
                try await group.waitForAll()
            }
            #expect(await manager.database.eraseJournal())
            #expect(try self.files(folder).range(of: Data("under way".utf8)) == nil)
            let left = try await manager.read {
                try $0.value("SELECT count(*) FROM detections WHERE person_id IS NOT NULL", as: Int.self)
            }
            #expect(left == 0)
        }
    }

    @Test(arguments: TestRows.embedded) func freedSlotsAreTakenAgain(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            for round in 0..<30 {
                let person = Person(name: "again")
                try await manager.createPerson(person)
                _ = try await manager.addFace(
                    .example(of: person.id), template: .example(UInt64(round)), crop: ByteBuffer(string: "crop"))
                #expect(try await manager.deletePerson(person.id))
            }
            let counts = try await manager.read { db in
                try ["sealed", "free_slots", "templates", "faces", "persons"].map {
                    try db.value("SELECT count(*) FROM \($0)", as: Int.self)
                }
            }
            #expect(counts == [3, 3, 0, 0, 0])
        }
    }

    private func enrol(_ seed: UInt64, _ manager: DataManager, _ random: inout SplitMix) async throws -> Enrolled {
        let name = Self.name(&random)
        let person = Person(
            name: name, externalID: Self.name(&random), metadata: ["note": .string(Self.name(&random))])
        let count = [16, 128, 512, 2048].randomElement(using: &random) ?? 16
        let size = Int.random(in: 100..<6000, using: &random)
        let crop = Data((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
        try await manager.createPerson(person)
        let template = FaceTemplate.example(seed, count: count)
        _ = try await manager.addFace(.example(of: person.id), template: template, crop: ByteBuffer(data: crop))
        return Enrolled(person: person, template: template, crop: crop, names: [name])
    }

    private static func name(_ random: inout SplitMix) -> String {
        "N\(random.next())" + String(repeating: "x", count: .random(in: 0..<100, using: &random))
            + "E\(random.next())"
    }

    /// Those of `traces`, each at least eight bytes long, that are in `files`; in one pass.
    private static func found(_ traces: [Data], in files: Data) -> Set<Data> {
        let byHead = Dictionary(grouping: traces) { $0.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
        var found: Set<Data> = []
        files.withUnsafeBytes { bytes in
            var word: UInt64 = 0
            for index in bytes.indices {
                word = word << 8 | UInt64(bytes[index])
                guard index >= 7, let candidates = byHead[word] else { continue }
                found.formUnion(candidates.filter { bytes[(index - 7)...].starts(with: $0) })
            }
        }
        return found
    }

    /// Every byte of every file in the data folder.
    private func files(_ folder: TestFolder) throws -> Data {
        try folder.files(below: ".").reduce(into: Data()) {
            $0 += FileManager.default.contents(atPath: "\(folder.path)/\($1)") ?? Data()
        }
    }
}
