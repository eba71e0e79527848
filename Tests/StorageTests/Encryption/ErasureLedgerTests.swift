import AIBoxAPI
import Foundation
import Testing

@testable import Storage

@Suite struct ErasureLedgerTests {
    private let subjects = (0..<5).map { _ in UUIDv7() }

    /// Makes a ledger of `subjects`, and returns where it is and how far it has come.
    private func fill(_ folder: String) throws -> (path: String, anchor: ErasureLedger.Anchor) {
        let path = folder + "/ledger"
        var ledger = try ErasureLedger(path, expected: .init())
        for subject in subjects { try ledger.append(subject, at: Date(timeIntervalSince1970: 1_769_860_800)) }
        return (path, ledger.anchor)
    }

    @Test func whatWasAppendedIsThereAfterReopening() async throws {
        try await withFolder { folder in
            let (path, anchor) = try fill(folder)
            let again = try ErasureLedger(path, expected: anchor)
            #expect(again.subjects == Set(subjects))
            #expect(again.anchor == anchor)
            #expect(anchor.count == 5)
        }
    }

    @Test func aLineIsWhatIsDocumented() async throws {
        try await withFolder { folder in
            let text = try String(contentsOfFile: fill(folder).path, encoding: .utf8)
            let zeros = String(repeating: "0", count: 64)
            #expect(text.hasPrefix("1 2026-01-31T12:00:00.000Z \(subjects[0]) \(zeros)\n2 2026"))
        }
    }

    @Test func aLineThatWasCutOffIsMendedAtEveryPlace() async throws {
        try await withFolder { folder in
            let path = try fill(folder).path
            let bytes = try [UInt8](contentsOf: path)
            let lengths = bytes.split(separator: 10).map { $0.count + 1 }
            let lastLine = bytes.count - lengths[4] - 2
            for count in [0, 1, lengths[0] - 1, lengths[0]] + Array(lastLine...bytes.count) {
                try Array(bytes.prefix(count)).write(to: path)
                let ledger = try ErasureLedger(path, expected: .init())
                let whole = lengths.indices.filter { lengths.prefix($0 + 1).reduce(0, +) <= count }.count
                #expect(ledger.anchor.count == whole)
                #expect(try [UInt8](contentsOf: path).count == lengths.prefix(whole).reduce(0, +))
            }
        }
    }

    @Test func aMendedLedgerGoesOn() async throws {
        try await withFolder { folder in
            let path = try fill(folder).path
            try Array([UInt8](contentsOf: path).dropLast(10)).write(to: path)
            var ledger = try ErasureLedger(path, expected: .init())
            let late = UUIDv7()
            try ledger.append(late, at: .now)
            #expect(try ErasureLedger(path, expected: ledger.anchor).subjects == Set(subjects.prefix(4) + [late]))
        }
    }

    @Test func everyAlteredByteIsNoticed() async throws {
        try await withFolder { folder in
            let (path, anchor) = try fill(folder)
            let bytes = try [UInt8](contentsOf: path)
            var numbers = SeededNumbers(3)
            for index in bytes.indices {
                try bytes.flipping(bit: index * 8 + Int.random(in: 0..<8, using: &numbers)).write(to: path)
                #expect(code { _ = try ErasureLedger(path, expected: anchor) } == .damaged, "byte \(index)")
            }
        }
    }

    @Test func linesThatWereTakenOutPutInOrMovedAreNoticed() async throws {
        try await withFolder { folder in
            let (path, anchor) = try fill(folder)
            let lines = try [UInt8](contentsOf: path).split(separator: 10).map { Array($0) + [10] }
            for order in [[], [0], [0, 1, 2, 3], [1, 2, 3, 4], [0, 1, 3, 4], [0, 2, 1, 3, 4], [0, 0, 1, 2, 3, 4]] {
                try order.flatMap { lines[$0] }.write(to: path)
                #expect(code { _ = try ErasureLedger(path, expected: anchor) } == .damaged, "\(order)")
            }
        }
    }

    @Test func aLedgerThatHasGoneFurtherThanExpectedIsFine() async throws {
        try await withFolder { folder in
            let path = folder + "/ledger"
            var ledger = try ErasureLedger(path, expected: .init())
            try ledger.append(subjects[0], at: .now)
            let early = ledger.anchor
            try ledger.append(subjects[1], at: .now)
            #expect(try ErasureLedger(path, expected: early).subjects.count == 2)
            let other = ErasureLedger.Anchor(count: 1, hash: [UInt8](repeating: 1, count: 32))
            #expect(code { _ = try ErasureLedger(path, expected: other) } == .damaged)
        }
    }

    @Test func aLedgerThatIsMissingIsNotMadeAnew() async throws {
        try await withFolder { folder in
            let (path, anchor) = try fill(folder)
            try FileManager.default.removeItem(atPath: path)
            #expect(code { _ = try ErasureLedger(path, expected: anchor) } == .notFound)
            #expect(!DurableFile.exists(path))
        }
    }
}
