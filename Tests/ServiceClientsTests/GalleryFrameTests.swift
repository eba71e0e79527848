import AIBoxAPI
import Foundation
import NIOCore
import Testing

@testable import ServiceClients

@Suite struct GalleryFrameTests {
    private static func changes(_ count: Int, models: Int = 2, floats: Int = 5) -> GalleryChanges {
        let faces = (0..<count).map { number in
            GalleryChanges.Face(
                id: UUIDv7(), personID: UUIDv7(), isAnchor: number % 2 == 1,
                templates: (0..<number % (models + 1)).map { model in
                    FaceTemplate(
                        model: "m\(model)@1", modelSHA256: "sha\(model)",
                        vector: (0..<floats + model).map { Float(number) / 7 - Float($0) * .leastNormalMagnitude })
                })
        }
        return GalleryChanges(revision: .max, hasMore: true, faces: faces, removed: [UUIDv7(), UUIDv7()])
    }

    @Test(arguments: [0, 1, 2, 50]) func changesComeBackBitByBit(_ count: Int) throws {
        let sent = Self.changes(count)
        let read = try GalleryFrame.decode(GalleryFrame.encode(sent))
        #expect(read.revision == sent.revision && read.hasMore && read.removed == sent.removed)
        #expect(
            read.faces.map(\.id) == sent.faces.map(\.id) && read.faces.map(\.isAnchor) == sent.faces.map(\.isAnchor))
        #expect(read.faces.map(\.personID) == sent.faces.map(\.personID))
        #expect(read.faces.map(\.templates) == sent.faces.map(\.templates))
    }

    @Test func aFrameIsHardlyLargerThanItsVectors() throws {
        let frame = try GalleryFrame.encode(Self.changes(300, floats: 512))
        #expect(frame.readableBytes < 300 * (512 * 4 + 200))
    }

    @Test func everyShorterFrameIsRefused() throws {
        let frame = try GalleryFrame.encode(Self.changes(3))
        for length in 0..<frame.readableBytes {
            let part = try #require(frame.getSlice(at: frame.readerIndex, length: length))
            #expect(throws: (any Error).self) { try GalleryFrame.decode(part) }
        }
        var longer = frame
        longer.writeInteger(UInt8(0))
        #expect(throws: GalleryFrame.Malformed.self) { try GalleryFrame.decode(longer) }
    }

    @Test(arguments: [
        #"{"model":"m","sha256":"s","count":0}"#, #"{"model":"m","sha256":"s","count":-1}"#,
        #"{"model":"m","sha256":"s","count":4097}"#, #"{"model":"m","sha256":"s","count":9223372036854775807}"#,
        "", #"{"model":"m","sha256":"s","count":1}"#,
    ])
    func aHeadThatPromisesWhatIsNotThereIsRefused(_ space: String) {
        let id = UUIDv7()
        let head = """
            {"revision":1,"more":false,"removed":[],"spaces":[\(space)],
            "faces":[{"id":"\(id)","person":"\(id)","anchor":false,"templates":[0]}]}
            """
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(head.utf8.count))
        frame.writeString(head)
        frame.writeInteger(UInt32(0x0000_C07F))  // not a number
        #expect(throws: (any Error).self) { try GalleryFrame.decode(frame) }
    }

    @Test(arguments: [[1, 2, 3], [0, 0, 0xC0, 0x7F], [0, 0, 0x80, 0x7F, 0]] as [[UInt8]])
    func bytesThatAreNoFiniteFloatsAreNone(_ bytes: [UInt8]) {
        #expect(FloatBytes.floats(Data(bytes)) == nil)
    }

    @Test func floatsAreLittleEndian() {
        #expect(FloatBytes.data([1, -2]) == Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
        #expect(FloatBytes.floats(Data([9, 0, 0, 0x80, 0x3F]).dropFirst()) == [1])
    }
}
