import AIBoxAPI
import DataManager
import Foundation
import Imaging
import Logging
import ModelCatalog
import NIOCore
import ServiceClients
import TestSupport

@testable import ModelServer

/// A model server beside the data manager that feeds it.
struct TestGallery: Sendable {
    let data: DataManager
    let server: ModelServer

    func person(_ name: String) async throws -> UUIDv7 {
        let person = Person(name: name)
        try await data.createPerson(person)
        return person.id
    }

    /// As the gateway does it.
    @discardableResult
    func enrol(
        _ picture: [UInt8], as person: UUIDv7, _ kind: EnrolledFace.Kind = .face
    ) async throws -> (face: EnrolledFace, outcome: EnrolmentOutcome) {
        var request = EnrolmentRequest(requestID: "test")
        request.keepCrop = true
        request.isCrop = kind == .anchor
        let outcome = try await server.enrol(ByteBuffer(bytes: picture), request)
        let face = EnrolledFace(
            personID: person, kind: kind, quality: outcome.quality.overall, models: [outcome.template.model],
            hasImage: outcome.crop != nil)
        let crop = outcome.crop.map { ByteBuffer(bytes: $0) }
        let stored = try await data.addFace(face, template: outcome.template, crop: crop)
        return (stored ?? face, outcome)
    }

    func analyze(_ picture: [UInt8], _ request: AnalysisRequest) async throws -> AnalysisResult {
        try await server.analyze(ByteBuffer(bytes: picture), request).result
    }

    /// The faces of a picture, the largest first.
    func faces(
        _ picture: [UInt8], _ change: (inout AnalysisRequest) -> Void = { _ in }
    ) async throws -> [FaceItem] {
        var request = AnalysisRequest.of([.faces]) { $0.recognize = true }
        change(&request)
        let faces = try await analyze(picture, request).faces ?? []
        return faces.sorted { $0.boundingBox.width > $1.boundingBox.width }
    }
}

/// Runs `body` with an empty gallery on the default models.
func withGallery(_ body: (TestGallery) async throws -> Void) async throws {
    try await withGalleryData { data in try await withServer(of: data, body: body) }
}

/// Runs `body` with a data manager on a new folder.
func withGalleryData(_ body: (DataManager) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-gallery-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let data = try await DataManager(DataManager.Configuration(folder: folder.path), logger: logger)
    try await body(data)
    await data.close()
}

/// Runs `body` with a model server that a data manager feeds.
func withServer(
    of data: DataManager, _ taskModels: [ServedTask: String] = [:], body: (TestGallery) async throws -> Void
) async throws {
    let server = try await TestServer.start(models: TestPlaces.models, taskModels: taskModels, gallery: data)
    try await body(TestGallery(data: data, server: server))
    try await server.stop()
}

/// Portraits, 150 pixels wide, three of each person.
enum TestFaces {
    static let people: [String] = {
        let folder = TestPlaces.pictures.appending(path: "faces-dev")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.contains(".") }.sorted()
    }()

    static func files(_ person: String) throws -> [String] {
        let folder = TestPlaces.pictures.appending(path: "faces-dev/\(person)")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".jpg") }
            .sorted().map { "faces-dev/\(person)/\($0)" }
    }

    static func bytes(_ person: String, _ number: Int) throws -> [UInt8] {
        try TestPlaces.bytes(try files(person)[number])
    }

    static func pixels(_ person: String, _ number: Int) throws -> PixelBuffer {
        try PixelBuffer.of(try files(person)[number])
    }
}
