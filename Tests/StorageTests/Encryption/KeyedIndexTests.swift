import Crypto
import Foundation
import Testing

@testable import Storage

@Suite struct KeyedIndexTests {
    private let key = SymmetricKey(data: [UInt8](0..<32))

    @Test func aTokenIsAnHMACOfTheTextUnderADerivedKey() throws {
        // hmac.new(HKDF(SHA256, 32, salt None, info b"aibox keyed index v1 person.name").derive(bytes(range(32))), b"an")
        let expected = try #require(Data(hexadecimal: "c7abb21e8320077afdbe2923e4081ca8"))
        #expect(KeyedIndex(key, purpose: "person.name").token("an") == Array(expected))
    }

    @Test func tokensAreTheSameForTheSameTextPurposeAndKeyOnly() {
        let index = KeyedIndex(key, purpose: "person.name")
        #expect(index.token("an") == index.token("an"))
        #expect(index.token("an") != index.token("anh"))
        #expect(index.token("an") != KeyedIndex(key, purpose: "person.external_id").token("an"))
        #expect(index.token("an") != KeyedIndex(SymmetricKey(size: .bits256), purpose: "person.name").token("an"))
        #expect(index.token("an").count == KeyedIndex.tokenSize)
    }
}
