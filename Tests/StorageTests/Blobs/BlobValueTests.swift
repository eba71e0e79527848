import NIOCore
import Testing

@testable import Storage

@Suite struct BlobKeyTests {
    @Test(arguments: [
        "a", "pictures/ab/cd/018f2f9e-7b2a-7c3d-8e4f-0123456789ab.jpg", "a_b-c.d/0", "a..b",
        String(repeating: "k", count: 200),
    ])
    func aPathInTheAlphabetIsAKey(text: String) throws {
        #expect(try BlobKey(text).description == text)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", ".hidden", "a/.b", "A", "ä", "a b", "a\0", "a\n",
        "a=",
        "a\\b", "a%2e", String(repeating: "k", count: 201),
        Array(repeating: String(repeating: "k", count: 99), count: 6).joined(separator: "/"),
    ])
    func anythingElseIsNone(text: String) {
        #expect(throws: StorageError.self) { try BlobKey(text) }
    }

    @Test func keysAreOrderedByTheirBytes() throws {
        let keys = try ["a/b", "a", "a.b", "a-b", "a0", "b", "a_b"].map(BlobKey.init)
        #expect(keys.sorted().map(\.description) == ["a", "a-b", "a.b", "a/b", "a0", "a_b", "b"])
    }
}

@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", ByteRange.between(0, 0)), ("bytes=2-5", .between(2, 5)), ("bytes=7-", .from(7)),
        ("bytes=-3", .last(3)), ("Bytes= 1-2 ", .between(1, 2)), ("bytes=-0", .last(0)),
        ("bytes=0-99999999999999999999", .between(0, .max)), ("bytes=99999999999999999999-", .from(.max)),
    ])
    func aFieldWithOneRangeIsRead(header: String, range: ByteRange) {
        #expect(ByteRange(header: header) == range)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "lines=1-2", "bytes=1--2",
        "bytes=+1-2", "bytes=1 -2", "bytes 1-2", "bytes=١-٢",
    ])
    func anyOtherFieldIsIgnored(header: String) {
        #expect(ByteRange(header: header) == nil)
    }

    @Test(arguments: [
        (ByteRange.between(0, 0), 10, 0..<1), (.between(2, 5), 10, 2..<6), (.between(2, 99), 10, 2..<10),
        (.from(0), 1, 0..<1), (.from(9), 10, 9..<10), (.last(3), 10, 7..<10), (.last(99), 10, 0..<10),
        (.between(0, .max), 10, 0..<10),
    ])
    func aRangeThatBeginsInTheContentIsCutToIt(range: ByteRange, length: Int, part: Range<Int>) {
        #expect(range.resolved(in: length) == part)
        #expect(ByteRange(header: range.header) == range)
    }

    @Test(arguments: [
        (ByteRange.from(10), 10), (.between(10, 12), 10), (.last(0), 10), (.from(0), 0), (.last(5), 0),
        (.from(.max), 10), (.between(-1, 2), 10), (.between(3, 2), 10), (.last(-1), 10),
    ])
    func oneThatDoesNotCannotBeSatisfied(range: ByteRange, length: Int) {
        #expect(range.resolved(in: length) == nil)
    }
}

@Suite struct BlobQuotaTests {
    @Test func aQuotaIsTakenToItsLastByteAndGivenBack() throws {
        var quota = BlobQuota(limit: 100, used: 40)
        try quota.take(60)
        #expect(quota.rest == 0)
        try quota.take(0)
        #expect(throws: StorageError(.full, "1 bytes more than the 100 stored are beyond the quota")) {
            try quota.take(1)
        }
        quota.giveBack(30)
        #expect(quota.used == 70 && quota.rest == 30)
        quota.giveBack(1000)
        #expect(quota.used == 0)
    }

    @Test func withoutALimitOnlyNumbersEnd() throws {
        var quota = BlobQuota(limit: nil)
        try quota.take(.max)
        #expect(throws: StorageError.self) { try quota.take(1) }
        #expect(throws: StorageError.self) { try quota.take(-1) }
    }

    @Test func aQuotaThatWasLoweredTakesNothing() {
        var quota = BlobQuota(limit: 10, used: 20)
        #expect(quota.rest == 0)
        #expect(throws: StorageError.self) { try quota.take(1) }
    }
}

@Suite struct ContentChecksumTests {
    @Test func aChecksumIsReadFromItsOwnText() {
        let checksum = ContentChecksum(of: ByteBuffer(string: "abc"))
        // FIPS 180-4, the example of one block.
        #expect(checksum.description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ContentChecksum(hexadecimal: checksum.description) == checksum)
        #expect(ContentChecksum(hexadecimal: checksum.description.uppercased()) == checksum)
        #expect(ContentChecksum(hexadecimal: checksum.description.dropLast()) == nil)
        #expect(ContentChecksum(hexadecimal: "g" + checksum.description.dropFirst()) == nil)
        #expect(ContentChecksum(bytes: checksum.bytes.dropLast()) == nil)
    }
}
