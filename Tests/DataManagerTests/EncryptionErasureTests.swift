import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Storage
import Testing

@testable import DataManager

/// A person who was deleted stays deleted: after a kill at any moment, and when older files come back.
@Suite struct EncryptionErasureTests {
    private let folder: TestFolder
    private let backup: TestFolder

    init() throws { (folder, backup) = (try TestFolder(), try TestFolder()) }

    private func enrol(_ name: String, _ manager: DataManager) async throws -> (Person, EnrolledFace) {
        let (person, seed) = (Person(name: name), UInt64(name.utf8.count))
        try await manager.createPerson(person)
        let face = EnrolledFace.example(of: person.id)
        _ = try await manager.addFace(face, template: .example(seed), crop: ByteBuffer(string: "crop"))
        return (person, face)
    }

    @Test(arguments: [false, true]) func aRestoredDatabaseForgetsWhomTheLedgerHas(_ areKeysRestored: Bool) async throws
    {
        let manager = try await DataManager(folder, on: .sqliteEncrypted)
        let (gone, face) = try await enrol("gone", manager)
        let (stays, _) = try await enrol("stays on", manager)
        try SubjectKeyBackup.write(try #require(manager.cipher.keys), to: backup.path + "/keys.backup", life: 3600)
        await manager.close()
        try FileManager.default.copyItem(atPath: folder.database, toPath: backup.database)

        let deleting = try await DataManager(folder, on: .sqliteEncrypted)
        #expect(try await deleting.deletePerson(gone.id))
        await deleting.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.database + suffix) }
        try FileManager.default.copyItem(atPath: backup.database, toPath: folder.database)
        if areKeysRestored {
            let restored = try SubjectKeyBackup.restore(
                from: backup.path + "/keys.backup", into: folder.path + "/keys",
                await KeySource.test.load(acceptingPlain: true))
            #expect(restored.erased == [gone.id])
        }

        let after = try await DataManager(folder, on: .sqliteEncrypted)
        #expect(try await after.person(gone.id) == nil)
        #expect(try await after.person(stays.id)?.name == "stays on")
        let changes = try await after.galleryChanges(since: 0, limit: 10)
        #expect(changes.removed == [face.id] && changes.faces.map(\.personID) == [stays.id])
        #expect(changes.revision == 3, "the revision has moved on")
        let key = try #require(after.cipher.keys).existingKeys(of: gone.id)
        #expect(key == nil)
        let again = await problem { try await after.createPerson(gone) }
        #expect(again?.status == 409)
        await after.close()
    }

    @Test func aKillBetweenTheDeletionAndTheErasureIsMadeGoodAtTheNextStart() async throws {
        let manager = try await DataManager(folder, on: .sqliteEncrypted)
        let (person, _) = try await enrol("gone", manager)
        let isDeleted = try await manager.write { [cipher = manager.cipher] in
            try Person.delete(person.id, $0, cipher)
        }
        #expect(isDeleted)
        let left = try #require(manager.cipher.keys).existingKeys(of: person.id)
        #expect(left != nil)
        await manager.close()

        let next = try await DataManager(folder, on: .sqliteEncrypted)
        let isErased = try #require(next.cipher.keys).isErased(person.id)
        let due = try await next.read { try Erasures.due($0) }
        #expect(isErased && due.isEmpty)
        await next.close()
    }

    @Test func whoDeletesAgainAfterAFailedErasureEndsIt() async throws {
        let manager = try await DataManager(folder, on: .sqliteEncrypted)
        let (person, _) = try await enrol("gone", manager)
        _ = try await manager.write { [cipher = manager.cipher] in try Person.delete(person.id, $0, cipher) }
        #expect(try await manager.deletePerson(person.id))
        let isErased = try #require(manager.cipher.keys).isErased(person.id)
        #expect(isErased)
        #expect(try await !manager.deletePerson(person.id))
        await manager.close()
    }

    /// A reader's snapshot may still have the row of a person whose key has just been erased.
    @Test func aPersonWhoseKeyIsErasedIsReadAsAbsent() async throws {
        let manager = try await DataManager(folder, on: .sqliteEncrypted)
        let (person, face) = try await enrol("gone", manager)
        try await manager.store(.example([.face(of: person)]), picture: nil)
        let keys = try #require(manager.cipher.keys)
        try await keys.eraseAll([person.id])
        #expect(try await manager.person(person.id) == nil)
        #expect(try await manager.persons(PersonQuery()).items.isEmpty)
        #expect(try await manager.personNames([person.id]).isEmpty)
        let detections = try await manager.detections(DetectionQuery()).items
        #expect(detections.count == 1 && detections[0].details.person == nil)
        let faces = try await manager.galleryChanges(since: 0, limit: 10).faces
        #expect(faces.count == 1 && faces[0].templates.isEmpty)
        #expect(try await manager.faceCrop(face.id, ofPerson: person.id) == nil)
        await manager.close()
    }

    @Test func personsWithoutTheirKeysAreNotPassedOver() async throws {
        let manager = try await DataManager(folder, on: .sqliteEncrypted)
        let keys = try #require(manager.cipher.keys)
        try SubjectKeyBackup.write(keys, to: backup.path + "/keys.backup", life: 3600)
        _ = try await enrol("later", manager)
        await manager.close()
        _ = try SubjectKeyBackup.restore(
            from: backup.path + "/keys.backup", into: folder.path + "/keys",
            await KeySource.test.load(acceptingPlain: true))
        let refused = await #expect(throws: DataManagerError.self) {
            try await DataManager(folder, on: .sqliteEncrypted)
        }
        #expect(refused?.code == .keys && refused?.message.contains("1 persons") == true)
    }
}
