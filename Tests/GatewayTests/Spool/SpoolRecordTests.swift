import AIBoxAPI
import Foundation
import NIOCore
import Testing

@testable import Gateway

@Suite struct SpoolRecordTests {
    private static let segment = UUIDv7()

    /// A segment of three short records, with the bodies by identifier.
    private static func example() -> (bytes: ByteBuffer, bodies: [(id: UUIDv7, body: ByteBuffer)]) {
        let bodies = ["first", "", "the third record"].map { (id: UUIDv7(), body: ByteBuffer(string: $0)) }
        var bytes = ByteBuffer()
        for (id, body) in bodies { SpoolRecord.write(body, id: id, segment: segment, to: &bytes) }
        return (bytes, bodies)
    }

    private static func body(_ record: SegmentScan.Record, in bytes: ByteBuffer) throws -> ByteBuffer {
        let offset = record.range.lowerBound
        let head = try #require(SpoolRecord.head(in: bytes, at: offset, segment: segment))
        return try #require(SpoolRecord.body(of: head, in: bytes, at: offset, segment: segment))
    }

    @Test func theFormIsAsDescribed() throws {
        let segment = try #require(UUIDv7("0190a000-0000-7000-8000-000000000001"))
        let id = try #require(UUIDv7("0190a000-0000-7000-8000-000000000002"))
        var bytes = ByteBuffer()
        SpoolRecord.write(ByteBuffer(string: "body"), id: id, segment: segment, to: &bytes)
        let hex = bytes.readableBytesView.map { String(format: "%02x", $0) }.joined()
        #expect(hex.hasPrefix("41495331" + "04000000" + "0190a000000070008000000000000002"))
        // By Python's hashlib, over the bytes that the description names.
        #expect(hex.dropFirst(48).prefix(16) == "b011d031e4d13458")
        #expect(hex.dropFirst(64).prefix(64) == "d37c187379c72f052527f6881edde74ed7638d252700a72761fd653614a4d2d4")
        #expect(hex.hasSuffix("626f6479") && bytes.readableBytes == 68)
    }

    @Test func recordsAreFoundInTheirOrder() throws {
        let (bytes, bodies) = Self.example()
        let scan = SegmentScan(bytes, segment: Self.segment)
        #expect(scan.records.map(\.id) == bodies.map(\.id))
        #expect(try scan.records.map { try Self.body($0, in: bytes) } == bodies.map(\.body))
        #expect(scan.damaged.isEmpty && scan.torn == nil)
    }

    @Test func aTailTornAtAnyByteCostsTheLastRecordOnly() throws {
        let (bytes, bodies) = Self.example()
        let last = SegmentScan(bytes, segment: Self.segment).records[2].range
        for end in last {
            let torn = try #require(bytes.getSlice(at: 0, length: end))
            let scan = SegmentScan(torn, segment: Self.segment)
            #expect(scan.records.map(\.id) == bodies.dropLast().map(\.id), "\(end)")
            #expect(scan.torn == (end == last.lowerBound ? nil : last.lowerBound..<end) && scan.damaged.isEmpty)
        }
    }

    @Test func aChangedByteAnywhereCostsItsRecordOnlyAndNeverYieldsAWrongOne() throws {
        let (bytes, bodies) = Self.example()
        let ranges = SegmentScan(bytes, segment: Self.segment).records.map(\.range)
        for (index, range) in ranges.enumerated() {
            for place in range {
                for bit in [0, 7] {
                    var changed = bytes
                    changed.setInteger(try #require(bytes.getInteger(at: place, as: UInt8.self)) ^ 1 << bit, at: place)
                    let scan = SegmentScan(changed, segment: Self.segment)
                    var left = bodies
                    left.remove(at: index)
                    #expect(scan.records.map(\.id) == left.map(\.id), "byte \(place), bit \(bit)")
                    #expect(try scan.records.map { try Self.body($0, in: changed) } == left.map(\.body))
                    #expect(scan.damaged == [range] && scan.torn == nil, "byte \(place), bit \(bit)")
                }
            }
        }
    }

    @Test func aRecordOfAnotherSegmentInsideAPictureIsNotTakenForOne() {
        var forged = ByteBuffer()
        SpoolRecord.write(ByteBuffer(string: "forged"), id: UUIDv7(), segment: UUIDv7(), to: &forged)
        var bytes = ByteBuffer()
        SpoolRecord.write(forged, id: UUIDv7(), segment: Self.segment, to: &bytes)
        let whole = bytes.readableBytes
        SpoolRecord.write(ByteBuffer(string: "next"), id: UUIDv7(), segment: Self.segment, to: &bytes)
        bytes.setInteger(UInt8(0), at: 0)
        let scan = SegmentScan(bytes, segment: Self.segment)
        #expect(scan.records.map(\.range.lowerBound) == [whole] && scan.damaged == [0..<whole])
    }

    @Test func whatIsNoSegmentHoldsNoRecords() {
        #expect(SegmentScan(ByteBuffer(), segment: Self.segment).records.isEmpty)
        let scan = SegmentScan(ByteBuffer(repeating: 0x41, count: 5000), segment: Self.segment)
        #expect(scan.records.isEmpty && scan.damaged == [0..<5000] && scan.torn == nil)
    }

    @Test(arguments: [nil, "jpeg"]) func whatIsSpooledComesBackButForTheNamesOfPersons(picture: String?) throws {
        let record = InferenceRecord.example(hasImage: picture != nil)
        let bytes = try SpooledInference(record, picture: picture.map { ByteBuffer(string: $0) }).encoded()
        #expect(!String(buffer: bytes).contains("Grace"))
        let back = try SpooledInference(decoding: bytes)
        #expect(back.record.id == record.id && back.picture == picture.map { ByteBuffer(string: $0) })
        let (face, sent) = (back.record.detections[0], record.detections[0])
        #expect(face.id == sent.id && face.boundingBox == sent.boundingBox && face.details.person?.name == "")
        #expect(face.details.person?.id == sent.details.person?.id && face.details.person?.cosine == 0.5)
    }
}
