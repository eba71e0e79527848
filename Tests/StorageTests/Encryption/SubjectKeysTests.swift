import AIBoxAPI
import Crypto
import Foundation
import Testing

@testable import Storage

@Suite struct SubjectKeysTests {
    private let kek = KeyRing(WrappingKey())

    @Test func aSubjectsKeyIsMadeOnceAndOutlivesTheProcess() async throws {
        try await withFolder { folder in
            let (one, other) = (UUIDv7(), UUIDv7())
            let sealed: [UInt8]
            do {
                let keys = try SubjectKeys(folder: folder, kek)
                #expect(try keys.existingKeys(of: one) == nil)
                sealed = try SealedValue.seal([1, 2, 3], .name, with: keys.keys(of: one))
                #expect(try SealedValue.open(sealed, .name, with: keys.keys(of: one)) == [1, 2, 3])
                #expect(code { _ = try SealedValue.open(sealed, .name, with: keys.keys(of: other)) } == .denied)
            }
            let keys = try SubjectKeys(folder: folder, kek)
            #expect(try SealedValue.open(sealed, .name, with: keys.existingKeys(of: one)) == [1, 2, 3])
        }
    }

    @Test func anErasedSubjectHasNoKeyAndGetsNoneAgain() async throws {
        try await withFolder { folder in
            let (gone, kept, never) = (UUIDv7(), UUIDv7(), UUIDv7())
            do {
                let keys = try SubjectKeys(folder: folder, kek)
                for subject in [gone, kept] { _ = try keys.keys(of: subject) }
                for _ in 0..<2 { try keys.erase(gone) }
                try keys.erase(never)
            }
            for _ in 0..<2 {
                let keys = try SubjectKeys(folder: folder, kek)
                for subject in [gone, never] {
                    #expect(try keys.existingKeys(of: subject) == nil)
                    #expect(code { _ = try keys.keys(of: subject) } == .notFound)
                    #expect(keys.isErased(subject))
                }
                #expect(try keys.existingKeys(of: kept) != nil)
                #expect(!keys.isErased(kept))
            }
            #expect(try [UInt8](contentsOf: folder + "/erasures.ledger").split(separator: 10).count == 2)
        }
    }

