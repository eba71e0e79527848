import AIBoxAPI
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct SubjectKeyBackupTests {
    private let kek = KeyRing(WrappingKey())
    private let gone = UUIDv7()
    private let kept = UUIDv7()
    private let day: TimeInterval = 24 * 3600

    /// A database with sealed names of persons, as a file that can be copied.
    private struct Persons {
        let path: String

        func write(_ names: [UUIDv7: String], _ keys: SubjectKeys) throws {
            let database = try DatabaseQueue(path: path)
            try database.write { db in
                try db.execute(sql: "CREATE TABLE persons (id BLOB PRIMARY KEY, name BLOB NOT NULL)")
                for (id, name) in names {
                    let context = SealContext.row(table: "persons", column: "name", id: id.bytes)
                    let sealed = try SealedValue.seal(Array(name.utf8), context, with: keys.keys(of: id))
                    try db.execute(sql: "INSERT INTO persons VALUES (?, ?)", arguments: [Data(id.bytes), Data(sealed)])
                }
            }
            try database.close()
        }

        func name(_ id: UUIDv7, _ keys: SubjectKeys) throws -> String {
            let sealed = try DatabaseQueue(path: path).read { db in
                try Data.fetchOne(db, sql: "SELECT name FROM persons WHERE id = ?", arguments: [Data(id.bytes)])
            }
            let context = SealContext.row(table: "persons", column: "name", id: id.bytes)
            let plain = try SealedValue.open(Array(#require(sealed)), context, with: keys.existingKeys(of: id))
            return String(decoding: plain, as: UTF8.self)
        }
    }

    @Test func whoWasErasedAfterTheBackupStaysErased() async throws {
        try await withFolder { folder in
            let (store, persons) = (folder + "/keys", Persons(path: folder + "/db.sqlite"))
            do {
                let keys = try SubjectKeys(folder: store, kek)
                try persons.write([gone: "Nguyễn Văn A", kept: "Trần Thị B"], keys)
                try FileManager.default.copyItem(atPath: persons.path, toPath: folder + "/db.backup")
                try SubjectKeyBackup.write(keys, to: folder + "/keys.backup", life: day)
                #expect(try persons.name(gone, keys) == "Nguyễn Văn A")
                try keys.erase(gone)
                #expect(code { _ = try persons.name(gone, keys) } == .denied)
            }
            let restored = try SubjectKeyBackup.restore(from: folder + "/keys.backup", into: store, kek)
            #expect(restored.erased == [gone], "these rows of the restored database are to be deleted")
            #expect(!restored.isLedgerFromBackup)
            let keys = try SubjectKeys(folder: store, kek)
            let old = Persons(path: folder + "/db.backup")
            #expect(code { _ = try old.name(gone, keys) } == .denied)
            #expect(code { _ = try keys.keys(of: gone) } == .notFound)
            #expect(try old.name(kept, keys) == "Trần Thị B")
        }
    }

    @Test func aBackupThatWasCopiedByHandIsCaughtByTheLedger() async throws {
        try await withFolder { folder in
            do {
                let keys = try SubjectKeys(folder: folder, kek)
                for subject in [gone, kept] { _ = try keys.keys(of: subject) }
                try FileManager.default.copyItem(atPath: folder + "/subjects.keys", toPath: folder + "/copy")
                try keys.erase(gone)
            }
            try [UInt8](contentsOf: folder + "/copy").write(to: folder + "/subjects.keys")
            let keys = try SubjectKeys(folder: folder, kek)
            #expect(try keys.existingKeys(of: gone) == nil)
            #expect(try keys.existingKeys(of: kept) != nil)
        }
    }

    @Test func aBackupIsRefusedAfterItsTime() async throws {
        try await withFolder { folder in
            let path = folder + "/backup"
            let made = Date(timeIntervalSince1970: 1_800_000_000)
            do {
                let keys = try SubjectKeys(folder: folder + "/keys", kek)
                for life in [0, -1, SubjectKeyBackup.longestLife + 1] {
                    #expect(code { try SubjectKeyBackup.write(keys, to: path, life: life) } == .invalid)
                }
                let backup = try SubjectKeyBackup.write(keys, to: path, life: day, now: made)
                #expect(backup.expires == made + day)
            }
            func restore(at time: Date) -> StorageError.Code? {
                code { _ = try SubjectKeyBackup.restore(from: path, into: folder + "/keys", kek, now: time) }
            }
            #expect(restore(at: made + day) == .denied)
            #expect(restore(at: made + day - 1) == nil)
        }
    }

    @Test func aBackupThatWasAlteredIsRefused() async throws {
        try await withFolder { folder in
            let path = folder + "/backup"
            do {
                let keys = try SubjectKeys(folder: folder + "/keys", kek)
                try SubjectKeyBackup.write(keys, to: path, life: day)
            }
            let bytes = try [UInt8](contentsOf: path)
            for index in bytes.indices {
                try bytes.flipping(bit: index * 8 + index % 8).write(to: path)
                #expect(throws: StorageError.self, "byte \(index)") {
                    try SubjectKeyBackup.restore(from: path, into: folder + "/keys", kek)
                }
            }
            for count in [0, 8, 23, 24, 25, 100, bytes.count - 1] {
                try Array(bytes.prefix(count)).write(to: path)
                #expect(
                    code { _ = try SubjectKeyBackup.restore(from: path, into: folder + "/keys", kek) } == .damaged)
            }
            try bytes.write(to: path)
            let stranger = KeyRing(WrappingKey())
            #expect(code { _ = try SubjectKeyBackup.restore(from: path, into: folder + "/keys", stranger) } == .denied)
        }
    }

    @Test func aLostLedgerIsTakenFromTheBackupOnlyWhenThatIsAccepted() async throws {
        try await withFolder { folder in
            let (path, elsewhere) = (folder + "/backup", folder + "/elsewhere")
            do {
                let keys = try SubjectKeys(folder: folder + "/keys", kek)
                for subject in [gone, kept] { _ = try keys.keys(of: subject) }
                try keys.erase(gone)
                try SubjectKeyBackup.write(keys, to: path, life: day)
            }
            #expect(code { _ = try SubjectKeyBackup.restore(from: path, into: elsewhere, kek) } == .notFound)
            let restored = try SubjectKeyBackup.restore(
                from: path, into: elsewhere, kek, acceptingLostLedger: true)
            #expect(restored.isLedgerFromBackup)
            #expect(restored.erased == [gone])
            let keys = try SubjectKeys(folder: elsewhere, kek)
            #expect(keys.isErased(gone))
            #expect(try keys.existingKeys(of: kept) != nil)
        }
    }

    @Test func aLedgerThatIsNoContinuationOfTheBackupsIsRefused() async throws {
        try await withFolder { folder in
            let path = folder + "/backup"
            do {
                let keys = try SubjectKeys(folder: folder + "/keys", kek)
                try keys.erase(gone)
                try SubjectKeyBackup.write(keys, to: path, life: day)
            }
            try [UInt8]().write(to: folder + "/keys/erasures.ledger")
            #expect(code { _ = try SubjectKeyBackup.restore(from: path, into: folder + "/keys", kek) } == .damaged)
        }
    }

    @Test func nothingIsLeftOfTheKeysThatWereThereBefore() async throws {
        try await withFolder { folder in
            let store = folder + "/keys"
            do {
                let keys = try SubjectKeys(folder: store, kek)
                try SubjectKeyBackup.write(keys, to: folder + "/backup", life: day)
                _ = try keys.keys(of: gone)
            }
            let former = try DurableFile(store + "/subjects.keys", O_RDONLY)
            try [UInt8](contentsOf: store + "/subjects.keys").write(to: store + "/subjects.keys.part")
            let part = try DurableFile(store + "/subjects.keys.part", O_RDONLY)
            do { _ = try SubjectKeys(folder: store, kek) }
            #expect(try part.read(at: 0, count: 1024).allSatisfy { $0 == 0 }, "left by a restore that was killed")
            #expect(!DurableFile.exists(store + "/subjects.keys.part"))
            #expect(try !former.read(at: 0, count: 1024).allSatisfy { $0 == 0 })
            _ = try SubjectKeyBackup.restore(from: folder + "/backup", into: store, kek)
            #expect(try former.read(at: 0, count: 1024).allSatisfy { $0 == 0 })
            #expect(try SubjectKeys(folder: store, kek).existingKeys(of: gone) == nil)
        }
    }

    @Test func aFolderThatIsInUseIsNotRestored() async throws {
        try await withFolder { folder in
            let keys = try SubjectKeys(folder: folder + "/keys", kek)
            try SubjectKeyBackup.write(keys, to: folder + "/backup", life: day)
            let refusal = code {
                _ = try SubjectKeyBackup.restore(from: folder + "/backup", into: folder + "/keys", kek)
            }
            #expect(refusal == .unavailable)
            #expect(!keys.isErased(kept))
        }
    }
}
