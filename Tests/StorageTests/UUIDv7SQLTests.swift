import AIBoxAPI
import Testing

@testable import Storage

@Suite struct UUIDv7SQLTests {
    @Test func anIdentifierIsItsSixteenBytesInOrder() {
        for _ in 0..<1000 {
            let (first, second) = (UUIDv7(), UUIDv7())
            #expect(UUIDv7(sqlValue: first.sqlValue) == first)
            #expect(first.bytes.lexicographicallyPrecedes(second.bytes))
        }
        #expect(UUIDv7("018f2f9e-7b2a-7c3d-8e4f-0123456789ab")?.bytes.first == 0x01)
    }

    @Test func bytesThatAreNoUUIDv7AreNone() {
        #expect(UUIDv7(bytes: [UInt8](repeating: 0, count: 16)) == nil)
        #expect(UUIDv7(bytes: UUIDv7().bytes.dropLast()) == nil)
    }
}
