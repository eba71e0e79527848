import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// `/analytics/detections`, and of these `/analytics/plates` and `/analytics/faces`: what was stored.
struct DetectionRoutes: Sendable {
    let data: any DataManaging

    func add(to users: RouterGroup<UserContext>) {
        users.get("/analytics/detections", use: list)
        users.get("/analytics/plates", use: plates)
        users.get("/analytics/faces", use: faces)
        users.get("/analytics/detections/{id}", use: show)
        users.get("/analytics/detections/{id}/image", use: image)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        try .json(try await data.detections(try DetectionQuery(request)))
    }

    private func plates(_ request: Request, context: UserContext) async throws -> Response {
        try .json(try await data.detections(try DetectionQuery(request, of: .plates)))
    }

    private func faces(_ request: Request, context: UserContext) async throws -> Response {
        try .json(try await data.detections(try DetectionQuery(request, of: .faces)))
    }

    /// An item, or the whole inference when the identifier is one.
    private func show(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        if let detection = try await data.detection(id) { return try .json(detection) }
        guard let inference = try await data.inference(id) else { throw Problem.notFound }
        return try .json(inference)
    }

    private func image(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        let inference = try await data.detection(id)?.inferenceID ?? id
        guard let picture = try await data.picture(ofInference: inference) else { throw Problem.notFound }
        let type = PictureFormat(picture)?.mediaType ?? "application/octet-stream"
        return Response(
            status: .ok,
            headers: [.contentType: type, .xContentTypeOptions: "nosniff", .cacheControl: "private, no-cache"],
            body: ResponseBody(byteBuffer: picture))
    }
}

extension DetectionQuery {
    private static let names = [
        "label", "camera_id", "device_id", "inference_id", "from", "to", "min_confidence", "limit", "cursor",
    ]
    /// Filters by metadata: what follows is the path.
    private static let metadataFamily = "metadata."
    private static let faceNames = ["person_id"]
    private static let plateNames = ["plate", "fuzzy"]

    /// - Parameter task: the one whose items are listed; `nil`: the request may name one.
    /// - Throws: `Problem` 422 naming every filter that is wrong.
    init(_ request: Request, of task: AnalysisTask? = nil) throws {
        let names =
            switch task {
            case .faces: Self.names + Self.faceNames
            case .plates: Self.names + Self.plateNames
            default: Self.names + Self.faceNames + Self.plateNames + ["task"]
            }
        var options = Options(known: names, family: Self.metadataFamily)
        options.insertQuery(of: request)
        self.init()
        for name in options.familyNames {
            metadata[String(name.dropFirst(Self.metadataFamily.count))] = options.text(name)
        }
        self.task = task ?? options.choice("task")
        plate = options.text("plate", limit: 64)
        isFuzzy = options.flag("fuzzy") ?? false
        label = options.text("label")
        cameraID = options.text("camera_id")
        deviceID = options.text("device_id")
        inferenceID = options.identifier("inference_id")
        personID = options.identifier("person_id")
        from = options.timestamp("from")
        to = options.timestamp("to")
        minimumConfidence = options.number("min_confidence", in: 0...1)
        limit = options.integer("limit", in: 1...500) ?? 50
        cursor = options.text("cursor", limit: 512)
        try options.check()
    }
}
