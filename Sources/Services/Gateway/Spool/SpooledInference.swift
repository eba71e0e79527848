import AIBoxAPI
import Foundation
import NIOCore
import NIOFoundationCompat

/// What one record of the spool says: the arguments of `DataManaging.store`.
struct SpooledInference: Sendable {
    struct Unreadable: Error {}

    let record: InferenceRecord
    let picture: ByteBuffer?

    init(_ record: InferenceRecord, picture: ByteBuffer?) {
        self.record = record
        self.picture = picture
    }

    /// The length of the JSON (four bytes, little endian), the JSON, the encoded picture.
    ///
    /// Persons lose their names: the data manager keeps the identifier only, and a person who is deleted while the
    /// record waits is to leave no name in the spool.
    func encoded() throws -> ByteBuffer {
        var unnamed = record
        for index in unnamed.detections.indices { unnamed.detections[index].details.person?.name = "" }
        let json = try JSONEncoder().encode(unnamed)
        var bytes = ByteBufferAllocator().buffer(capacity: 4 + json.count + (picture?.readableBytes ?? 0))
        bytes.writeInteger(UInt32(json.count), endianness: .little)
        bytes.writeData(json)
        if let picture { bytes.writeImmutableBuffer(picture) }
        return bytes
    }

    /// - Throws: ``Unreadable`` or a `DecodingError` for bytes that ``encoded()`` of this version did not make.
    init(decoding encoded: ByteBuffer) throws {
        var bytes = encoded
        guard let count: UInt32 = bytes.readInteger(endianness: .little), let json = bytes.readData(length: Int(count))
        else { throw Unreadable() }
        record = try JSONDecoder().decode(InferenceRecord.self, from: json)
        picture = record.hasImage ? bytes : nil
    }
}
