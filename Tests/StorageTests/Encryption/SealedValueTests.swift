import Foundation
import Testing

@testable import Storage

@Suite struct SealedValueTests {
    private let ring = KeyRing(WrappingKey())

    @Test(arguments: [0, 1, 15, 16, 17, 1000, 100_000])
    func whatIsSealedOpensAgain(size: Int) throws {
        var numbers = SeededNumbers(UInt64(size))
        let plain = numbers.bytes(size)
        let sealed = try SealedValue.seal(plain, .name, with: ring)
        #expect(sealed.count == size + SealedValue.overhead)
        #expect(SealedValue.isSealed(sealed))
        #expect(try SealedValue.open(sealed, .name, with: ring) == plain)
    }

    @Test func aValueThatAnotherProgramSealedOpens() throws {
        // scripts/oracles/envelope.py with the key 00 01 … 1f.
        let sealed = try #require(
            Data(
                hexadecimal: """
                    c14149425845010016efb690bcdb511d048164021fcd259725b6cc0414f720ebe2686083888a236c910a9abe138947bc\
                    d6ef8153c0fb4f29a7e30c8388c95de28a4c1a1639d6ae9f023f0dbbcc4bbf216f8d4be38e718f
                    """))
        let key = try WrappingKey(bytes: [UInt8](0..<32))
        #expect(key.id.description == "16efb690bcdb511d")
        let plain = try SealedValue.open(Array(sealed), .name, with: KeyRing(key))
        #expect(String(decoding: plain, as: UTF8.self) == "Nguyễn Văn A")
    }

    @Test func everyBitThatTurnsOverIsNoticed() throws {
        let sealed = try SealedValue.seal(Array("Nguyễn Văn A".utf8), .name, with: ring)
        for bit in 0..<sealed.count * 8 {
            #expect(throws: StorageError.self, "bit \(bit)") {
                try SealedValue.open(sealed.flipping(bit: bit), .name, with: ring)
            }
        }
    }

    @Test func everyCutIsNoticed() throws {
        let sealed = try SealedValue.seal(Array("Nguyễn Văn A".utf8), .name, with: ring)
        for count in 0..<sealed.count {
            #expect(code { _ = try SealedValue.open(Array(sealed.prefix(count)), .name, with: ring) } == .damaged)
        }
        #expect(code { _ = try SealedValue.open(sealed + [0], .name, with: ring) } == .damaged)
    }

    @Test func aCutWithinTheHeaderIsNoticedWherePlainBytesAreAccepted() throws {
        let accepting = KeyRing(ring.current, acceptingPlain: true)
        let sealed = try SealedValue.seal([1, 2, 3], .name, with: accepting)
        for count in 1..<sealed.count {
            #expect(code { _ = try SealedValue.open(Array(sealed.prefix(count)), .name, with: accepting) } == .damaged)
        }
    }

    @Test func aValueOpensOnlyWhereItBelongs() throws {
        let sealed = try SealedValue.seal([1, 2, 3], .name, with: ring)
        let others: [SealContext] = [
            .row(table: "sealed", column: "content", id: [8]), .row(table: "sealed", column: "contents", id: [7]),
            .row(table: "sealedc", column: "ontent", id: [7]), .blob("sealed"), .item("sealed", [7]),
        ]
        for other in others { #expect(code { _ = try SealedValue.open(sealed, other, with: ring) } == .damaged) }
    }

    @Test func theHeaderOfAnotherValueDoesNotOpenIt() throws {
        let (one, other) = (
            try SealedValue.seal([1, 2, 3], .name, with: ring), try SealedValue.seal([1, 2, 3], .name, with: ring)
        )
        #expect(one != other, "each value has a data key of its own")
        let mixed = Array(one.prefix(EnvelopeHeader.size) + other.dropFirst(EnvelopeHeader.size))
        #expect(code { _ = try SealedValue.open(mixed, .name, with: ring) } == .damaged)
    }

    @Test func anotherKeyIsRefusedNamingTheOneThatIsWanted() throws {
        let sealed = try SealedValue.seal([1, 2, 3], .name, with: ring)
        for keys in [KeyRing(WrappingKey()), nil] {
            let error = #expect(throws: StorageError.self) { try SealedValue.open(sealed, .name, with: keys) }
            #expect(error?.code == .denied)
            #expect(error?.message.contains(ring.current.id.description) == true)
        }
    }

    @Test func withoutAKeyEverythingStaysPlainAndIsReadOnceThereIsOne() throws {
        let plain = Array("Nguyễn Văn A".utf8)
        let stored = try SealedValue.seal(plain, .name, with: nil)
        #expect(stored == plain)
        #expect(!SealedValue.isSealed(stored))
        #expect(try SealedValue.open(stored, .name, with: nil) == plain)
        #expect(try SealedValue.open(stored, .name, with: KeyRing(WrappingKey(), acceptingPlain: true)) == plain)
        #expect(code { _ = try SealedValue.open(stored, .name, with: ring) } == .damaged)
    }

    @Test func plainBytesThatLookSealedAreNotStoredPlain() throws {
        let sealed = try SealedValue.seal([1, 2, 3], .name, with: ring)
        #expect(code { _ = try SealedValue.seal(sealed, .name, with: nil) } == .invalid)
        let twice = try SealedValue.seal(sealed, .name, with: ring)
        #expect(try SealedValue.open(twice, .name, with: ring) == sealed)
    }

    @Test func aVersionFromTheFutureIsNamed() throws {
        var sealed = try SealedValue.seal([1, 2, 3], .name, with: ring)
        sealed[6] = 2
        #expect(code { _ = try SealedValue.open(sealed, .name, with: ring) } == .invalid)
    }
}

extension Data {
    init?(hexadecimal digits: String) {
        let digits = digits.compactMap(\.hexDigitValue)
        guard digits.count % 2 == 0 else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
