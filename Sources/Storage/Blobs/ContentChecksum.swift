import Crypto
import NIOCore

/// The SHA-256 of a content.
public struct ContentChecksum: Sendable, Hashable, CustomStringConvertible {
    static let byteCount = 32

    /// 32 bytes.
    public let bytes: [UInt8]

    init(_ digest: SHA256.Digest) { bytes = Array(digest) }

    /// `nil` unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// `nil` unless there are 64 hexadecimal digits.
    public init?(hexadecimal text: some StringProtocol) {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard text.utf8.count == 2 * Self.byteCount, digits.count == text.utf8.count else { return nil }
        bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    public init(of buffer: ByteBuffer) {
        self.init(buffer.withUnsafeReadableBytes { SHA256.hash(data: $0) })
    }

    /// 64 hexadecimal digits, in lower case.
    public var description: String { bytes.hexadecimal }
}

extension Sequence<UInt8> {
    /// Two digits a byte, in lower case.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// Counts and hashes a content that passes by.
struct ContentMeter {
    private(set) var count = 0
    private var hash = SHA256()

    var checksum: ContentChecksum { ContentChecksum(hash.finalize()) }

    mutating func add(_ chunk: ByteBuffer, hashing: Bool = true) {
        count += chunk.readableBytes
        if hashing { chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
    }

    /// - Throws: `.tooLarge` when the chunk goes beyond the limit of `content`, before it is counted.
    mutating func add(_ chunk: ByteBuffer, of content: BlobContent) throws(StorageError) {
        let limit = min(content.limit, content.expectedBytes ?? .max)
        guard chunk.readableBytes <= limit - count else {
            if limit < content.limit { throw StorageError(.invalid, "more than the \(limit) bytes announced arrived") }
            throw StorageError(.tooLarge, "more than the \(limit) bytes allowed arrived")
        }
        add(chunk)
    }

    /// - Throws: `.invalid` when fewer bytes came than were announced.
    func finish(_ content: BlobContent, _ key: BlobKey) throws(StorageError) -> BlobDescription {
        if let expected = content.expectedBytes, count != expected {
            throw StorageError(.invalid, "\(count) of the \(expected) bytes announced arrived")
        }
        return BlobDescription(key: key, bytes: count, checksum: checksum)
    }
}
