import AIBoxAPI
import Imaging
import NIOCore
import ServiceClients
import TestSupport
import Testing
import Vision

@testable import ModelServer

/// What is to be hidden is hidden whatever else the caller asks for.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct PrivacyTests {
    private static let faces = "coco-dev/extra/zidane.jpg"
    private static let plate = "plates-dev/eu/eu5.jpg"

    private func drawn(
        _ file: String, _ task: AnalysisTask, _ change: (inout AnalysisRequest) -> Void = { _ in }
    ) async throws -> Picture {
        var request = AnalysisRequest.of([task]) { $0.annotate = true }
        change(&request)
        let bytes = ByteBuffer(bytes: try TestPlaces.bytes(file))
        let annotated = try #require(try await TestServer.complete().analyze(bytes, request).annotated)
        return try annotated.withUnsafeReadableBytes { bytes throws in try PictureDecoder().decode(bytes) }
    }

    /// Edges inside the middle of a box, where no frame is drawn.
    private func detail(_ picture: Picture, _ box: BoundingBox) -> Float {
        picture.sharpness(
            of: Rectangle(
                x: Float(box.x + box.width * 0.2), y: Float(box.y + box.height * 0.2), width: Float(box.width * 0.6),
                height: Float(box.height * 0.6)))
    }

    @Test func everyFaceIsHiddenBesideAFewResultsAndAHighThreshold() async throws {
        let bytes = ByteBuffer(bytes: try TestPlaces.bytes(Self.faces))
        let faces = try #require(try await TestServer.complete().analyze(bytes, .of([.faces])).result.faces)
        #expect(faces.count >= 2)
        let open = try await drawn(Self.faces, .persons)
        let changes: [@Sendable (inout AnalysisRequest) -> Void] = [
            { _ in }, { $0.maxResults = 1 }, { $0.threshold = 0.99 },
        ]
        for change in changes {
            let hidden = try await drawn(Self.faces, .persons) { request in
                request.blur = .faces
                change(&request)
            }
            for face in faces {
                #expect(detail(hidden, face.boundingBox) < detail(open, face.boundingBox) / 4)
            }
        }
    }

    @Test func aPlateIsHiddenThoughItIsNotReported() async throws {
        let bytes = ByteBuffer(bytes: try TestPlaces.bytes(Self.plate))
        let plate = try #require(
            try await TestServer.complete().analyze(bytes, .of([.plates])).result.plates?.first)
        let open = try await drawn(Self.plate, .vehicles)
        for (task, threshold) in [(AnalysisTask.plates, nil), (.plates, 1), (.vehicles, 1)] as [(AnalysisTask, Double?)]
        {
            let hidden = try await drawn(Self.plate, task) { request in
                request.blur = .plates
                request.threshold = threshold
            }
            #expect(detail(hidden, plate.boundingBox) < detail(open, plate.boundingBox) / 4)
        }
    }

    @Test func aPictureWithoutAVehicleIsMarkedAsTakenWhole() async throws {
        let bytes = ByteBuffer(bytes: try TestPlaces.bytes(Self.faces))
        let server = try await TestServer.complete()
        let found = try await server.analyze(bytes, .of([.vehicles]) { $0.classify = .largest }).result
        #expect(found.vehicles?.map(\.isWholePicture) == [true])
        #expect(found.vehicles?.first?.boundingBox == BoundingBox(x: 0, y: 0, width: 1280, height: 720))
        let bus = ByteBuffer(bytes: try TestPlaces.bytes("coco-dev/extra/bus.jpg"))
        let real = try await server.analyze(bus, .of([.vehicles]) { $0.classify = .largest }).result
        #expect(real.vehicles?.map(\.isWholePicture) == [nil])
        #expect(real.vehicles?.first?.classes?.isEmpty == false)
    }
}