    @Test func nothingOfAnErasedKeyIsLeftInTheFile() async throws {
        try await withFolder { folder in
            var numbers = SeededNumbers(4)
            let keys = try SubjectKeys(folder: folder, kek)
            var (living, erased) = ([UUIDv7](), [[UInt8]]())
            for _ in 0..<300 {
                if living.isEmpty || Bool.random(using: &numbers) {
                    living.append(UUIDv7())
                    _ = try keys.keys(of: living[living.count - 1])
                } else {
                    let subject = living.remove(at: Int.random(in: living.indices, using: &numbers))
                    let slots = try KeySlots.slots(in: keys.snapshot().keys).slots
                    erased.append(try #require(slots.first { $0.name == SlotName(subject) }).wrapped)
                    try keys.erase(subject)
                }
            }
            let file = Data(try [UInt8](contentsOf: folder + "/subjects.keys"))
            #expect(erased.count > 50)
            for wrapped in erased { #expect(file.range(of: Data(wrapped)) == nil) }
            #expect(file.count < (living.count + 100) * KeySlots.size, "slots are used again")
            for subject in living { #expect(try keys.existingKeys(of: subject) != nil) }
        }
    }

    @Test func aWrongKeyIsNoticedAtTheStart() async throws {
        try await withFolder { folder in
            do { _ = try SubjectKeys(folder: folder, kek) }
            let error = #expect(throws: StorageError.self) { try SubjectKeys(folder: folder, KeyRing(WrappingKey())) }
            #expect(error?.code == .denied)
            #expect(error?.message.contains(kek.current.id.description) == true)
        }
    }

    @Test func afterARotationKeysAreRewrappedAndTheOldKeyIsRetired() async throws {
        try await withFolder { folder in
            let subjects = (0..<25).map { _ in UUIDv7() }
            let both = try kek.rotated(to: WrappingKey())
            let alone = try both.retiring(kek.current.id)
            var (sealed, index): ([[UInt8]], [UInt8]) = ([], [])
            do {
                let keys = try SubjectKeys(folder: folder, kek)
                index = KeyedIndex(keys.indexKey, purpose: "test").token("a")
                sealed = try subjects.map { try SealedValue.seal([1], .name, with: keys.keys(of: $0)) }
            }
            do {
                let keys = try SubjectKeys(folder: folder, both)
                #expect(code { try keys.retire(kek.current.id) } == .conflict)
                #expect(code { try keys.retire(both.current.id) } == .conflict)
                #expect(try keys.rewrap(limit: 10) == 10)
            }
            #expect(code { _ = try SubjectKeys(folder: folder, alone) } == .denied)
            do {
                let keys = try SubjectKeys(folder: folder, both)
                while try keys.rewrap(limit: 10) > 0 {}
            }
            #expect(code { _ = try SubjectKeys(folder: folder, alone) } == .denied, "blobs may still need it")
            do { try SubjectKeys(folder: folder, both).retire(kek.current.id) }
            let keys = try SubjectKeys(folder: folder, alone)
            for (subject, value) in zip(subjects, sealed) {
                #expect(try SealedValue.open(value, .name, with: keys.existingKeys(of: subject)) == [1])
            }
            #expect(KeyedIndex(keys.indexKey, purpose: "test").token("a") == index, "the index stays")
        }
    }

    @Test func aFolderBelongsToOneProcess() async throws {
        try await withFolder { folder in
            let keys = try SubjectKeys(folder: folder, kek)
            #expect(code { _ = try SubjectKeys(folder: folder, kek) } == .unavailable)
            try keys.erase(UUIDv7())
        }
    }

    @Test func alteredBytesOfTheKeysAreNoticed() async throws {
        try await withFolder { folder in
            let subject = UUIDv7()
            do { _ = try SubjectKeys(folder: folder, kek).keys(of: subject) }
            let path = folder + "/subjects.keys"
            let bytes = try [UInt8](contentsOf: path)
            for index in bytes.indices where index % 3 == 0 {
                try bytes.flipping(bit: index * 8 + index % 8).write(to: path)
                #expect(code { _ = try SubjectKeys(folder: folder, kek) } == .damaged, "byte \(index)")
            }
        }
    }

    @Test func keysThatChangedSubjectsDoNotUnwrap() async throws {
        try await withFolder { folder in
            let (one, other) = (UUIDv7(), UUIDv7())
            do {
                let keys = try SubjectKeys(folder: folder, kek)
                for subject in [one, other] { _ = try keys.keys(of: subject) }
            }
            do {
                var slots = try KeySlots(folder + "/subjects.keys")
                let (first, second) = (
                    try #require(try slots.slot(SlotName(one))), try #require(try slots.slot(SlotName(other)))
                )
                try slots.put(.init(name: first.name, keyID: first.keyID, wrapped: second.wrapped))
            }
            #expect(code { _ = try SubjectKeys(folder: folder, kek).keys(of: one) } == .damaged)
        }
    }

    @Test func lostKeysAreNotReplacedByNewOnes() async throws {
        try await withFolder { folder in
            do { _ = try SubjectKeys(folder: folder, kek) }
            try FileManager.default.removeItem(atPath: folder + "/subjects.keys")
            #expect(code { _ = try SubjectKeys(folder: folder, kek) } == .notFound)
        }
    }

    @Test func theFilesAreTheirOwnersAlone() async throws {
        try await withFolder { folder in
            try SubjectKeys(folder: folder + "/keys", kek).erase(UUIDv7())
            for (name, mode) in [("", 0o700), ("/subjects.keys", 0o600), ("/erasures.ledger", 0o600)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/keys" + name)
                #expect(attributes[.posixPermissions] as? Int == mode)
            }
        }
    }

    @Test func manyThreadsGetTheSameKey() async throws {
        try await withFolder { folder in
            let keys = try SubjectKeys(folder: folder, kek, cacheLimit: 2)
            let subjects = (0..<4).map { _ in UUIDv7() }
            let made = try await withThrowingTaskGroup(of: [KeyID].self) { group in
                for _ in 0..<8 {
                    group.addTask { try subjects.map { try keys.keys(of: $0).current.id } }
                }
                return try await group.reduce(into: Set<[KeyID]>()) { $0.insert($1) }
            }
            #expect(made.count == 1)
        }
    }

    @Test func theCacheHoldsNoMoreThanItsLimit() {
        var cache = KeyCache(limit: 3)
        let subjects = (0..<10).map { _ in UUIDv7() }
        for subject in subjects { _ = cache.add(subject, kek) }
        #expect(cache.count == 3)
        #expect(subjects.filter { cache[$0] != nil } == Array(subjects.suffix(3)))
        cache.remove(subjects[8])
        #expect(cache[subjects[8]] == nil)
        #expect(cache.count == 2)
    }
}
