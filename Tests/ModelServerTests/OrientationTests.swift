import AIBoxAPI
import Imaging
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import ModelServer

/// However a camera stores a picture, boxes are those of the picture as displayed.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct OrientationTests {
    @Test(arguments: 1...8)
    func boxesDoNotDependOnHowThePictureIsStored(orientation: Int) async throws {
        let bytes = try TestPlaces.bytes("coco-dev/extra/bus.jpg")
        let upright = try bytes.withUnsafeBytes { bytes throws in try PictureDecoder().decode(bytes) }
        let expected = try await boxes(upright.pixels.jpeg(quality: 100))
        let found = try await boxes(TestJPEG.stored(upright.pixels, orientation: orientation))
        #expect(expected.count >= 4)
        #expect(found.count == expected.count)
        for box in expected { #expect(found.contains { isNear($0, box) }, "\(box) among \(found)") }
    }

    /// Of what is found with certainty.
    private func boxes(_ file: [UInt8]) async throws -> [BoundingBox] {
        let request = AnalysisRequest.of([.persons, .vehicles]) { $0.threshold = 0.6 }
        let result = try await TestServer.complete().analyze(ByteBuffer(bytes: file), request).result
        #expect(result.image == ImageSize(width: 810, height: 1080))
        return (result.persons ?? []).map(\.boundingBox) + (result.vehicles ?? []).map(\.boundingBox)
    }

    private func isNear(_ one: BoundingBox, _ other: BoundingBox) -> Bool {
        [
            one.x - other.x, one.y - other.y, one.x + one.width - other.x - other.width,
            one.y + one.height - other.y - other.height,
        ]
        .allSatisfy { abs($0) <= 2 }
    }
}
