import Testing

@testable import Storage

@Suite struct KeyRingTests {
    private let old = WrappingKey()
    private let new = WrappingKey()

    @Test func afterARotationOldValuesOpenAsTheyAreAndNewOnesUseTheNewKey() async throws {
        let before = KeyRing(old)
        let value = try SealedValue.seal([1, 2, 3], .name, with: before)
        let blob = try await sealedBlob([UInt8](repeating: 4, count: 9000), .blob("a"), with: before)
        let after = try before.rotated(to: new)
        #expect(try SealedValue.open(value, .name, with: after) == [1, 2, 3])
        #expect(try await openedBlob(blob, .blob("a"), with: after).count == 9000)
        #expect(try EnvelopeHeader(SealedValue.seal([1], .name, with: after)).keyID == new.id)
    }

    @Test func rewrappingChangesTheHeaderAloneAndLetsTheOldKeyGo() async throws {
        let plain = [UInt8](repeating: 4, count: 9000)
        let blob = try await sealedBlob(plain, .blob("a"), with: KeyRing(old))
        let both = try KeyRing([new, old])
        let header = try #require(try both.rewrapped(EnvelopeHeader(blob)))
        #expect(header.keyID == new.id)
        #expect(try both.rewrapped(header) == nil, "it is under the current key already")
        let rewrapped = header.bytes + blob.dropFirst(EnvelopeHeader.size)
        let alone = try both.retiring(old.id)
        #expect(try await openedBlob(rewrapped, .blob("a"), with: alone) == plain)
        let error = await #expect(throws: StorageError.self) { try await openedBlob(blob, .blob("a"), with: alone) }
        #expect(error?.code == .denied)
        #expect(error?.message.contains(old.id.description) == true)
    }

    @Test func aKeyIsNeededWhileAHeaderNamesIt() throws {
        let both = try KeyRing([new, old])
        let values = try [KeyRing(old), both, both].map { try EnvelopeHeader(SealedValue.seal([1], .name, with: $0)) }
        #expect(KeyRing.keyIDs(of: values) == [old.id: 1, new.id: 2])
        let rewrapped = try values.map { try both.rewrapped($0) ?? $0 }
        #expect(KeyRing.keyIDs(of: rewrapped) == [new.id: 3])
    }

    @Test func ringsThatCannotBeAreRefused() throws {
        #expect(code { _ = try KeyRing([]) } == .invalid)
        #expect(code { _ = try KeyRing([new, old, new]) } == .invalid)
        #expect(code { _ = try KeyRing((0...KeyRing.limit).map { _ in WrappingKey() }) } == .invalid)
        #expect(code { _ = try KeyRing(new).retiring(new.id) } == .invalid)
        #expect(code { _ = try WrappingKey(bytes: [UInt8](0..<31)) } == .invalid)
    }

    @Test func aWrappedKeyThatWasAlteredDoesNotUnwrap() throws {
        let header = try EnvelopeHeader(SealedValue.seal([1], .name, with: KeyRing(old)))
        for bit in 0..<header.wrappedKey.count * 8 {
            #expect(code { _ = try old.unwrap(header.wrappedKey.flipping(bit: bit)) } == .damaged)
        }
        #expect(code { _ = try new.unwrap(header.wrappedKey) } == .damaged)
        #expect(code { _ = try old.unwrap([UInt8]()) } == .damaged)
    }

    @Test func messagesOpenAsTheirKindOnly() throws {
        let spool = try KeyRing([old, new]).messages("frame")
        let sealed = try spool.seal([1, 2])
        #expect(try sealed != [1, 2] && spool.open(sealed) == [1, 2])
        #expect(code { _ = try KeyRing(old).messages("other").open(sealed) } == .damaged)
        #expect(code { _ = try KeyRing(new).messages("frame").open(sealed) } == .denied)
    }

    @Test func theNameOfAKeyIsReadAsItIsWritten() {
        #expect(KeyID("00000000000000ff") == KeyID(255))
        #expect(KeyID(255).description == "00000000000000ff")
        #expect(KeyID("+0000000000000ff") == nil)
        #expect(KeyID("ff") == nil)
    }
}
