import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Storage
import Testing

@testable import DataManager

/// Encryption at rest over restarts, with keys that come, change and are lost.
@Suite struct EncryptionTests {
    private let folder: TestFolder
    private let old = WrappingKey()
    private let new = WrappingKey()

    init() throws { folder = try TestFolder() }

    private func open(
        _ keys: [WrappingKey], in other: TestFolder? = nil,
        _ change: (inout DataManager.Configuration) -> Void = { _ in }
    ) async throws -> DataManager {
        var configuration = DataManager.Configuration(folder: (other ?? folder).path)
        if !keys.isEmpty { configuration.keys = .value(keys.map(\.line).joined(separator: "\n"), name: "keys") }
        change(&configuration)
        return try await DataManager(configuration, logger: .silent)
    }

    /// The error of a start that is refused.
    private func refusal(
        _ keys: [WrappingKey], in other: TestFolder? = nil,
        _ change: (inout DataManager.Configuration) -> Void = { _ in }
    ) async -> DataManagerError? {
        do {
            await (try await open(keys, in: other, change)).close()
            return nil
        } catch {
            return error as? DataManagerError
        }
    }

    /// A person with a face and a crop, and a picture in which the person is recognised.
    private func enrol(_ manager: DataManager) async throws -> (person: Person, inference: InferenceRecord) {
        let person = Person(
            name: "Trần Thị Readable", externalID: "readable-7", metadata: ["note": .string("readable")])
        try await manager.createPerson(person)
        _ = try await manager.addFace(
            .example(of: person.id), template: .example(1), crop: ByteBuffer(string: "readable crop"))
        let inference = InferenceRecord.example([.face(of: person)])
        try await manager.store(inference, picture: ByteBuffer(string: "readable picture"))
        return (person, inference)
    }

    private func verify(_ enrolled: (person: Person, inference: InferenceRecord), _ manager: DataManager) async throws {
        let (person, inference) = enrolled
        let stored = try #require(try await manager.person(person.id))
        #expect(stored.name == person.name && stored.externalID == person.externalID)
        #expect(stored.metadata == person.metadata && stored.faceCount == 1)
        #expect(try await manager.persons(PersonQuery { $0.name = "tran thi" }).items.map(\.id) == [person.id])
        #expect(try await manager.persons(PersonQuery { $0.externalID = "readable-7" }).items.map(\.id) == [person.id])
        let taken = await problem { try await manager.createPerson(Person(name: "x", externalID: "readable-7")) }
        #expect(taken?.status == 409)
        let face = try #require(try await manager.galleryChanges(since: 0, limit: 10).faces.first)
        #expect(face.templates == [.example(1)])
        let crop = try await manager.faceCrop(face.id, ofPerson: person.id)
        #expect(crop == ByteBuffer(string: "readable crop"))
        let detection = try await manager.inference(inference.id)?.detections.first
        #expect(detection?.details.person?.name == person.name)
        #expect(try await manager.detections(DetectionQuery()).items.first?.details.person?.name == person.name)
        #expect(try await manager.picture(ofInference: inference.id) == ByteBuffer(string: "readable picture"))
    }

    private func isReadable() throws -> Bool {
        try folder.files(below: ".").contains { name in
            let content = FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data()
            return ["eadable", "readable-7"].contains { content.range(of: Data($0.utf8)) != nil }
                || content.range(of: FloatBytes.data(FaceTemplate.example(1).vector)) != nil
        }
    }

    @Test func withoutItsKeyTheDataIsRefusedWithWhatIsWanted() async throws {
        await (try await open([old])).close()
        let without = await refusal([])
        #expect(without?.code == .keys && without?.remedy.contains("encryption_key") == true)
        let wrong = await refusal([new])
        #expect(wrong?.code == .keys && wrong?.message.contains("\(old.id)") == true)
        let broken = await refusal([]) { $0.keys = .value("no key", name: "encryption_key") }
        #expect(broken?.code == .keys && broken?.message.contains("encryption_key, line 1") == true)
        let right = await refusal([old])
        #expect(right == nil)
    }

    @Test func aDatabaseOfAnotherFoldersKeysIsRefused() async throws {
        await (try await open([old])).close()
        let (other, file) = (try TestFolder(), folder.database)
        for keys in [[old], []] {
            let refused = await refusal(keys, in: other) { $0.database = .sqlite(path: file) }
            #expect(refused?.code == .keys)
        }
    }

