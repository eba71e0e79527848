import AIBoxAPI
import Imaging
import NIOCore
import ServiceClients
import TestSupport
import Testing
import Vision

@testable import ModelServer

@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct AnalyzeTests {
    private static let bus = "coco-dev/extra/bus.jpg"

    @Test func aPictureGivesAllThatWasAskedFor() async throws {
        let result = try await analyze(Self.bus, .of(AnalysisTask.allCases)).result
        #expect(result.image == ImageSize(width: 810, height: 1080))
        #expect((result.persons?.count ?? 0) >= 3)
        #expect(result.vehicles?.first?.vehicleType == "bus")
        #expect(result.faces?.isEmpty == false)
        #expect(result.faces?.allSatisfy { $0.landmarks.count == 5 } == true)
        #expect(result.plates != nil)
        #expect(
            result.models.map(\.name) == [
                "nanodet_plus_m_1.5x", "yunet_s_dynamic", "lpd_yunet_2022may", "cct_xs_v1_global", "en_ppocrv3_det",
                "movenet_singlepose_lightning_192", "vehicle_attributes_0039",
            ])
        #expect(result.poses?.count == result.persons?.count)
        #expect(result.poses?.allSatisfy { $0.keypoints.count == 17 } == true)
        #expect(result.models.allSatisfy { $0.engine == "onnxruntime" })
        #expect(result.timing.decodeMS > 0 && result.timing.inferenceMS > 0)
    }

    @Test(arguments: AnalysisTask.allCases)
    func onlyTheListOfTheRequestedTaskIsThere(task: AnalysisTask) async throws {
        let result = try await analyze(Self.bus, .of([task])).result
        #expect((result.persons != nil) == (task == .persons))
        #expect((result.faces != nil) == (task == .faces))
        #expect((result.vehicles != nil) == (task == .vehicles))
        #expect((result.plates != nil) == (task == .plates))
        #expect((result.poses != nil) == (task == .poses))
    }

    @Test func aPlateIsReadWithItsCornersAndItsVehicle() async throws {
        let result = try await analyze("plates-dev/br/GWT2180.jpg", .of([.plates])).result
        let plate = try #require(result.plates?.first)
        #expect(plate.plateNumber == "GWT2180")
        #expect(plate.characters.map(\.char).joined() == plate.plateNumber)
        #expect(plate.corners.count == 4)
        #expect(plate.candidates.first?.plateNumber == plate.plateNumber)
        #expect(plate.vehicle != nil)
        #expect(plate.boundingBox.x > 500 && plate.boundingBox.x < 560)
    }

    @Test func personsAndVehiclesRunTheirCommonModelOnce() async throws {
        let both = try await analyze(Self.bus, .of([.persons, .vehicles])).result
        #expect(both.models.map(\.name) == ["nanodet_plus_m_1.5x", "vehicle_attributes_0039"])
        let persons = try await analyze(Self.bus, .of([.persons])).result
        let vehicles = try await analyze(Self.bus, .of([.vehicles])).result
        #expect(both.persons?.map(\.boundingBox) == persons.persons?.map(\.boundingBox))
        #expect(both.vehicles?.map(\.boundingBox) == vehicles.vehicles?.map(\.boundingBox))
    }

    @Test func everyBoxLiesInThePictureAndListsAreSortedByScore() async throws {
        let request = AnalysisRequest.of(AnalysisTask.allCases) { $0.threshold = 0.05 }
        let result = try await analyze("coco-dev/extra/zidane.jpg", request).result
        let items: [[any AnalysisItem]] = [result.persons ?? [], result.faces ?? [], result.vehicles ?? []]
        for list in items {
            #expect(zip(list, list.dropFirst()).allSatisfy { $0.confidence >= $1.confidence })
            for item in list { #expect(isInside(item.boundingBox, result.image), "\(item)") }
        }
    }

    @Test(arguments: [1, 7, 1000])
    func aThresholdOfZeroIsBoundedByTheLimitOfResults(limit: Int) async throws {
        let request = AnalysisRequest.of(AnalysisTask.allCases) {
            $0.threshold = 0
            $0.maxResults = limit
        }
        let result = try await analyze(Self.bus, request).result
        // Thousands of boxes reach suppression: it must stay far from the quadratic worst case, minutes.
        #expect(result.timing.postprocessMS < 10_000)
        for count in [result.persons?.count, result.faces?.count, result.vehicles?.count, result.plates?.count] {
            #expect((count ?? .max) <= limit)
        }
        #expect(result.persons?.count ?? 0 >= min(limit, 7))
    }

    @Test func aHigherThresholdKeepsTheMoreCertainItemsOnly() async throws {
        let all = try await analyze(Self.bus, .of([.persons])).result.persons ?? []
        let some = try await analyze(Self.bus, .of([.persons]) { $0.threshold = 0.75 }).result.persons ?? []
        #expect(some.map(\.boundingBox) == all.filter { $0.confidence >= 0.75 }.map(\.boundingBox))
        #expect(!some.isEmpty && some.count < all.count)
    }

    @Test(arguments: AnalysisProfile.allCases)
    func everyProfileFindsTheBus(profile: AnalysisProfile) async throws {
        let result = try await analyze(Self.bus, .of([.vehicles]) { $0.profile = profile }).result
        let bus = try #require(result.vehicles?.first { $0.vehicleType == "bus" }).boundingBox
        let found = Rectangle(x: Float(bus.x), y: Float(bus.y), width: Float(bus.width), height: Float(bus.height))
        let truth = Rectangle(left: 20, top: 228, right: 805, bottom: 750)
        #expect(found.intersectionOverUnion(truth) > 0.7, "\(found)")
    }

    @Test(arguments: [1, 6])
    func theAnnotatedPictureIsAJPEGOfTheDisplayedSize(orientation: Int) async throws {
        let bytes = try TestPlaces.bytes(Self.bus)
        let upright = try bytes.withUnsafeBytes { bytes throws in try PictureDecoder().decode(bytes) }
        let file = try TestJPEG.stored(upright.pixels, orientation: orientation)
        let server = try await TestServer.complete()
        let outcome = try await server.analyze(ByteBuffer(bytes: file), .of([.persons]) { $0.annotate = true })
        let annotated = try #require(outcome.annotated)
        let header = try annotated.withUnsafeReadableBytes { bytes throws in try PictureDecoder().header(bytes) }
        #expect(header.format == .jpeg)
        #expect(header.width == 810 && header.height == 1080)
        #expect(outcome.result.image == ImageSize(width: 810, height: 1080))
    }

    @Test func noPictureIsDrawnUnasked() async throws {
        #expect(try await analyze(Self.bus, .of([.persons])).annotated == nil)
    }

    private func analyze(_ picture: String, _ request: AnalysisRequest) async throws -> AnalysisOutcome {
        let server = try await TestServer.complete()
        return try await server.analyze(ByteBuffer(bytes: TestPlaces.bytes(picture)), request)
    }

    private func isInside(_ box: BoundingBox, _ image: ImageSize) -> Bool {
        box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0
            && box.x + box.width <= Double(image.width) + 0.01 && box.y + box.height <= Double(image.height) + 0.01
    }
}
