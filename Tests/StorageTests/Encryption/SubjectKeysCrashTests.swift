import AIBoxAPI
import Foundation
import Testing

@testable import Storage

/// The folder as a kill or a power failure leaves it at each step of an erasure. Whenever the ledger has the subject
/// after opening, its key cannot be had; whenever it has not, the key is there.
@Suite struct SubjectKeysCrashTests {
    private let kek = KeyRing(WrappingKey())
    private let subject = UUIDv7()
    private let other = UUIDv7()

    private struct Files {
        var keys: [UInt8]
        var ledger: [UInt8]

        init(_ folder: String) throws {
            keys = try [UInt8](contentsOf: folder + "/subjects.keys")
            ledger = try [UInt8](contentsOf: folder + "/erasures.ledger")
        }

        func write(to folder: String) throws {
            try keys.write(to: folder + "/subjects.keys")
            try ledger.write(to: folder + "/erasures.ledger")
        }
    }

    /// Before and after erasing `subject`, in a folder where somebody was erased before.
    private func erase(_ folder: String) throws -> (before: Files, after: Files) {
        let keys = try SubjectKeys(folder: folder, kek)
        for subject in [subject, other] { _ = try keys.keys(of: subject) }
        try keys.erase(UUIDv7())
        let before = try Files(folder)
        try keys.erase(subject)
        return (before, try Files(folder))
    }

    private func expectWhole(_ folder: String, isErased: Bool, _ comment: Comment) throws {
        let keys = try SubjectKeys(folder: folder, kek)
        #expect(keys.isErased(subject) == isErased, comment)
        #expect(try (keys.existingKeys(of: subject) == nil) == isErased, comment)
        #expect(try keys.existingKeys(of: other) != nil, comment)
        let slots = try KeySlots.slots(in: keys.snapshot().keys).slots
        #expect(slots.contains { $0.name == SlotName(subject) } != isErased, comment)
    }

    @Test func aKillWhileTheLedgerIsWritten() async throws {
        try await withFolder { folder in
            var (files, after) = try erase(folder)
            let ledger = (old: files.ledger, new: after.ledger)
            for count in ledger.old.count...ledger.new.count {
                files.ledger = Array(ledger.new.prefix(count))
                try files.write(to: folder)
                try expectWhole(folder, isErased: count == ledger.new.count, "\(count) bytes of the ledger")
            }
        }
    }

    @Test func aKillBetweenTheLedgerAndTheKey() async throws {
        try await withFolder { folder in
            let (before, after) = try erase(folder)
            // The slots as they are after any number of those that the erasure has written, in any order.
            let changed = stride(from: 0, to: before.keys.count, by: KeySlots.size).filter {
                before.keys[$0..<$0 + KeySlots.size] != after.keys[$0..<$0 + KeySlots.size]
            }
            #expect(changed.count == 2, "the key and the anchor")
            for mask in 0..<1 << changed.count {
                var files = after
                files.keys = before.keys
                for (bit, start) in changed.enumerated() where mask >> bit & 1 == 1 {
                    files.keys.replaceSubrange(
                        start..<start + KeySlots.size, with: after.keys[start..<start + KeySlots.size])
                }
                try files.write(to: folder)
                try expectWhole(folder, isErased: true, "slots \(mask)")
            }
        }
    }

    @Test func aLedgerFromBeforeTheErasureIsRefused() async throws {
        try await withFolder { folder in
            var (before, after) = try erase(folder)
            after.ledger = before.ledger
            try after.write(to: folder)
            #expect(code { _ = try SubjectKeys(folder: folder, kek) } == .damaged)
        }
    }

    @Test func aKillWhileAKeyIsAdded() async throws {
        try await withFolder { folder in
            var files: Files
            do {
                let keys = try SubjectKeys(folder: folder, kek)
                _ = try keys.keys(of: other)
                files = try Files(folder)
                _ = try keys.keys(of: subject)
            }
            let keys = (old: files.keys, new: try Files(folder).keys)
            for count in keys.old.count..<keys.new.count {
                files.keys = Array(keys.new.prefix(count))
                try files.write(to: folder)
                let opened = try SubjectKeys(folder: folder, kek)
                #expect(try opened.existingKeys(of: subject) == nil)
                let made = try opened.keys(of: subject).current.id
                #expect(try Files(folder).keys.count == keys.new.count)
                #expect(try opened.existingKeys(of: subject)?.current.id == made)
            }
        }
    }

    @Test func aKillBeforeTheFirstLedger() async throws {
        try await withFolder { folder in
            try SubjectKeyFiles(folder: folder).makeIfAbsent()
            #expect(!DurableFile.exists(folder + "/erasures.ledger"))
            _ = try SubjectKeys(folder: folder, kek).keys(of: subject)
        }
    }
}
