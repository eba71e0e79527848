import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import ModelCatalog
@testable import ModelServer

@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)))
struct MissingModelTests {
    @Test func aTaskWithoutItsModelSaysHowToGetItWhileTheOthersWork() async throws {
        try await withModels(of: "object_detection") { server, picture async throws in
            #expect(try await server.analyze(picture, .of([.persons])).result.persons?.isEmpty == false)
            for (task, model) in [(AnalysisTask.faces, "yunet_s_dynamic"), (.plates, "lpd_yunet_2022may")] {
                let problem = await #expect(throws: Problem.self) {
                    try await server.analyze(picture, .of([.persons, task]))
                }
                #expect(problem?.status == 503)
                #expect(problem?.type == "/problems/model-missing")
                #expect(problem?.detail?.contains("aibox models pull \(model)") == true)
            }
        }
    }

    @Test func healthAndTheListOfModelsNameWhatIsMissing() async throws {
        try await withModels(of: "object_detection") { server, _ async throws in
            let health = try await server.health()
            #expect(health.status == .degraded)
            #expect(health.checks["persons"] == "ok" && health.checks["vehicles"] == "ok")
            #expect(health.checks["faces"]?.contains("aibox models pull yunet_s_dynamic") == true)
            let models = try await server.models()
            let objects = try #require(models.first { $0.name == "nanodet_plus_m_1.5x" })
            #expect(objects.state == .ready && objects.engine == "onnxruntime")
            #expect(Set(objects.serves) == ["persons", "vehicles"])
            let faces = try #require(models.first { $0.name == "yunet_s_dynamic" })
            #expect(faces.state == .missing)
            #expect(faces.reason?.contains("aibox models pull yunet_s_dynamic") == true)
        }
    }

    @Test func anEmptyStoreLeavesNoTaskButAServer() async throws {
        try await withModels(of: nil) { server, picture async throws in
            #expect(try await server.health().status == .unhealthy)
            for task in AnalysisTask.allCases {
                let problem = await #expect(throws: Problem.self) { try await server.analyze(picture, .of([task])) }
                #expect(problem?.type == "/problems/model-missing")
            }
        }
    }

    @Test func theNextBestModelStandsInForADefaultThatIsNotHere() async throws {
        try await withModels(of: "object_detection/yolox_nano_416.onnx") { server, picture async throws in
            let result = try await server.analyze(picture, .of([.persons, .vehicles])).result
            #expect(result.models.map(\.name) == ["yolox_nano_416"])
            #expect(result.persons?.isEmpty == false && result.vehicles?.contains { $0.vehicleType == "bus" } == true)
            let standIn = try #require(try await server.models().first { $0.name == "yolox_nano_416" })
            #expect(standIn.state == .ready && Set(standIn.serves) == ["persons", "vehicles"])
        }
    }

    @Test func aModelOfAnotherShapeStopsItsTaskAndNoOther() async throws {
        var entry = try Catalog.builtIn().entry("yolox_nano_416")
        entry.name = "of_another_shape"
        let size = CatalogEntry.Input.Size(width: 320, height: 320)
        entry.input.sizes = CatalogEntry.Input.Sizes(fast: size, balanced: size, accurate: size)
        let server = try await TestServer.start(
            models: TestPlaces.models, adding: entry, taskModels: [.persons: "of_another_shape"])
        let picture = ByteBuffer(bytes: try TestPlaces.bytes("coco-dev/extra/bus.jpg"))
        let problem = await #expect(throws: Problem.self) { try await server.analyze(picture, .of([.persons])) }
        #expect(problem?.status == 503 && problem?.detail?.contains("of_another_shape@1") == true)
        #expect(try await server.analyze(picture, .of([.vehicles])).result.vehicles?.isEmpty == false)
        #expect(try await server.models().first { $0.name == "of_another_shape" }?.state == .failed)
        try await server.stop()
    }

    @Test func aVehicleThatCarriesAPlateHasOneIdentifier() async throws {
        let picture = ByteBuffer(bytes: try TestPlaces.bytes("plates-dev/eu/eu5.jpg"))
        let result = try await TestServer.complete().analyze(picture, .of([.vehicles, .plates])).result
        let vehicle = try #require(result.plates?.first?.vehicle)
        #expect(result.vehicles?.contains { $0.id == vehicle.id } == true)
    }

    @Test func withAllModelsTheServerIsHealthy() async throws {
        let health = try await TestServer.complete().health()
        #expect(health.status == .healthy)
        let tasks = ["persons", "faces", "vehicles", "plates", "poses", "attributes", "reidentification"]
        for task in tasks { #expect(health.checks[task] == "ok") }
        #expect(health.checks["recognition"] == "off: no gallery")
    }

    /// A server whose models folder has one folder or file of the shared ones, or none.
    private func withModels(
        of folder: String?, _ body: (ModelServer, ByteBuffer) async throws -> Void
    ) async throws {
        let models = FileManager.default.temporaryDirectory.appending(path: "aibox-models-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: models) }
        if let folder {
            let place = models.appending(path: folder)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                at: place, withDestinationURL: TestPlaces.models.appending(path: folder))
        }
        let server = try await TestServer.start(models: models)
        try await body(server, ByteBuffer(bytes: TestPlaces.bytes("coco-dev/extra/bus.jpg")))
        try await server.stop()
    }
}