    @Test func aSecondUserOfTheFolderOfKeysIsRefused() async throws {
        let manager = try await open([old])
        let other = try TestFolder()
        try FileManager.default.createSymbolicLink(
            atPath: other.path + "/keys", withDestinationPath: folder.path + "/keys")
        let refused = await refusal([old], in: other)
        #expect(refused?.code == .keys && refused?.message.contains("in use by another process") == true)
        await manager.close()
    }

    @Test func whatIsPlainIsReadableSealedAndThenRequiredToBe() async throws {
        let plain = try await open([])
        let enrolled = try await enrol(plain)
        await plain.close()
        #expect(try isReadable())

        let upgraded = try await open([old])
        try await verify(enrolled, upgraded)
        let change = PersonChange(metadata: ["note": .string("readable")])
        _ = try await upgraded.updatePerson(enrolled.person.id, change)
        try await verify(enrolled, upgraded)
        await upgraded.close()
        let early = await refusal([old]) { $0.requiresSealed = true }
        #expect(early?.code == .keys && early?.message.contains("sealed yet") == true)

        let sealing = try await open([old])
        let revision = try await sealing.galleryRevision()
        try await sealing.sealAll(limit: 1)
        try await verify(enrolled, sealing)
        #expect(try await sealing.galleryRevision() == revision, "no face has changed")
        await sealing.close()
        #expect(try !isReadable())

        let strict = try await open([old]) { $0.requiresSealed = true }
        try await verify(enrolled, strict)
        try await strict.write { try $0.execute("UPDATE sealed SET content = x'00' WHERE slot > 0") }
        let refused = await problem { _ = try await strict.person(enrolled.person.id) }
        #expect(refused?.type == "/problems/damaged")
        await strict.close()
    }

    @Test func nothingStoredWithAKeyIsReadableInAnyFile() async throws {
        let manager = try await open([old])
        let enrolled = try await enrol(manager)
        try await verify(enrolled, manager)
        await manager.close()
        #expect(try !isReadable())
    }

    @Test func afterARotationTheOldKeyCanGo() async throws {
        let first = try await open([old])
        let enrolled = try await enrol(first)
        await first.close()
        let rotated = try await open([new, old])
        try await verify(enrolled, rotated)
        let keys = try #require(rotated.cipher.keys)
        #expect(try await keys.rewrapAll() == 3, "the person's, and two of the store's own")
        try await keys.retireWaiting(old.id)
        await rotated.close()
        let last = try await open([new])
        try await verify(enrolled, last)
        await last.close()
    }

    @Test func whatIsMovedToAnotherRowOrFileDoesNotOpen() async throws {
        let manager = try await open([old])
        let (enrolled, other) = (try await enrol(manager), Person(name: "other"))
        try await manager.createPerson(other)
        try await manager.write {
            try $0.execute(
                "UPDATE persons SET text_slot = (SELECT text_slot FROM persons WHERE id = ?) WHERE id = ?",
                [enrolled.person.id, other.id])
        }
        let moved = await problem { _ = try await manager.person(other.id) }
        #expect(moved?.type == "/problems/damaged")
        let inference = InferenceRecord.example()
        try await manager.store(inference, picture: ByteBuffer(string: "readable picture"))
        let (from, to) = (file(enrolled.inference.id), file(inference.id))
        try FileManager.default.removeItem(atPath: to)
        try FileManager.default.copyItem(atPath: from, toPath: to)
        let copied = await problem { _ = try await manager.picture(ofInference: inference.id) }
        #expect(copied?.type == "/problems/damaged")
        await manager.close()
    }

    @Test func aSearchByNameGoesOnBeyondWhatIsOpenedAtOnce() async throws {
        let manager = try await open([old])
        let needle = Person(name: "Needle")
        try await manager.createPerson(needle)
        for number in 0..<PersonSearch.stride + 20 { try await manager.createPerson(Person(name: "straw \(number)")) }
        var (query, found): (PersonQuery, [UUIDv7]) = (PersonQuery { $0.name = "need" }, [])
        repeat {
            let page = try await manager.persons(query)
            found += page.items.map(\.id)
            query.cursor = page.nextCursor
        } while query.cursor != nil
        #expect(found == [needle.id])
        await manager.close()
    }

    private func file(_ id: UUIDv7) -> String {
        let text = id.description
        return "\(folder.path)/blobs/objects/pictures/\(text.prefix(6))/\(text.dropFirst(6).prefix(2))/\(text)="
    }
}
